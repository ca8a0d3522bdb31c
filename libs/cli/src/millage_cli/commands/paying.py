"""`millage pay`: one payment, with all that can be said of it."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from millage_cli import counter, typed
from millage_cli.commands import payment_options as options
from millage_cli.counter import Payment, WantedLine
from millage_cli.invocation import Invocation, Key, command, grouped
from millage_cli.problems import usage
from millage_cli.views import receipt_view

EXAMPLES = """\b
Examples:
  millage pay --till T01 --bill 2021-13264290020000=full --cash rest
  millage pay --till T01 --parcel 13264290020000 --year 2021 --amount 500 --check 500:1044
  millage pay --till T01 --bill 2021-13264290020000=full --check rest:77 --source mail
      --postmarked-on 2022-12-08 --received-on 2022-12-14
  millage pay --till T01 --bill 2020-132=60 --bill 2021-132=40 --line-date 2020-132=2022-11-30
      --cash 100
  millage pay --till T01 --bill 2020-132=100 --waive-interest 2020-132=4.50 --rule tax-first
      --cash 100
  millage pay --till T01 --bill 2020-132=100 --allocate 2020-132=1/tax:75
      --allocate 2020-132=1/interest:25 --escrow 100:E-1001
  millage pay --till T01 --bill 2020-132=100 --card 102.10:A17,card_type=visa,expiry=01/30
      --entry CARD-FEE=100
"""
Bills = Annotated[
    list[str] | None,
    typer.Option(
        metavar="BILL=AMOUNT",
        help="A line: BILL is an id, a number (2021-13264290020000) or PARCEL/TAX_YEAR;"
        " AMOUNT may be `full`.",
    ),
]
Session = Annotated[
    str,
    typer.Option(
        "--session", envvar="MILLAGE_SESSION", help="The open session that takes the money."
    ),
]
NoChange = Annotated[
    bool,
    typer.Option("--no-change", help="Give no change: what is above the lines is kept as surplus."),
]


def register(app: typer.Typer) -> None:
    pay.__doc__ = f"{pay.__doc__}\n\n{EXAMPLES}"
    command(app)(pay)


@grouped(tenders=options.tenders, terms=options.terms, intake=options.intake, paper=options.paper)
def pay(
    run: Invocation,
    tenders: Any,
    terms: Any,
    intake: Any,
    paper: Any,
    bill: Bills = None,
    parcel: Annotated[str, typer.Option(help="A line by parcel, with --year.")] = "",
    year: Annotated[int, typer.Option(help="Tax year of --parcel.")] = 0,
    amount: Annotated[str, typer.Option(help="For --parcel; `full` is all that is open.")] = "full",
    session: Session = "",
    till: Annotated[str, typer.Option(help="Instead of --session: the till's open one.")] = "",
    payer: Annotated[str, typer.Option(help="The payer's name.")] = "",
    email: Annotated[str, typer.Option(help="Where the receipt is mailed to.")] = "",
    effective_on: Annotated[str, typer.Option(help="The law's date of payment.")] = "",
    note: Annotated[str, typer.Option(help="Kept with the receipt.")] = "",
    no_change: NoChange = False,
    key: Key = "",
) -> None:
    """Take one payment: any number of bills, paid by any number of tenders."""
    lines = _lines(bill or (), parcel, year, amount, bool(terms.whole["source_lines"]))
    terms.check_named(lines)
    payment = Payment(
        session_id=_session_id(run, session, till),
        lines=[terms.of(line) for line in lines],
        tenders=tenders,
        payer_name=payer,
        payer_email=email,
        effective_on=typed.day(effective_on, "--effective-on"),
        note=note,
        return_change=not no_change,
        said={**terms.whole, **intake, **paper},
    )
    receipt = counter.pay(run.client, payment, key)
    run.out.answer(receipt, receipt_view(receipt))
    run.out.say(f"follow it: millage trace {receipt.receipt_number}")


def _lines(
    bills: Sequence[str], parcel: str, tax_year: int, amount: str, others: bool
) -> list[WantedLine]:
    lines = [typed.line(text) for text in bills]
    if parcel:
        lines.append(_parcel_line(parcel, tax_year, amount))
    if not (lines or others):
        raise usage("LINES_MISSING", "say what is paid: --bill BILL=AMOUNT, or --parcel and --year")
    return lines


def _parcel_line(parcel: str, tax_year: int, amount: str) -> WantedLine:
    if not tax_year:
        raise usage("TAX_YEAR_MISSING", "--parcel needs --year, too")
    return typed.line(f"{parcel}/{tax_year}={amount}")


def _session_id(run: Invocation, session: str, till: str) -> str:
    if bool(session) == bool(till):
        raise usage("SESSION_MISSING", "name the session with --session, or its till with --till")
    return session or counter.session_of_till(run.client, till).session_id
