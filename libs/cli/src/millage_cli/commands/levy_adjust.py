"""`millage levy adjust`: change what one bill charges, as a modification of that bill alone."""

from typing import Annotated

import typer

from millage.levy.v1 import modifications_pb2 as pb
from millage.levy.v1.modifications_pb2_grpc import ModificationServiceStub
from millage_cli import typed
from millage_cli.commands.bills import Bill, find
from millage_cli.commands.levy_levies import levy
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money
from millage_cli.problems import Problem, usage

__all__ = ["levy"]


@command(levy, "adjust")
def adjust(
    run: Invocation,
    named: Bill,
    reason: Annotated[str, typer.Option("--reason", help="Why; the owner reads it.")],
    due: Annotated[str, typer.Option("--due", help="The tax due; the taxable stays.")] = "",
    taxable: Annotated[
        int | None, typer.Option("--taxable", help="Whole dollars; the tax due follows.")
    ] = None,
    purpose: Annotated[str, typer.Option("--purpose", help="What for.")] = "refund",
    key: Key = "",
) -> None:
    """Adjust the charges of one bill, named as at the counter (LEVY-020)."""
    if not due and taxable is None:
        raise usage("EDITS_MISSING", "give --due, --taxable, or both")
    bill = find(run.client, named)
    edit = pb.ModificationEdit(bill_id=bill.bill_id)
    if due:
        edit.total_cents = typed.counted_cents(due, "--due")
    if taxable is not None:
        edit.net_value_dollars = taxable
    opening = pb.OpenModificationRequest(
        bills=pb.ModifiableBills(parcel_number=bill.parcel_number, tax_year=bill.tax_year),
        bill_ids=[bill.bill_id], option="MN", purpose=purpose, reason=reason,
    )  # fmt: skip
    done = _finished(run, opening, edit, key_or_new(key))
    (one,) = done.modified
    held = ", ".join(done.held.run_ids)
    run.out.answer(
        done,
        facts(
            ("bill", one.bill_number),
            ("was", money(one.total_cents)),
            ("is to be" if held else "is", money(one.new_total_cents)),
            ("version", one.new_bill_version or one.bill_version),
            ("waits for", held),
            ("modification", done.modification_id),
        ),
    )


def _finished(
    run: Invocation, opening: pb.OpenModificationRequest, edit: pb.ModificationEdit, key: str
) -> pb.Modification:
    """Open, edit and finish; a draft that cannot be finished is not left behind."""
    service = ModificationServiceStub(run.client.channel("levy"))
    opening.idempotency_key = f"{key} open"
    draft = service.OpenModification(opening)
    named = {"modification_id": draft.modification_id}
    try:
        draft = service.EditModification(
            pb.EditModificationRequest(
                **named, idempotency_key=f"{key} edit", edits=[edit],
                expected_revision=draft.revision,
            )
        )  # fmt: skip
        return service.FinishModification(
            pb.FinishModificationRequest(
                **named, idempotency_key=key, expected_revision=draft.revision
            )
        )
    except Problem as problem:
        if problem.exit_code.name != "AWAY":
            dropped = pb.DropModificationRequest(**named, idempotency_key=f"{key} drop")
            service.DropModification(dropped)
        raise
