"""The options of a payment in groups: tenders, terms, how the money came, paper."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import typer

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import sources_pb2
from millage_cli import typed
from millage_cli.counter import WantedLine
from millage_cli.problems import usage

_TENDERS = "What is handed over"
_TERMS = "On which terms"
_CAME = "How the money came"
_PAPER = "Paper"
Many = list[str] | None


def _amounts(group: str, metavar: str, said: str = "") -> Any:
    return typer.Option(metavar=metavar, help=said, rich_help_panel=group)


def _terms(metavar: str, said: str) -> Any:
    return typer.Option(metavar=metavar, help=said, rich_help_panel=_TERMS)


Cash = Annotated[
    Many, _amounts(_TENDERS, "AMOUNT", "So much in notes and coins; `rest`: what is left to pay.")
]
Referenced = Annotated[Many, _amounts(_TENDERS, "AMOUNT:REFERENCE", "With its number.")]
Card = Annotated[
    Many,
    _amounts(
        _TENDERS, "AMOUNT:REFERENCE,NAME=VALUE", "What the law asks of a card follows its code."
    ),
]
Surplus = Annotated[Many, _amounts(_TENDERS, "AMOUNT:ITEM", "Held already, by the item's id.")]
Escrow = Annotated[Many, _amounts(_TENDERS, "AMOUNT:ACCOUNT", "Held in an escrow account.")]


def tenders(
    *,
    cash: Cash = None,
    check: Referenced = None,
    card: Card = None,
    money_order: Referenced = None,
    wire: Referenced = None,
    ach: Referenced = None,
    surplus: Surplus = None,
    escrow: Escrow = None,
) -> list[pb.Tender]:
    given = (cash, check, card, money_order, wire, ach, surplus, escrow)
    return typed.tenders(dict(zip((*typed.TENDERS, *typed.HELD), given, strict=True)))


@dataclass(frozen=True, slots=True)
class Terms:
    """What is said of lines by their bills, and of the payment as a whole."""

    waived_interest: dict[WantedLine, str] = field(default_factory=dict)
    waived_penalty: dict[WantedLine, str] = field(default_factory=dict)
    dates: dict[WantedLine, str] = field(default_factory=dict)
    services: dict[WantedLine, str] = field(default_factory=dict)
    rows: tuple[tuple[WantedLine, str], ...] = ()
    whole: dict[str, Any] = field(default_factory=dict)

    def of(self, line: WantedLine) -> WantedLine:
        """A line with what was said of its bill."""
        bill = replace(line, amount_cents=None)
        return replace(
            line,
            waived_interest_cents=_cents(self.waived_interest, bill, "--waive-interest"),
            waived_penalty_cents=_cents(self.waived_penalty, bill, "--waive-penalty"),
            effective_on=typed.day(self.dates.get(bill, ""), "--line-date"),
            service=self.services.get(bill, ""),
            rows=tuple(_row(text) for named, text in self.rows if named == bill),
        )

    def check_named(self, lines: Iterable[WantedLine]) -> None:
        """Refuse what is said of a bill that is not paid."""
        paid = {replace(line, amount_cents=None) for line in lines}
        said = (self.waived_interest, self.waived_penalty, self.dates, self.services)
        for bill in (*(one for each in said for one in each), *(one for one, _ in self.rows)):
            if bill not in paid:
                named = bill.bill_id or f"{bill.parcel_number}/{bill.tax_year}"
                raise usage("LINE_UNKNOWN", f"nothing is paid on {named}: name it with --bill")


def terms(
    *,
    waive_interest: Annotated[
        Many, _terms("BILL=AMOUNT", "Interest that need not be paid.")
    ] = None,
    waive_penalty: Annotated[Many, _terms("BILL=AMOUNT", "Penalty that need not be paid.")] = None,
    allocate: Annotated[
        Many,
        _terms("BILL=INSTALLMENT/CHARGE[/CODE]:AMOUNT", "By hand: tax, penalty, interest or fee."),
    ] = None,
    line_date: Annotated[Many, _terms("BILL=DATE", "A line's own date of payment.")] = None,
    service: Annotated[Many, _terms("BILL=CODE", "The service type it is paid under.")] = None,
    rule: Annotated[str, _terms("CODE", "Another of the law's allocation rules.")] = "",
    entry: Annotated[Many, _terms("SOURCE[=AMOUNT]", "A miscellaneous source, beside.")] = None,
    grant: Annotated[Many, _terms("ID", "What a second person allowed; see `override`.")] = None,
) -> Terms:
    whole = {
        "allocation_rule": rule,
        "override_grants": grant or (),
        "source_lines": [_entry(text) for text in entry or ()],
    }
    return Terms(
        dict(_said(waive_interest, "--waive-interest")),
        dict(_said(waive_penalty, "--waive-penalty")),
        dict(_said(line_date, "--line-date")),
        dict(_said(service, "--service")),
        tuple(_said(allocate, "--allocate")),
        whole,
    )


def intake(
    *,
    source: Annotated[
        str,
        typer.Option(help="mail, lender, web, … instead of the counter.", rich_help_panel=_CAME),
    ] = "",
    postmarked_on: Annotated[
        str, typer.Option(help="Of mail, which counts from it.", rich_help_panel=_CAME)
    ] = "",
    received_on: Annotated[
        str, typer.Option(help="Since when the money is here.", rich_help_panel=_CAME)
    ] = "",
    lender: Annotated[
        str, typer.Option(help="The code of a lender that pays.", rich_help_panel=_CAME)
    ] = "",
) -> dict[str, str]:
    return {
        "source": source,
        "postmarked_on": typed.day(postmarked_on, "--postmarked-on"),
        "received_on": typed.day(received_on, "--received-on"),
        "lender_code": lender,
    }


def paper(
    *,
    no_receipt: Annotated[
        bool, typer.Option("--no-receipt", help="Nobody is sent it.", rich_help_panel=_PAPER)
    ] = False,
    no_surplus_notice: Annotated[
        bool,
        typer.Option(
            "--no-surplus-notice", help="Nobody is told of surplus.", rich_help_panel=_PAPER
        ),
    ] = False,
    custom_receipt: Annotated[
        Many,
        typer.Option(metavar="CODE", help="Printed with the receipt.", rich_help_panel=_PAPER),
    ] = None,
) -> dict[str, Any]:
    return {
        "suppress_receipt_print": no_receipt,
        "suppress_surplus_notice": no_surplus_notice,
        "custom_receipts": custom_receipt or (),
    }


def _said(texts: Many, option: str) -> Iterator[tuple[WantedLine, str]]:
    for text in texts or ():
        named, equals, value = text.partition("=")
        if not equals or not value:
            raise usage("OPTION_INVALID", f"{option} {text}: write BILL=VALUE")
        yield typed.bill(named, option), value


def _cents(said: dict[WantedLine, str], bill: WantedLine, option: str) -> int:
    return typed.cents(said[bill], option) if bill in said else 0


def _row(text: str) -> tuple[int, str, str, int]:
    """Read INSTALLMENT/CHARGE:AMOUNT, or INSTALLMENT/CHARGE/CODE:AMOUNT."""
    place, colon, amount = text.partition(":")
    number, slash, of = place.partition("/")
    charge, _, code = of.partition("/")
    if not (colon and slash and charge and number.isascii() and number.isdigit()):
        raise usage(
            "OPTION_INVALID", f"--allocate …={text}: write INSTALLMENT/CHARGE:AMOUNT, 1/tax:25.00"
        )
    return int(number), charge, code, typed.cents(amount, "--allocate")


def _entry(text: str) -> sources_pb2.SourceEntry:
    code, equals, amount = text.partition("=")
    cents = typed.cents(amount, "--entry") if equals else 0
    return sources_pb2.SourceEntry(source_code=code, amount_cents=cents)
