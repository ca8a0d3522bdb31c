"""`millage supplement refunds`: what supplements that lower a value owe and what was given back."""

from typing import Annotated

import typer

from millage.levy.v1 import supplement_refunds_pb2 as pb
from millage.levy.v1.supplement_refunds_pb2_grpc import SupplementRefundServiceStub
from millage_cli.commands.supplements import supplement
from millage_cli.invocation import Invocation, command
from millage_cli.output import money, table
from millage_cli.paging import pages
from millage_cli.plain import plain

__all__ = ["supplement"]

_PAGE = 500


@command(supplement)
def refunds(
    run: Invocation,
    year: Annotated[int, typer.Option("--year", help="Only of bills of this year.")] = 0,
    parcel: Annotated[str, typer.Option("--parcel", help="Only of this parcel.")] = "",
    state: Annotated[str, typer.Option("--state", help="waiting or refunded")] = "",
) -> None:
    """List refunds in the order they were enrolled: those waiting have a bill that is not paid."""
    service = SupplementRefundServiceStub(run.client.channel("levy"))
    asked = pb.ListSupplementRefundsRequest(
        tax_year=year, parcel_number=parcel, state=state, page_size=_PAGE
    )
    found = [one for page in pages(service.ListSupplementRefunds, asked) for one in page.refunds]
    shown = table(
        "", "parcel", "year", "supplement", "owed", "state", "enrolled", "refund by", "given back",
        "on bills", right=("owed", "given back"),
    )  # fmt: skip
    for one in found:
        shown.add_row(
            one.parcel_number, str(one.tax_year),
            f"{one.supplement_number} of {one.supplement_year}", money(one.amount_cents),
            one.state, one.enrolled_on, one.refund_by,
            money(one.refunded_cents), ", ".join(each.bill_number for each in one.bills),
        )  # fmt: skip
    run.out.answer([plain(one) for one in found], shown)
