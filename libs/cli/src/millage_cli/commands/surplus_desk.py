"""`millage surplus …`: kept for a basket or let go, what waited seen to, the advance types."""

from typing import Annotated

import typer

from millage.receivables.v1 import surplus_pb2
from millage.receivables.v1.surplus_pb2_grpc import SurplusServiceStub
from millage_cli import typed
from millage_cli.commands.held import Item, surplus
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.plain import plain

__all__ = ["surplus"]

For = Annotated[str, typer.Option("--for", help="The basket it is for.")]


@command(surplus)
def reserve(run: Invocation, item: Item, whom: For, key: Key = "") -> None:
    """Keep held money for a basket, so that nobody else spends it."""
    request = surplus_pb2.ReserveSurplusRequest(
        idempotency_key=key_or_new(key), surplus_item_id=item, reserved_for=whom
    )
    _told(run, _surplus(run).ReserveSurplus(request))


@command(surplus)
def release(run: Invocation, item: Item, whom: For, key: Key = "") -> None:
    """Let reserved money go again, for the basket it was kept for."""
    request = surplus_pb2.ReleaseSurplusRequest(
        idempotency_key=key_or_new(key), surplus_item_id=item, reserved_for=whom
    )
    _told(run, _surplus(run).ReleaseSurplus(request))


@command(surplus)
def settle(
    run: Invocation,
    receipt: Annotated[str, typer.Argument(metavar="RECEIPT", help="The receipt's id.")],
    reference: Annotated[str, typer.Argument(help="What it tendered, as `check` lists it.")],
    waited: Annotated[str, typer.Argument(metavar="REASON", help="Why it waited.")],
    note: Annotated[str, typer.Option("--note", help="How it was seen to.")],
    key: Key = "",
) -> None:
    """Say how something that waited was seen to; `check` lists it no more."""
    request = surplus_pb2.SettleHeldExceptionRequest(
        idempotency_key=key_or_new(key), receipt_id=receipt, reference=reference, reason=waited,
        note=note,
    )  # fmt: skip
    answer = _surplus(run).SettleHeldException(request)
    run.out.answer(answer, facts(("receipt", answer.receipt_id), ("reason", answer.reason)))


@command(surplus, "advance-types")
def advance_types(
    run: Invocation, on: Annotated[str, typer.Option("--on", help="Today when left out.")] = ""
) -> None:
    """List the ways to pay in advance, and why one is not offered."""
    request = surplus_pb2.ListAdvanceTypesRequest(as_of=typed.day(on, "--on"))
    found = _surplus(run).ListAdvanceTypes(request).types
    made = table("", "type", "name", "held as", "offered", "on bills")
    for one in found:
        offered = "yes" if one.offered else one.reason
        made.add_row(
            one.code, one.name, one.subcode, offered, "yes" if one.applied_to_bills else "no"
        )
    run.out.answer([plain(one) for one in found], made)


@command(surplus, "kinds")
def kinds(
    run: Invocation, on: Annotated[str, typer.Option("--on", help="Today when left out.")] = ""
) -> None:
    """List the kinds of held money, where each is booked, and what may be done with it."""
    request = surplus_pb2.ListAdvanceTypesRequest(as_of=typed.day(on, "--on"))
    found = _surplus(run).ListAdvanceTypes(request).kinds
    made = table("", "kind", "name", "held as", "account", "at counters", "may be")
    for one in found:
        open_to = [*one.procedures, *(["tender"] if one.tender else [])]
        counters = "yes" if one.cashiering else "no"
        may_be = ", ".join(open_to)
        made.add_row(one.subcode, one.name, one.category, one.revenue_account, counters, may_be)
    run.out.answer([plain(one) for one in found], made)


def _surplus(run: Invocation) -> SurplusServiceStub:
    return SurplusServiceStub(run.client.channel("receivables"))


def _told(run: Invocation, answer: surplus_pb2.SurplusItem) -> None:
    head = facts(
        ("item", answer.surplus_item_id),
        ("kind", answer.subcode),
        ("open", money(answer.open_cents)),
        ("state", answer.state),
    )
    run.out.answer(answer, head)
