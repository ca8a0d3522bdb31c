"""`millage report`: run a sealed report, or read a run again, as JSON, CSV or PDF."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from millage.reports.v1 import reports_pb2 as pb
from millage_cli.client import STREAM_SECONDS, Client
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, table
from millage_cli.plain import plain
from millage_cli.problems import ExitCode, Problem, usage

report = typer.Typer(help="Sealed reports: run one, read a run again.", no_args_is_help=True)

_SERVICES: Final = ("receivables", "cashiering")
_FORMATS: Final = ("json", "csv", "pdf")
# A service that has none, or that nobody said the address of.
_NO_REPORTS: Final = ("UNIMPLEMENTED", "ADDRESS_UNKNOWN")
Format = Annotated[str, typer.Option("--format", help="json, csv or pdf.")]
Out = Annotated[Path | None, typer.Option("--out", help="Where to; standard output unless given.")]


@command(report, "list")
def list_(run: Invocation) -> None:
    """List the reports there are, and what each asks for."""
    found = [(service, each) for service, of in _offered(run.client).items() for each in of]
    shown = table("", "report", "of", "title", "asks for")
    for service, each in found:
        asks = ", ".join(one.name + ("" if one.required else "?") for one in each.parameters)
        shown.add_row(each.name, service, each.title, asks)
    run.out.answer(
        [{"service": service, **plain(each)} for service, each in found],
        shown,
    )


@command(report, "run")
def run_(
    run: Invocation,
    name: Annotated[str, typer.Argument(metavar="REPORT", help="See: millage report list")],
    given: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="What it is asked for.")
    ] = None,
    form: Format = "json",
    out: Out = None,
    key: Key = "",
) -> None:
    """Run a report on what is committed now, seal it, and write it out."""
    _check(form, out)
    pairs = [text.partition("=") for text in given or ()]
    if wrong := next((text for text, equals, _ in pairs if not equals), None):
        raise usage("PARAMETER_INVALID", f"{wrong}: write NAME=VALUE")
    offered = _offered(run.client).items()
    service = next((service for service, of in offered if name in {each.name for each in of}), None)
    if service is None:
        raise usage("REPORT_UNKNOWN", f"no report {name}", "see: millage report list")
    done = run.client.reports(service).RunReport(
        pb.RunReportRequest(
            idempotency_key=key_or_new(key),
            report=name,
            parameters={name: value for name, _, value in pairs},
        ),
        # A county's year is not read in the time a cashier is asked to wait.
        timeout=STREAM_SECONDS,
    )
    _write(run, service, done.run_id, form, out)


@command(report, "again")
def again(
    run: Invocation,
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The id a report's foot names.")],
    form: Format = "json",
    out: Out = None,
) -> None:
    """Read a sealed run again; refused when its rows are no longer what they were."""
    _check(form, out)
    for service in _SERVICES:
        try:
            _write(run, service, run_id, form, out)
        except Problem as problem:
            if problem.reason not in (*_NO_REPORTS, "REPORT_RUN_NOT_FOUND"):
                raise
        else:
            return
    raise Problem(
        "REPORT_RUN_NOT_FOUND",
        f"no service has run a report as {run_id}",
        exit_code=ExitCode.NOT_FOUND,
    )


@command(report, "runs")
def runs(
    run: Invocation,
    name: Annotated[str, typer.Argument(metavar="[REPORT]", help="Of this one only.")] = "",
    size: Annotated[int, typer.Option("--size", help="At most this many a service.")] = 20,
) -> None:
    """List sealed runs, the newest first."""
    found = [
        (service, each)
        for service in _offered(run.client)
        for each in run.client.reports(service)
        .ListRuns(pb.ListRunsRequest(report=name, page_size=size))
        .runs
    ]
    shown = table("", "run", "report", "rows", "by", "at", "sealed", right=("rows",))
    for _, each in found:
        seal = each.rows_sha256[:16]
        at = each.recorded_at[:16].replace("T", " ")
        shown.add_row(each.run_id, each.report, str(each.row_count), each.asked_by, at, seal)
    run.out.answer(
        [
            {"service": service, "run_id": each.run_id, "report": each.report}
            for service, each in found
        ],
        shown,
    )


def _check(form: str, out: Path | None) -> None:
    if form not in _FORMATS:
        raise usage("FORMAT_UNKNOWN", f"--format {form}: there are {', '.join(_FORMATS)}")
    if form == "pdf" and out is None:
        raise usage("OUT_MISSING", "a PDF is no text for a terminal: say where to with --out FILE")


def _offered(client: Client) -> dict[str, Sequence[pb.Report]]:
    """The services that have reports, as far as it is known where they are, and which."""
    found: dict[str, Sequence[pb.Report]] = {}
    for service in _SERVICES:
        try:
            answer = client.reports(service).ListReports(pb.ListReportsRequest())
        except Problem as problem:
            if problem.reason not in _NO_REPORTS:
                raise
        else:
            found[service] = answer.reports
    return found


def _write(run: Invocation, service: str, run_id: str, form: str, out: Path | None) -> None:
    parts = run.client.reports(service).ReadReport(pb.ReadReportRequest(run_id=run_id, format=form))
    # The first part comes only when the seal holds: nothing is written over before that.
    head = next(iter(parts)).run
    if out is None:
        for part in parts:
            sys.stdout.buffer.write(part.content)
        sys.stdout.flush()
        return
    with out.open("wb") as file:
        for part in parts:
            file.write(part.content)
    run.out.answer(
        head,
        facts(
            ("report", head.title),
            ("run", head.run_id),
            ("rows", head.row_count),
            ("sealed", head.rows_sha256),
            ("written to", out),
        ),
    )
