"""Reading what people type: amounts, dates, bills and tenders, with the way to write them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage_cli.counter import FULL, WantedLine
from millage_cli.problems import usage
from taxkit.ids import parse_id
from taxkit.money import parse_cents

TENDERS = {
    "cash": pb.TENDER_TYPE_CASH,
    "check": pb.TENDER_TYPE_CHECK,
    "card": pb.TENDER_TYPE_CARD,
    "money-order": pb.TENDER_TYPE_MONEY_ORDER,
    "wire": pb.TENDER_TYPE_WIRE,
    "ach": pb.TENDER_TYPE_ACH,
}
# Money held already.
HELD = {"surplus": pb.TENDER_TYPE_SURPLUS, "escrow": pb.TENDER_TYPE_ESCROW}
REST = "rest"
_NUMBERED = re.compile(r"(?P<tax_year>[0-9]{4})-(?P<parcel>[0-9A-Za-z]+)")
_PLACED = re.compile(r"(?P<parcel>[0-9A-Za-z-]+)/(?P<tax_year>[0-9]{4})")


def cents(text: str, option: str) -> int:
    """Read an amount above zero."""
    try:
        amount = parse_cents(text)
    except ValueError as error:
        raise usage("AMOUNT_INVALID", f"{option}: {error}") from None
    if amount <= 0:
        raise usage("AMOUNT_NOT_POSITIVE", f"{option}: {text} is not above zero")
    return amount


def counted_cents(text: str, option: str) -> int:
    """Read an amount that may be nothing: a drawer can hold none of a kind."""
    try:
        amount = parse_cents(text)
    except ValueError as error:
        raise usage("AMOUNT_INVALID", f"{option}: {error}") from None
    if amount < 0:
        raise usage("AMOUNT_NEGATIVE", f"{option}: a drawer holds nothing or more")
    return amount


def day(text: str, option: str) -> str:
    """Check a date that may be left out."""
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise usage("DATE_INVALID", f"{option} {text}: write a date as YYYY-MM-DD") from None


def line(text: str) -> WantedLine:
    """Read BILL=AMOUNT: the bill by id, number (2021-13264290020000) or PARCEL/TAX_YEAR."""
    named, equals, amount = text.partition("=")
    if not equals:
        raise usage("LINE_INVALID", f"--bill {text}: write BILL=AMOUNT or BILL={FULL}")
    wanted = None if amount == FULL else cents(amount, f"--bill {named}")
    return replace(bill(named, "--bill"), amount_cents=wanted)


def bill(named: str, option: str) -> WantedLine:
    """Read how a bill is named, without saying what is paid on it."""
    if parse_id(named) is not None:
        return WantedLine(bill_id=named)
    if match := _NUMBERED.fullmatch(named) or _PLACED.fullmatch(named):
        return WantedLine(parcel_number=match["parcel"], tax_year=int(match["tax_year"]))
    raise usage(
        "BILL_INVALID",
        f"{option} {named}: name the bill by its id, its number (2021-13264290020000)"
        " or PARCEL/TAX_YEAR",
    )


def tender(kind: str, text: str) -> pb.Tender:
    """Read AMOUNT or AMOUNT:REFERENCE or AMOUNT:REFERENCE,NAME=VALUE; AMOUNT may be `rest`."""
    amount, _, said = text.partition(":")
    reference, *pairs = said.split(",")
    named = dict(_identifier(kind, pair) for pair in pairs)
    is_rest = amount == REST
    return pb.Tender(
        tender_type={**TENDERS, **HELD}[kind],
        amount_cents=0 if is_rest else cents(amount, f"--{kind}"),
        reference=reference,
        identifiers=named,
        rest=is_rest,
    )


def _identifier(kind: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise usage("TENDER_INVALID", f"--{kind} … {text}: write NAME=VALUE after the reference")
    return name, value


def tenders(given: Mapping[str, Iterable[str] | None]) -> list[pb.Tender]:
    """All tenders of a command, in the order of their kinds."""
    read = [tender(kind, text) for kind, texts in given.items() for text in texts or ()]
    if not read:
        raise usage("TENDER_MISSING", "say what is handed over: --cash, --check, --card, …")
    return read


def counts(given: Iterable[str]) -> dict[int, int]:
    """Read KIND=AMOUNT for a drawer's count."""
    read: dict[int, int] = {}
    for text in given:
        kind, _, amount = text.partition("=")
        if kind not in TENDERS:
            raise usage("TENDER_TYPE_UNKNOWN", f"--count {text}: kinds are {', '.join(TENDERS)}")
        if TENDERS[kind] in read:
            raise usage("COUNT_TWICE", f"--count {kind} is there twice: add them up")
        read[TENDERS[kind]] = counted_cents(amount, f"--count {kind}")
    return read
