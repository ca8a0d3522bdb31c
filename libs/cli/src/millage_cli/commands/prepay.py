"""`millage prepay …`: what is paid ahead, and its posting to a year's bills."""

from typing import Annotated

import typer

from millage.receivables.v1 import prepay_pb2
from millage.receivables.v1.prepay_pb2_grpc import PrepayServiceStub
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money

prepay = typer.Typer(no_args_is_help=True, help="Taxes paid ahead, held until they are posted.")

Number = Annotated[str, typer.Argument(metavar="PREPAY", help="Its number.")]


@command(prepay, "open")
def open_prepay(
    run: Invocation,
    number: Number,
    name: Annotated[str, typer.Option("--name", help="Whose it is.")],
    parcels: Annotated[
        list[str], typer.Option("--parcel", help="A parcel that shares it; several times.")
    ],
    key: Key = "",
) -> None:
    """Let parcels share what is paid ahead for any of them."""
    request = prepay_pb2.OpenPrepayRequest(
        idempotency_key=key_or_new(key), prepay_number=number, name=name, parcel_numbers=parcels
    )
    _told(run, _prepays(run).OpenPrepay(request))


@command(prepay)
def show(run: Invocation, number: Number) -> None:
    """Show whose it is, for which parcels, and what is held."""
    request = prepay_pb2.GetPrepayRequest(prepay_number=number)
    _told(run, _prepays(run).GetPrepay(request))


@command(prepay)
def post(
    run: Invocation,
    year: Annotated[int, typer.Option("--year", help="The tax year whose bills are paid.")],
    key: Key = "",
) -> None:
    """Pay a tax year's current bills with what was paid ahead; the excess stays for the next.

    Some hundred items go in one call, and calls go on to the end; a key that is given makes each of
    them answer as before when the command is repeated.
    """
    items, posted, after = 0, 0, ""
    key = key_or_new(key)
    while True:
        request = prepay_pb2.PostPrepayRequest(
            idempotency_key=f"{key}/{items}" if after else key, tax_year=year, after=after
        )
        answer = _prepays(run).PostPrepay(request)
        items, posted, after = items + answer.items, posted + answer.posted_cents, answer.next
        if not after:
            break
    run.out.answer(
        {"items": items, "posted_cents": posted},
        facts(("items", items), ("posted", money(posted))),
    )


def _prepays(run: Invocation) -> PrepayServiceStub:
    return PrepayServiceStub(run.client.channel("receivables"))


def _told(run: Invocation, answer: prepay_pb2.Prepay) -> None:
    head = facts(
        ("prepay", answer.prepay_number),
        ("name", answer.name),
        ("parcels", ", ".join(answer.parcel_numbers)),
        ("held", money(answer.held_cents)),
    )
    run.out.answer(answer, head)
