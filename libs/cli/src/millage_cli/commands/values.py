"""`millage values`: values that change after the roll, and who lets bills follow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from millage.levy.v1 import value_changes_pb2 as pb
from millage.levy.v1.value_changes_pb2_grpc import ValueChangeServiceStub
from millage_cli import batch_files, roll_values, typed
from millage_cli.batch_files import Line
from millage_cli.client import retried
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.paging import pages
from millage_cli.plain import plain

values = typer.Typer(
    help="Values that change after the roll: post them, decide on what follows.",
    no_args_is_help=True,
)

_COLUMNS = (
    "reason_code", "value_dollars", "net_value_dollars", "exemptions", "value_caps", "note",
)  # fmt: skip
_PAGE = 500
ChangeIds = Annotated[
    list[str] | None, typer.Argument(metavar="CHANGE...", help="As `values list` names them.")
]
BatchId = Annotated[str, typer.Option("--batch", help="All of a batch that wait.")]


@command(values)
def post(
    run: Invocation,
    file: Annotated[
        Path,
        typer.Argument(help=f"CSV: parcel_number and of {', '.join(_COLUMNS)} what changes."),
    ],
    year: Annotated[int, typer.Option("--year", help="The tax year.")],
    reason: Annotated[
        str, typer.Option("--reason", help="Of rows that name none; else the default one.")
    ] = "",
    on: Annotated[str, typer.Option("--on", help="From which day; today when left out.")] = "",
    key: Key = "",
) -> None:
    """Post a file of value changes, all or none; without a net value it is computed."""
    lines = batch_files.read(file, ("parcel_number",), _COLUMNS)
    made_key = key or f"values-{batch_files.digest(file, year, reason, on)}"
    header = pb.ValueChangeHeader(
        idempotency_key=made_key, tax_year=year, source=file.name,
        changed_on=typed.day(on, "--on"), reason_code=reason,
    )  # fmt: skip
    answer = _sent(run, header, [_row(line) for line in lines])
    run.out.answer(
        answer,
        facts(
            ("batch", answer.batch_id),
            ("changes", answer.change_count),
            ("bills corrected", answer.corrected),
            ("no correction", answer.not_corrected),
            ("wait to be accepted", answer.waiting),
            ("wait for a payment file", answer.held),
            ("tax changed by", money(answer.difference_cents, signed=True)),
        ),
    )


def _sent(
    run: Invocation, header: pb.ValueChangeHeader, rows: list[pb.ValueChangeRow]
) -> pb.ValueChangeBatch:
    with run.out.progress("rows sent", len(rows)) as reach:

        def stream() -> Iterator[pb.PostValueChangesRequest]:
            yield pb.PostValueChangesRequest(header=header)
            for sent, row in enumerate(rows, start=1):
                yield pb.PostValueChangesRequest(row=row)
                reach(sent)
            yield pb.PostValueChangesRequest(end=pb.ValueChangeEnd(row_count=len(rows)))

        return retried(lambda: _service(run).PostValueChanges(stream()))


@command(values, "list")
def list_(
    run: Invocation,
    state: Annotated[str, typer.Option("--state", help="As `waiting`; all when left out.")] = "",
    batch: Annotated[str, typer.Option("--batch", help="Only of this batch.")] = "",
    parcel: Annotated[str, typer.Option("--parcel", help="Only of this parcel.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Only for this reason.")] = "",
) -> None:
    """List value changes; `--state waiting` is the queue to decide on."""
    asked = pb.ListValueChangesRequest(
        state=state, batch_id=batch, parcel_number=parcel, reason_code=reason, page_size=_PAGE
    )
    found = [one for page in pages(_service(run).ListValueChanges, asked) for one in page.changes]
    shown = table(
        "", "change", "year", "parcel", "net value", "is to be", "reason", "posted by", "state",
        right=("net value", "is to be"),
    )  # fmt: skip
    for one in found:
        shown.add_row(
            one.change_id, str(one.tax_year), one.parcel_number,
            f"${one.net_value_before_dollars:,}", f"${one.net_value_dollars:,}", one.reason,
            one.posted_by, one.state,
        )  # fmt: skip
    run.out.answer([plain(one) for one in found], shown)


@command(values)
def show(
    run: Invocation,
    change_id: Annotated[str, typer.Argument(metavar="CHANGE", help="As `values list` names it.")],
) -> None:
    """Show a change with its bills before and after, by installment."""
    one = _service(run).GetValueChange(pb.GetValueChangeRequest(change_id=change_id))
    shown = table("", "bill", "installment", "due", "was", "is", right=("was", "is"))
    for bill in one.bills:
        for was, now in zip(bill.installments_before, bill.installments, strict=True):
            shown.add_row(
                bill.bill_number, str(now.installment), now.due_on, money(was.amount_cents),
                money(now.amount_cents),
            )  # fmt: skip
        shown.add_row(
            bill.bill_number, "all", "", money(bill.total_before_cents), money(bill.total_cents)
        )
    run.out.answer(
        one,
        facts(
            ("parcel", f"{one.parcel_number}, {one.tax_year}"),
            ("state", one.state),
            ("reason", f"{one.reason}{': ' if one.note else ''}{one.note}"),
            ("net value", f"${one.net_value_before_dollars:,} to ${one.net_value_dollars:,}"),
            ("posted by", one.posted_by),
            ("decided by", one.decided_by),
        ),
        shown,
    )


@command(values)
def accept(
    run: Invocation,
    change_ids: ChangeIds = None,
    batch: BatchId = "",
    comment: Annotated[str, typer.Option("--comment", help="What you say to it; kept.")] = "",
    key: Key = "",
) -> None:
    """Let bills follow their values; never those you posted yourself."""
    answer = _service(run).AcceptValueChanges(
        pb.AcceptValueChangesRequest(
            idempotency_key=key_or_new(key), change_ids=change_ids, batch_id=batch, comment=comment
        )
    )
    run.out.answer(
        answer,
        facts(
            ("accepted", answer.change_count),
            ("bills corrected", answer.corrected),
            ("wait for a payment file", answer.held),
            ("tax changed by", money(answer.difference_cents, signed=True)),
        ),
    )


@command(values)
def reject(
    run: Invocation,
    comment: Annotated[str, typer.Option("--comment", help="Why; it is kept.")],
    change_ids: ChangeIds = None,
    batch: BatchId = "",
    key: Key = "",
) -> None:
    """Leave values and bills as they are."""
    answer = _service(run).RejectValueChanges(
        pb.RejectValueChangesRequest(
            idempotency_key=key_or_new(key), change_ids=change_ids, batch_id=batch, comment=comment
        )
    )
    run.out.answer(answer, facts(("rejected", answer.change_count)))


@command(values)
def reasons(
    run: Invocation,
    on: Annotated[str, typer.Option("--on", help="On which day; today when left out.")] = "",
) -> None:
    """List the reasons for which values may change, and what follows from each."""
    asked = pb.ListChangeReasonsRequest(on=typed.day(on, "--on"))
    found = _service(run).ListChangeReasons(asked).reasons
    shown = table("", "code", "description", "bill follows", "accepted first", "default")
    for one in found:
        marks = (one.corrects, one.needs_acceptance, one.is_default)
        shown.add_row(one.code, one.description, *("yes" if mark else "" for mark in marks))
    run.out.answer([plain(one) for one in found], shown)


def _row(line: Line) -> pb.ValueChangeRow:
    row = pb.ValueChangeRow(
        parcel_number=line.text("parcel_number"),
        reason_code=line.text("reason_code"),
        exemptions=line.exemptions("exemptions"),
        note=line.text("note"),
    )
    roll_values.put_caps(line.text("value_caps"), row)
    batch_files.put_values(line, row)
    return row


def _service(run: Invocation) -> ValueChangeServiceStub:
    return ValueChangeServiceStub(run.client.channel("levy"))
