"""`millage levy preview|previews|discard|certify|run|runs`: a staged roll on its way to bills."""

from typing import Annotated

import typer
from rich.table import Table

from millage.levy.v1 import runs_pb2 as pb
from millage.levy.v1.runs_pb2_grpc import RunServiceStub
from millage_cli import typed
from millage_cli.client import retried
from millage_cli.commands.levy_guard import levy
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.problems import usage

__all__ = ["levy"]

Year = Annotated[int, typer.Argument(metavar="YEAR", help="The tax year.")]
PreviewId = Annotated[str, typer.Argument(metavar="PREVIEW", help="As `levy previews` lists it.")]
BillClass = Annotated[
    str, typer.Option("--class", help="The class of the bills, as their roll named it.")
]
_DIMENSIONS = {
    "district": pb.PREVIEW_DIMENSION_TAX_CODE,
    "agency": pb.PREVIEW_DIMENSION_AGENCY,
}
_STATES = {
    pb.PREVIEW_STATE_OPEN: "open",
    pb.PREVIEW_STATE_DISCARDED: "discarded",
    pb.PREVIEW_STATE_CERTIFIED: "certified",
}


@command(levy, "preview")
def preview(
    run: Invocation,
    year: Year,
    by: Annotated[str, typer.Option(help="Show rows by district or by agency.")] = "district",
    bill_class: BillClass = "",
    key: Key = "",
) -> None:
    """Compute what a run would issue, before and after, and keep it; nothing is issued."""
    dimension = _dimension(by)
    asked = pb.PreviewLevyRequest(
        idempotency_key=key_or_new(key), tax_year=year, bill_class=bill_class
    )

    def follow() -> pb.Preview:
        found = pb.Preview()
        with run.out.progress("parcels computed", None) as reach:
            for step in _runs(run).PreviewLevy(asked):
                reach(step.parcels_done)
                found = step.preview
        return found

    _show(run, retried(follow), dimension)


@command(levy, "show-preview")
def show_preview(
    run: Invocation,
    preview_id: PreviewId,
    by: Annotated[str, typer.Option(help="Show rows by district or by agency.")] = "district",
) -> None:
    """Show a kept preview."""
    dimension = _dimension(by)
    _show(run, _runs(run).GetPreview(pb.GetPreviewRequest(preview_id=preview_id)), dimension)


@command(levy, "previews")
def previews(
    run: Invocation,
    year: Annotated[int, typer.Option(help="Only this tax year.")] = 0,
) -> None:
    """List previews, the newest first."""
    answer = _runs(run).ListPreviews(pb.ListPreviewsRequest(tax_year=year))
    shown = table(
        "Previews", "preview", "year", "bills", "tax", "made by", "at", "state",
        right=("bills", "tax"),
    )  # fmt: skip
    for one in answer.previews:
        figures = (str(one.bill_count), money(one.total_cents))
        state = _STATES.get(one.state, "")
        shown.add_row(
            one.preview_id, str(one.tax_year), *figures, one.made_by, one.recorded_at, state
        )
    run.out.answer(answer, shown)


@command(levy, "discard")
def discard(
    run: Invocation,
    preview_id: PreviewId,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    key: Key = "",
) -> None:
    """Say that a preview is not to be certified."""
    asked = pb.DiscardPreviewRequest(
        idempotency_key=key_or_new(key), preview_id=preview_id, reason=reason
    )
    answer = _runs(run).DiscardPreview(asked)
    run.out.answer(answer, facts(("discarded", answer.preview_id), ("by", answer.discarded_by)))


@command(levy, "certify")
def certify(
    run: Invocation,
    preview_id: PreviewId,
    bills: Annotated[int, typer.Option("--bills", help="How many bills, as you read it.")],
    total: Annotated[str, typer.Option("--total", help="Their tax, as you read it.")],
    statement: Annotated[str, typer.Option("--statement", help="What you say to it; kept.")],
    key: Key = "",
) -> None:
    """Answer for a preview's figures; a run may then issue them."""
    asked = pb.CertifyRollRequest(
        idempotency_key=key_or_new(key),
        preview_id=preview_id,
        statement=statement,
        bill_count=bills,
        total_cents=typed.counted_cents(total, "--total"),
    )
    answer = _runs(run).CertifyRoll(asked)
    run.out.answer(answer, facts(*_certified(answer)))


@command(levy, "run")
def run_(run: Invocation, year: Year, bill_class: BillClass = "", key: Key = "") -> None:
    """Issue a certified roll's bills; cut off, the same --key goes on where it stopped."""
    asked = pb.RunLevyRequest(idempotency_key=key_or_new(key), tax_year=year, bill_class=bill_class)
    if not key:
        run.out.say(f"to go on with it after a break: --key {asked.idempotency_key}")

    def follow() -> pb.Run:
        found = pb.Run()
        with run.out.progress("bills issued", None) as reach:
            for step in _runs(run).RunLevy(asked):
                reach(step.bills_issued)
                found = step.run
        return found

    answer = retried(follow)
    run.out.answer(answer, _runs_view([answer]))


@command(levy, "runs")
def runs(
    run: Invocation, year: Annotated[int, typer.Option(help="Only this tax year.")] = 0
) -> None:
    """List levy runs, the newest first."""
    answer = _runs(run).ListRuns(pb.ListRunsRequest(tax_year=year))
    run.out.answer(answer, _runs_view(list(answer.runs)))


def _runs_view(found: list[pb.Run]) -> Table:
    shown = table(
        "Levy runs", "run", "year", "state", "batches", "bills", "lines", "tax", "certified by",
        right=("batches", "bills", "lines", "tax"),
    )  # fmt: skip
    for one in found:
        state = "finished" if one.state == pb.RUN_STATE_FINISHED else "not ended"
        numbers = (str(one.batch_count), str(one.bill_count), str(one.line_count))
        by = one.certification
        shown.add_row(
            one.run_id, str(one.tax_year), state, *numbers, money(one.total_cents),
            f"{by.certified_by}, {by.certified_on}",
        )  # fmt: skip
    return shown


def _show(run: Invocation, answer: pb.Preview, dimension: int) -> None:
    shown = table(
        "", "code", "name", "last year", "on file", "to issue", "bills", "change",
        right=("last year", "on file", "to issue", "bills", "change"),
    )  # fmt: skip
    for row in answer.rows:
        if row.dimension == dimension:
            shown.add_row(
                row.code, row.name, money(row.prior_year.tax_cents), money(row.on_file.tax_cents),
                money(row.run.tax_cents), str(row.run.bill_count),
                money(row.difference.tax_cents, signed=True),
            )  # fmt: skip
    head = facts(
        ("preview", answer.preview_id),
        ("tax year", answer.tax_year),
        ("state", _STATES.get(answer.state, "")),
        ("parcels", answer.parcel_count),
        ("bills", answer.bill_count),
        ("net value", f"${answer.net_value_dollars:,}"),
        ("tax", money(answer.total_cents)),
    )
    run.out.answer(answer, head, shown)


def _certified(answer: pb.Certification) -> list[tuple[str, object]]:
    return [
        ("certification", answer.certification_id),
        ("tax year", answer.tax_year),
        ("bills", answer.bill_count),
        ("tax", money(answer.total_cents)),
        ("by", f"{answer.certified_by}, {answer.certified_on}"),
        ("statement", answer.statement),
    ]


def _dimension(by: str) -> int:
    if by not in _DIMENSIONS:
        raise usage("DIMENSION_UNKNOWN", f"--by is {by!r}: {' or '.join(_DIMENSIONS)}")
    return _DIMENSIONS[by]


def _runs(run: Invocation) -> RunServiceStub:
    return RunServiceStub(run.client.channel("levy"))
