"""`millage quote` and `reverse`."""

from typing import Annotated

import typer

from millage_cli import counter, typed
from millage_cli.invocation import Invocation, Key, command
from millage_cli.problems import usage
from millage_cli.views import quote_view, receipt_view


def register(app: typer.Typer) -> None:
    for function in (quote, reverse):
        command(app)(function)


def quote(
    run: Invocation,
    parcel: Annotated[str, typer.Argument(help="Parcel number.", show_default=False)] = "",
    bill: Annotated[list[str] | None, typer.Option(help="A bill's id instead.")] = None,
    as_of: Annotated[str, typer.Option(help="Effective date; today when not given.")] = "",
) -> None:
    """Show what is due on a parcel's bills, or on some bills, at a date."""
    if not parcel and not bill:
        raise usage("PARCEL_MISSING", "name a parcel, or bills with --bill")
    answer = counter.quote(
        run.client,
        parcel_number=parcel,
        bill_ids=bill or (),
        as_of=typed.day(as_of, "--as-of"),
    )
    run.out.answer(answer, quote_view(answer))


def reverse(
    run: Invocation,
    receipt: Annotated[str, typer.Argument(help="Receipt number or id.")],
    reason: Annotated[str, typer.Option(help="Why it is reversed; kept.")],
    key: Key = "",
) -> None:
    """Take a receipt of an open session back, by a posting of its own."""
    answer = counter.reverse(run.client, receipt, reason, key)
    run.out.answer(answer, receipt_view(answer))
