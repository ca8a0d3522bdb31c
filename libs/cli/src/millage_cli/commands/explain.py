"""`millage explain`: follow a cent from the receipt's line to the authorities' shares."""

from typing import Annotated

import typer

from millage_cli.commands.bills import find
from millage_cli.explain_view import explained_json, explained_tree
from millage_cli.explaining import explain_bill, explain_receipt
from millage_cli.invocation import Invocation, command
from millage_cli.problems import usage


def register(app: typer.Typer) -> None:
    command(app)(explain)


def explain(
    run: Invocation,
    receipt: Annotated[str, typer.Argument(metavar="[RECEIPT]", help="Its number or id.")] = "",
    line: Annotated[int, typer.Option("--line", help="One line of the receipt only.")] = 0,
    bill: Annotated[
        str, typer.Option("--bill", help="A bill instead: id, number, or PARCEL/TAX_YEAR.")
    ] = "",
) -> None:
    """Say of each ledger row who asked, by which rule, and whose money it became."""
    if bool(receipt) == bool(bill):
        raise usage("EXPLAIN_WHAT", "name a receipt, or a bill with --bill")
    if line and bill:
        raise usage("LINE_INVALID", "--line is of a receipt")
    found = (
        explain_receipt(run.client, receipt, line)
        if receipt
        else explain_bill(run.client, find(run.client, bill).bill_id)
    )
    run.out.answer(explained_json(found), explained_tree(found))
