"""`millage credit`: what the state owes agencies for credits on bills, and what it pays."""

from typing import Annotated

import typer

from millage.distribution.v1 import credits_pb2 as pb
from millage_cli import typed
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import money, table

credit = typer.Typer(help="Credits the state bears: claims and payments.", no_args_is_help=True)

Year = Annotated[int, typer.Argument(metavar="TAX_YEAR", help="Of the bills.")]


@command(credit, "claims")
def claims(
    run: Invocation,
    year: Year,
    code: Annotated[str, typer.Option("--credit", help="One credit, by its code.")] = "",
) -> None:
    """List what each agency goes without for a year's credits, and what it has been paid."""
    asked = pb.ListCreditClaimsRequest(tax_year=year, credit_code=code)
    answer = run.client.state_credits.ListCreditClaims(asked)
    shown = table(
        f"Credits of {year} that the state bears",
        *("credit", "agency", "fund", "claimed", "paid", "open"),
        right=("claimed", "paid", "open"),
    )
    for each in answer.claims:
        shown.add_row(
            each.credit_name,
            each.agency_name,
            each.fund_code,
            money(each.claimed_cents),
            money(each.paid_cents),
            money(each.claimed_cents - each.paid_cents),
        )
    run.out.answer(answer, shown)


@command(credit, "pay")
def pay(
    run: Invocation,
    year: Year,
    code: Annotated[str, typer.Argument(metavar="CREDIT", help="The credit's code.")],
    amount: Annotated[str, typer.Option("--amount", help="What the state paid.")],
    on: Annotated[str, typer.Option("--on", help="The day the money came.")],
    reference: Annotated[str, typer.Option("--reference", help="The state's own.")] = "",
    key: Key = "",
) -> None:
    """Share money of the state for a credit among the agencies that go without it."""
    answer = run.client.state_credits.PostCreditPayment(
        pb.PostCreditPaymentRequest(
            idempotency_key=key_or_new(key),
            tax_year=year,
            credit_code=code,
            amount_cents=typed.cents(amount, "--amount"),
            received_on=typed.day(on, "--on"),
            reference=reference,
        )
    )
    shown = table("Shared", "agency", "fund", "amount", right=("amount",))
    for each in answer.shares:
        shown.add_row(each.agency_code, each.fund_code, money(each.amount_cents))
    run.out.answer(answer, shown)
