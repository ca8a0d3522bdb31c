"""`millage quote`, `pay` and `reverse`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from millage_cli import counter, typed
from millage_cli.counter import Payment, WantedLine
from millage_cli.invocation import Invocation, Key, command
from millage_cli.problems import usage
from millage_cli.typed import TENDERS
from millage_cli.views import quote_view, receipt_view

Bills = Annotated[
    list[str] | None,
    typer.Option(
        metavar="BILL=AMOUNT",
        help="A line: BILL is an id, a number (2021-13264290020000) or PARCEL/TAX_YEAR;"
        " AMOUNT may be `full`.",
    ),
]
Notes = Annotated[list[str] | None, typer.Option(metavar="AMOUNT")]
Referenced = Annotated[list[str] | None, typer.Option(metavar="AMOUNT:REFERENCE")]
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
    for function in (quote, pay, reverse):
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


def pay(
    run: Invocation,
    bill: Bills = None,
    parcel: Annotated[str, typer.Option(help="A line by parcel, with --year.")] = "",
    year: Annotated[int, typer.Option(help="Tax year of --parcel.")] = 0,
    amount: Annotated[str, typer.Option(help="For --parcel; `full` is all that is open.")] = "full",
    cash: Notes = None,
    check: Referenced = None,
    card: Referenced = None,
    money_order: Referenced = None,
    wire: Referenced = None,
    ach: Referenced = None,
    session: Session = "",
    till: Annotated[str, typer.Option(help="Instead of --session: the till's open one.")] = "",
    payer: Annotated[str, typer.Option(help="The payer's name.")] = "",
    email: Annotated[str, typer.Option(help="Where the receipt is mailed to.")] = "",
    effective_on: Annotated[str, typer.Option(help="The law's date of payment.")] = "",
    note: str = "",
    no_change: NoChange = False,
    key: Key = "",
) -> None:
    """Take one payment: any number of bills, paid by any number of tenders."""
    lines = _lines(bill or (), parcel, year, amount)
    given = dict(zip(TENDERS, (cash, check, card, money_order, wire, ach), strict=True))
    payment = Payment(
        session_id=_session_id(run, session, till),
        lines=lines,
        tenders=typed.tenders(given),
        payer_name=payer,
        payer_email=email,
        effective_on=typed.day(effective_on, "--effective-on"),
        note=note,
        return_change=not no_change,
    )
    receipt = counter.pay(run.client, payment, key)
    run.out.answer(receipt, receipt_view(receipt))
    run.out.say(f"follow it: millage trace {receipt.receipt_number}")


def reverse(
    run: Invocation,
    receipt: Annotated[str, typer.Argument(help="Receipt number or id.")],
    reason: Annotated[str, typer.Option(help="Why it is reversed; kept.")],
    key: Key = "",
) -> None:
    """Take a receipt of an open session back, by a posting of its own."""
    answer = counter.reverse(run.client, receipt, reason, key)
    run.out.answer(answer, receipt_view(answer))


def _lines(bills: Sequence[str], parcel: str, tax_year: int, amount: str) -> list[WantedLine]:
    lines = [typed.line(text) for text in bills]
    if parcel:
        lines.append(_parcel_line(parcel, tax_year, amount))
    if not lines:
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
