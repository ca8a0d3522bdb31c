"""`millage basket keep|let-go|kept`: money held that a basket keeps until it is paid."""

from typing import Annotated

import typer

from millage.cashiering.v1 import money_holds_pb2 as pb
from millage.cashiering.v1.money_holds_pb2_grpc import MoneyHoldsServiceStub
from millage_cli import typed
from millage_cli.commands.basket import BasketId
from millage_cli.commands.basket_jumps import basket
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import money, table

__all__ = ["basket"]


@command(basket, "keep")
def keep(
    run: Invocation,
    basket_id: BasketId,
    surplus: Annotated[str, typer.Option(metavar="ITEM", help="A surplus, whole.")] = "",
    escrow: Annotated[str, typer.Option(metavar="ACCOUNT", help="An escrow account.")] = "",
    amount: Annotated[str, typer.Option(help="How much of the escrow account.")] = "",
    key: Key = "",
) -> None:
    """Keep money held for a basket: no other till takes it until the basket is paid."""
    request = pb.HoldMoneyRequest(
        idempotency_key=key_or_new(key),
        basket_id=basket_id,
        surplus_item_id=surplus,
        escrow_account=escrow,
        amount_cents=typed.cents(amount, "--amount") if amount else 0,
    )
    _show(run, _stub(run).HoldMoney(request))


@command(basket, "let-go")
def let_go(
    run: Invocation,
    hold: Annotated[str, typer.Argument(metavar="HOLD", help="Its id, as `kept` shows it.")],
    key: Key = "",
) -> None:
    """Let money go that a basket keeps."""
    request = pb.ReleaseMoneyRequest(idempotency_key=key_or_new(key), hold_id=hold)
    _show(run, _stub(run).ReleaseMoney(request))


@command(basket, "kept")
def kept(run: Invocation, basket_id: BasketId) -> None:
    """Show what a basket keeps and kept."""
    _show(run, _stub(run).ListMoneyHolds(pb.ListMoneyHoldsRequest(basket_id=basket_id)))


def _stub(run: Invocation) -> MoneyHoldsServiceStub:
    return MoneyHoldsServiceStub(run.client.channel("cashiering"))


def _show(run: Invocation, answer: pb.MoneyHolds) -> None:
    view = table("", "hold", "kind", "of", "amount", "by", "now", right=("amount",))
    for one in answer.holds:
        state = "kept" if one.stands else one.outcome or "over"
        view.add_row(
            one.hold_id, one.kind, one.reference, money(one.amount_cents), one.held_by, state
        )
    run.out.answer(answer, view)
