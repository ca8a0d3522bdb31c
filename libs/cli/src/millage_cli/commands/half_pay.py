"""`millage half-pay …`: bills that are due in two halves."""

from typing import Annotated

import typer

from millage.receivables.v1 import half_pay_pb2
from millage.receivables.v1.half_pay_pb2_grpc import HalfPayServiceStub
from millage_cli import typed
from millage_cli.commands.ledger import bill_id_of
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import money, table

half_pay = typer.Typer(no_args_is_help=True, help="Bills that are due in two halves.")

Bills = Annotated[list[str], typer.Argument(metavar="BILL...", help="Ids or numbers of bills.")]
Comment = Annotated[str, typer.Option("--comment", help="What the audit line says of it.")]
Fees = Annotated[
    list[str] | None, typer.Option("--fee", help="A charge code whose fees join; several times.")
]


@command(half_pay, "set")
def set_half_pay(
    run: Invocation,
    bills: Bills,
    first: Annotated[str, typer.Option("--first", help="When the first half is due.")],
    second: Annotated[str, typer.Option("--second", help="When the second half is due.")],
    comment: Comment,
    fee: Fees = None,
    *,
    as_paid: Annotated[
        bool, typer.Option("--first-as-paid", help="The first half is what was paid of it.")
    ] = False,
    key: Key = "",
) -> None:
    """Part bills, and fees of theirs that allow it, in two halves."""
    request = half_pay_pb2.SetHalfPayRequest(
        idempotency_key=key_or_new(key),
        items=[
            half_pay_pb2.HalfPayItem(bill_id=bill_id_of(run, each), fees=fee or ())
            for each in bills
        ],
        first_due_on=typed.day(first, "--first"),
        second_due_on=typed.day(second, "--second"),
        first_as_paid=as_paid,
        comment=comment,
    )
    _told(run, _service(run).SetHalfPay(request))


@command(half_pay)
def remove(run: Invocation, bills: Bills, comment: Comment, key: Key = "") -> None:
    """Let levy's installments and due dates hold again."""
    request = half_pay_pb2.RemoveHalfPayRequest(
        idempotency_key=key_or_new(key),
        bill_ids=[bill_id_of(run, each) for each in bills],
        comment=comment,
    )
    _told(run, _service(run).RemoveHalfPay(request))


def _service(run: Invocation) -> HalfPayServiceStub:
    return HalfPayServiceStub(run.client.channel("receivables"))


def _told(run: Invocation, answer: half_pay_pb2.HalfPayAnswer) -> None:
    made = table("", "bill", "half", "due", "charged", "next due", right=("charged", "next due"))
    for one in answer.bills:
        for name, half in (("first", one.first), ("second", one.second)):
            made.add_row(
                one.bill_id, name, half.due_on, money(half.charged_cents), money(half.open_cents)
            )
    run.out.answer(answer, made)
