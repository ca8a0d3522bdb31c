"""`millage overdue`: bills that are past due, to look at, to export or to write about."""

from typing import Annotated

import typer

from millage.collections.v1 import overdue_pb2
from millage.collections.v1.overdue_pb2_grpc import OverdueServiceStub
from millage_cli import typed
from millage_cli.invocation import Invocation, command
from millage_cli.output import money, table
from millage_cli.paging import pages
from millage_cli.plain import plain


def register(app: typer.Typer) -> None:
    command(app)(overdue)


def overdue(
    run: Invocation,
    purpose: Annotated[str, typer.Option("--for", help="view, export or notice.")] = "",
    on: Annotated[str, typer.Option("--on", help="As of this day; today when left out.")] = "",
    year: Annotated[int, typer.Option("--year", help="The tax year; all when left out.")] = 0,
    *,
    prior: Annotated[bool, typer.Option("--prior", help="And the years before it.")] = False,
    least: Annotated[str, typer.Option("--least", help="Only bills that owe as much.")] = "0",
) -> None:
    """List bills that are past due, and those that codes keep out of the purpose."""
    request = overdue_pb2.ListOverdueBillsRequest(
        purpose=purpose, as_of=typed.day(on, "--on"), tax_year=year, include_prior_years=prior,
        least_cents=typed.counted_cents(least, "--least"),
    )  # fmt: skip
    made = table("", "bill", "parcel", "overdue", "days", "bucket", "codes", right=("overdue",))
    out = table("kept out", "bill", "code", "because")
    told: dict[str, list[object]] = {"bills": [], "left_out": []}
    for page in _pages(run, request):
        for one in page.bills:
            made.add_row(
                one.bill_number, one.parcel_number, money(one.overdue_cents),
                str(one.days_past_due), one.bucket, ", ".join(one.codes) or "-",
            )  # fmt: skip
            told["bills"].append(plain(one))
        for kept in page.left_out:
            out.add_row(kept.bill.bill_number, kept.code, kept.because)
            told["left_out"].append(plain(kept))
    run.out.answer(told, made, *([out] if told["left_out"] else []))


def _pages(
    run: Invocation, request: overdue_pb2.ListOverdueBillsRequest
) -> "list[overdue_pb2.ListOverdueBillsResponse]":
    stub = OverdueServiceStub(run.client.channel("collections"))
    return list(pages(stub.ListOverdueBills, request))
