"""`millage trust-tax open|close|post|show`: businesses that collect a tax for the county."""

from typing import Annotated

import typer

from millage.levy.v1 import trust_taxes_pb2 as pb
from millage.levy.v1.trust_taxes_pb2_grpc import TrustTaxServiceStub
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.problems import usage
from millage_cli.typed import cents

trust_tax = typer.Typer(help="Accounts of trust taxes and their returns.", no_args_is_help=True)

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's number.")]
Year = Annotated[int, typer.Option("--tax-year", help="The year of the returns.")]


@command(trust_tax, "open")
def open_account(
    run: Invocation,
    account: Account,
    tax: Annotated[str, typer.Option("--tax", help="A code of the county's trust taxes.")],
    owner: Annotated[str, typer.Option("--owner", help="Who files.")],
    email: Annotated[str, typer.Option("--email", help="Where notices go.")] = "",
    on: Annotated[str, typer.Option("--on", help="Since when; today if left out.")] = "",
    key: Key = "",
) -> None:
    """Open an account of a trust tax."""
    request = pb.OpenTrustTaxAccountRequest(
        idempotency_key=key_or_new(key), account_number=account, tax_type=tax,
        owner_name=owner, owner_email=email, opened_on=on,
    )  # fmt: skip
    _told(run, _stub(run).OpenTrustTaxAccount(request))


@command(trust_tax, "close")
def close_account(
    run: Invocation,
    account: Account,
    on: Annotated[str, typer.Option("--on", help="Its period is the last of the year.")],
    key: Key = "",
) -> None:
    """Close an account: the period of that day is its last."""
    request = pb.CloseTrustTaxAccountRequest(
        idempotency_key=key_or_new(key), account_number=account, closed_on=on
    )
    _told(run, _stub(run).CloseTrustTaxAccount(request))


@command(trust_tax, "post")
def post_return(
    run: Invocation,
    account: Account,
    number: Annotated[str, typer.Argument(metavar="RETURN", help="The return's number.")],
    tax_year: Year,
    period: Annotated[int, typer.Option("--period", help="1 is the first of the year.")],
    tax: Annotated[str, typer.Option("--tax", help="The period's tax, in dollars.")] = "",
    recap: Annotated[
        str, typer.Option("--recap", help="The whole year's tax, with the last period.")
    ] = "",
    key: Key = "",
) -> None:
    """Post a period's return, or with the last one the year's recap: its bill is issued."""
    if bool(tax) == bool(recap):
        raise usage("TAX_OR_RECAP", "give the period's --tax, or the year's --recap")
    request = pb.PostTrustTaxReturnRequest(
        idempotency_key=key_or_new(key), account_number=account, return_number=number,
        tax_year=tax_year, period=period, tax_cents=_tax(tax, recap), is_recap=bool(recap),
    )  # fmt: skip
    answer = _stub(run).PostTrustTaxReturn(request)
    run.out.answer(
        answer,
        facts(
            ("bill", answer.bill_number),
            ("asks for", money(answer.billed_cents)),
            ("due", answer.due_on),
            ("taken off earlier bills", money(answer.taken_off_cents) if recap else ""),
        ),
    )


@command(trust_tax)
def show(run: Invocation, account: Account, tax_year: Year) -> None:
    """Show an account, whether its last period recaps, and a year's returns."""
    request = pb.GetTrustTaxAccountRequest(account_number=account, tax_year=tax_year)
    _told(run, _stub(run).GetTrustTaxAccount(request))


def _tax(tax: str, recap: str) -> int:
    return cents(recap, "--recap") if recap else cents(tax, "--tax")


def _stub(run: Invocation) -> TrustTaxServiceStub:
    return TrustTaxServiceStub(run.client.channel("levy"))


def _told(run: Invocation, answer: pb.TrustTaxAccount) -> None:
    recaps = "the last period's return is the whole year's" if answer.last_period_is_recap else ""
    head = facts(
        ("account", answer.account_number),
        ("tax", f"{answer.tax_name} ({answer.tax_type})"),
        ("owner", answer.owner_name),
        ("open", f"{answer.opened_on} to {answer.closed_on or 'now'}"),
        ("periods", f"{answer.last_period} of {answer.periods}"),
        ("recap", recaps),
    )
    amounts = ("Posted", "Bill asks")
    view = table("", "Period", "Return", *amounts, "Status", right=amounts)
    for one in answer.returns:
        posted = f"{money(one.tax_cents)}{' (year)' if one.is_recap else ''}"
        view.add_row(
            str(one.period), one.return_number, posted, money(one.billed_cents), one.status
        )
    run.out.answer(answer, head, *([view] if answer.returns else []))
