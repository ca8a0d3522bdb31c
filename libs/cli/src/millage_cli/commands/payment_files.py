"""`millage imports`, `millage layout`: payment files, their returns, how they are written."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import imports_pb2 as files
from millage.cashiering.v1 import return_files_pb2 as returned
from millage_cli import typed
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.paging import pages
from millage_cli.plain import plain
from millage_cli.problems import usage
from millage_cli.remittance import CHUNK_BYTES
from millage_cli.views import run_view

imports = typer.Typer(no_args_is_help=True, help="Payment files: their runs, lines and returns.")
layout = typer.Typer(no_args_is_help=True, help="How payment files are written.")
Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")]


@command(imports, "list")
def list_runs(
    run: Invocation,
    business_date: Annotated[str, typer.Option(help="Only of this day.")] = "",
) -> None:
    """List runs, the newest first."""
    asked = files.ListImportRunsRequest(business_date=typed.day(business_date, "--business-date"))
    found = run.client.imports.ListImportRuns(asked).runs
    made = table("", "run", "day", "file", "lines", "posted", right=("lines", "posted"))
    for one in found:
        amounts = (str(one.line_count), money(one.posted_cents))
        made.add_row(one.run_id, one.business_date, one.file_name, *amounts)
    run.out.answer([plain(one) for one in found], made)


@command(imports, "lines")
def lines(
    run: Invocation,
    run_id: Run,
    outcome: Annotated[
        str, typer.Option(help="Only posted, suspense, rejected or duplicate ones.")
    ] = "",
    *,
    unpaid: Annotated[
        bool, typer.Option("--unpaid", help="Only those that leave their bill partly unpaid.")
    ] = False,
) -> None:
    """List the lines of a run with what became of each."""
    asked = files.ListImportLinesRequest(run_id=run_id, outcome=outcome, unpaid_only=unpaid)
    listed = pages(run.client.imports.ListImportLines, asked)
    found = [one for page in listed for one in page.lines]
    made = table("", "line", "outcome", "amount", "unpaid", "parcel", "why",
                 right=("line", "amount", "unpaid"))  # fmt: skip
    for line in found:
        why = ": ".join(filter(None, (line.reason, line.message)))
        amounts = (money(line.amount_cents), money(line.unpaid_cents) if line.unpaid_cents else "")
        made.add_row(str(line.line_number), line.outcome, *amounts, line.parcel_number, why)
    run.out.answer([plain(one) for one in found], made)


@command(imports, "validate")
def validate(run: Invocation, run_id: Run) -> None:
    """Judge the lines of a prepared run on what is known now."""
    answer = run.client.imports.ValidateImport(files.ValidateImportRequest(run_id=run_id))
    run.out.answer(answer, run_view(answer))


@command(imports, "commit")
def commit(run: Invocation, run_id: Run) -> None:
    """Post a validated run, or go on with one that was cut off."""
    answer = pb.ImportRun()
    with run.out.progress("lines posted", None) as reach:
        for step in run.client.imports.CommitImport(files.CommitImportRequest(run_id=run_id)):
            reach(step.lines_posted)
            if step.HasField("run"):
                answer = step.run
    run.out.answer(answer, run_view(answer))


@command(imports, "abandon")
def abandon(
    run: Invocation,
    run_id: Run,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept.")],
) -> None:
    """Let go of a run nothing of which was posted; its file may be sent again."""
    answer = run.client.imports.AbandonImport(
        files.AbandonImportRequest(run_id=run_id, reason=reason)
    )
    run.out.answer(answer, run_view(answer))


@command(imports, "returns")
def take_returns(
    run: Invocation,
    file: Annotated[Path, typer.Argument(help="The bank's NACHA return file.")],
    key: Key = "",
) -> None:
    """Take in payments that banks sent back; each that matches a receipt is reported, once."""
    header = returned.ReturnFileHeader(idempotency_key=key_or_new(key), file_name=file.name)

    def parts() -> Iterator[returned.ImportReturnsRequest]:
        yield returned.ImportReturnsRequest(header=header)
        with file.open("rb") as content:
            while chunk := content.read(CHUNK_BYTES):
                yield returned.ImportReturnsRequest(chunk=chunk)

    if not file.is_file():
        raise usage("FILE_UNREADABLE", f"{file}: there is no such file")
    answer = run.client.return_files.ImportReturns(parts())
    made = table("", "line", "outcome", "amount", "code", "trace", "why", right=("line", "amount"))
    for one in answer.exceptions:
        code = f"{one.reason_code} {one.reason_text}".strip()
        told = (code, one.original_trace, f"{one.reason}: {one.message}")
        made.add_row(str(one.line_number), one.outcome, money(one.amount_cents), *told)
    summary = facts(
        ("file", f"{answer.file_id}, {answer.entry_count} entries"),
        ("matched", f"{answer.matched_count}, {money(answer.matched_cents)}"),
        ("unmatched", f"{answer.unmatched_count}, {money(answer.unmatched_cents)}"),
        ("came before", answer.duplicate_count),
        ("changes", answer.change_count),
    )
    run.out.answer(answer, summary, made)


@command(layout, "add")
def add_layout(
    run: Invocation,
    file: Annotated[Path, typer.Argument(help="The layout, in YAML or JSON.")],
    effective_on: Annotated[str, typer.Option(help="From which business date it is used.")],
    key: Key = "",
) -> None:
    """Add a layout, or its next version."""
    try:
        document = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise usage("FILE_UNREADABLE", f"{file}: {error}") from error
    answer = run.client.imports.AddImportLayout(
        files.AddImportLayoutRequest(
            idempotency_key=key_or_new(key),
            document=document,
            effective_on=typed.day(effective_on, "--effective-on"),
        )
    )
    run.out.answer(answer, _layouts_view([answer]))


@command(layout, "list")
def list_layouts(
    run: Invocation,
    as_of: Annotated[str, typer.Option(help="In force on this day; today when left out.")] = "",
    name: Annotated[str, typer.Option(help="Every version of this one.")] = "",
) -> None:
    """List the layouts in force."""
    asked = files.ListImportLayoutsRequest(as_of=typed.day(as_of, "--as-of"), name=name)
    found = run.client.imports.ListImportLayouts(asked).layouts
    run.out.answer([plain(one) for one in found], _layouts_view(found))


def _layouts_view(found: Iterable[files.ImportLayout]) -> Table:
    made = table("", "layout", "from", "source", "form", "kind", "added by")
    for one in found:
        made.add_row(
            one.name, one.effective_on or "always", one.source, one.form, one.kind, one.added_by
        )
    return made
