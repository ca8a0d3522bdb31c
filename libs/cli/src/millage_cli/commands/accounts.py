"""`millage accounts`: what stands in the general ledger beside agencies' shares."""

from typing import Annotated

import typer

from millage.distribution.v1 import accounts_pb2 as pb
from millage_cli import typed
from millage_cli.invocation import Invocation, command
from millage_cli.output import money, table

accounts = typer.Typer(help="Waivers and liabilities beside shares.", no_args_is_help=True)


@command(accounts, "waivers")
def waivers(
    run: Invocation,
    first: Annotated[str, typer.Argument(metavar="FROM", help="The first business date.")],
    last: Annotated[str, typer.Argument(metavar="TO", help="The last business date.")],
) -> None:
    """List what interest and penalty were waived over some days, and who goes without it."""
    days = {"from_date": typed.day(first, "FROM"), "to_date": typed.day(last, "TO")}
    answer = run.client.accounts.ListWaiverTotals(pb.ListWaiverTotalsRequest(**days))
    shown = table(f"Waived, {first} to {last}", "what", "of", "amount", right=("amount",))
    for charge in answer.charges:
        shown.add_row(charge.charge_type, str(charge.tax_year), money(charge.waived_cents))
    for agency in answer.agencies:
        shown.add_row("agency", agency.agency_code, money(agency.waived_cents))
    run.out.answer(answer, shown)


@command(accounts, "held")
def held(run: Invocation) -> None:
    """List money received that is held for somebody and so is no agency's, as it stands now."""
    answer = run.client.accounts.ListLiabilities(pb.ListLiabilitiesRequest())
    shown = table("Held", "category", "subcode", "items", "amount", right=("items", "amount"))
    for each in answer.liabilities:
        row = (each.category, each.subcode, str(each.item_count), money(each.open_cents))
        shown.add_row(*row)
    run.out.answer(answer, shown)
