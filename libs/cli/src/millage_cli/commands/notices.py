"""`millage notices …`: letters to owners of overdue bills (COLL-015, NOTI-005)."""

from typing import Annotated

import typer

from millage.collections.v1 import notices_pb2 as pb
from millage.collections.v1.notices_pb2_grpc import NoticeServiceStub
from millage_cli import typed
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import money, table
from millage_cli.paging import pages

notices = typer.Typer(no_args_is_help=True, help="Letters to owners of overdue bills.")

Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")]


@command(notices)
def preview(
    run: Invocation,
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="As first or final.")],
    year: Annotated[int, typer.Option("--year", help="The tax year; all when left out.")] = 0,
    *,
    prior: Annotated[bool, typer.Option("--prior", help="And the years before it.")] = False,
    bucket: Annotated[list[str] | None, typer.Option("--bucket", help="As over-90.")] = None,
    least: Annotated[str, typer.Option("--least", help="Only bills that owe as much.")] = "0",
    key: Key = "",
) -> None:
    """See whom a letter would go to today; nothing is sent."""
    request = pb.PreviewNoticeRunRequest(
        idempotency_key=key_or_new(key), stage=stage, tax_year=year, include_prior_years=prior,
        buckets=bucket or [], least_cents=typed.counted_cents(least, "--least"),
    )  # fmt: skip
    _show(run, [_stub(run).PreviewNoticeRun(request)])


@command(notices)
def commit(run: Invocation, run_id: Run, key: Key = "") -> None:
    """Set a run off: its letters are asked for, each bill looked at once more."""
    request = pb.CommitNoticeRunRequest(idempotency_key=key_or_new(key), run_id=run_id)
    _show(run, [_stub(run).CommitNoticeRun(request)])


@command(notices)
def runs(run: Invocation) -> None:
    """List runs, the newest first."""
    answers = pages(_stub(run).ListNoticeRuns, pb.ListNoticeRunsRequest())
    _show(run, [one for answer in answers for one in answer.runs])


@command(notices)
def show(run: Invocation, run_id: Run) -> None:
    """Show a run's bills, and why one was left out."""
    asked = pb.ListNoticeRunBillsRequest(run_id=run_id)
    found = [one for answer in pages(_stub(run).ListNoticeRunBills, asked) for one in answer.bills]
    made = table("", "bill", "parcel", "overdue", "days", "state", "why", right=("overdue",))
    for one in found:
        made.add_row(
            one.bill_number, one.parcel_number, money(one.overdue_cents), str(one.days_past_due),
            one.state, f"{one.because} {one.code}".strip(),
        )  # fmt: skip
    run.out.answer(pb.ListNoticeRunBillsResponse(bills=found), made)


@command(notices)
def of(
    run: Invocation,
    bill: Annotated[str, typer.Argument(metavar="BILL", help="The bill's id.")],
) -> None:
    """Show the letters about a bill and what became of each."""
    found = _stub(run).ListBillNotices(pb.ListBillNoticesRequest(bill_id=bill))
    made = table("", "stage", "asked for", "overdue", "then", right=("overdue",))
    for one in found.notices:
        then = ", ".join(f"{each.kind} {each.on}" for each in one.answers) or "-"
        made.add_row(one.stage, one.requested_on, money(one.overdue_cents), then)
    run.out.answer(found, made)


def _show(run: Invocation, found: list[pb.NoticeRun]) -> None:
    made = table(
        "", "run", "stage", "day", "state", "letters", "left out", "asked for", "overdue",
        right=("letters", "left out", "asked for", "overdue"),
    )  # fmt: skip
    for one in found:
        made.add_row(
            one.run_id, one.stage, one.business_date, one.state, str(one.selected_count),
            str(one.left_out_count), str(one.requested_count), money(one.overdue_cents),
        )  # fmt: skip
    run.out.answer(pb.ListNoticeRunsResponse(runs=found), made)


def _stub(run: Invocation) -> NoticeServiceStub:
    return NoticeServiceStub(run.client.channel("collections"))
