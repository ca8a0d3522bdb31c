"""A basket: what is about to be paid, line by line, before any money has been taken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from cashiering_service.domain.paying import Quoted, Wish, paying_cents
from cashiering_service.domain.receipt import LINES_MAX, SessionHead
from taxkit.errors import Refusal, RefusalKind, invalid, not_found
from taxkit.money import CENTS_MAX, format_cents


class BasketState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"
    # Its receipt is being written; nothing of it may be changed meanwhile.
    POSTING = "posting"
    POSTED = "posted"
    CLOSED = "closed"


class LineKind(StrEnum):
    BILL = "bill"
    ADVANCE = "advance"
    # For a miscellaneous source, priced by it.
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a line is for: a bill in the version it was quoted in, or a parcel alone."""

    parcel_number: str
    bill_id: UUID | None = None
    bill_number: str = ""
    bill_version: int = 0
    tax_year: int | None = None
    owner_name: str = ""
    owner_email: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    line_number: int
    kind: LineKind
    service_type: str
    subject: Subject
    wish: Wish
    quoted: Quoted | None = None
    # It was named by its bill number alone.
    by_bill_number: bool = False
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def paying_cents(self) -> int:
        return paying_cents(self.wish, self.quoted)


@dataclass(frozen=True, slots=True)
class Payer:
    name: str = ""
    email: str | None = None
    lender_code: str = ""
    verified: bool = False
    mailing_address: str = ""


@dataclass(frozen=True, slots=True)
class Basket:
    basket_id: UUID
    session: SessionHead
    state: BasketState
    # Counts its changes: who changes it says which one was looked at.
    version: int
    effective_on: date
    opened_by: str
    payer: Payer = Payer()
    lines: tuple[Line, ...] = ()
    # Given out so far; a number is never used twice.
    lines_numbered: int = 0
    # What a second person allowed: (matter, parcel).
    approved: frozenset[tuple[str, str]] = frozenset()
    # Under this key its one receipt is posted, whoever posts it.
    post_key: str = ""
    # The call that posts it now; another one has to wait.
    claim: str = ""
    receipt_id: UUID | None = None
    receipt_number: str = ""
    # The allocation rule that lines start with; empty: the law's.
    rule_id: str = ""

    @property
    def total_cents(self) -> int:
        return sum(line.paying_cents for line in self.lines)

    @property
    def quoted_cents(self) -> int:
        return sum(line.quoted.open_cents for line in self.lines if line.quoted)

    @property
    def is_out_of_hand(self) -> bool:
        """Whether what it was told to keep is kept no more, or is whoever's takes it up."""
        return self.state in (BasketState.CLOSED, BasketState.PAUSED) or not self.lines

    def line(self, line_number: int) -> Line:
        for line in self.lines:
            if line.line_number == line_number:
                return line
        raise not_found("LINE_NOT_FOUND", f"the basket has no line {line_number}")


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line that has no number yet."""

    kind: LineKind
    service_type: str
    subject: Subject
    wish: Wish
    quoted: Quoted | None = None
    by_bill_number: bool = False
    details: Mapping[str, str] = field(default_factory=dict)


def check_changeable(basket: Basket, version: int | None) -> None:
    """Refuse to change what is not open, or what somebody changed since it was looked at."""
    if basket.state is not BasketState.OPEN:
        raise Refusal(
            f"BASKET_{basket.state.upper()}",
            f"the basket is {basket.state}: {_NEXT[basket.state]}",
        )
    check_version(basket, version)


def check_version(basket: Basket, version: int | None) -> None:
    """Refuse a change meant for another version; None takes the basket as it is."""
    if version is not None and version != basket.version:
        raise Refusal(
            "BASKET_CHANGED",
            f"the basket is at version {basket.version}, you saw {version}:"
            " somebody changed it meanwhile, look again",
            kind=RefusalKind.PRECONDITION,
            metadata={"current_version": str(basket.version)},
        )


_NEXT = {
    BasketState.PAUSED: "retrieve it first",
    BasketState.POSTING: "wait for its receipt",
    BasketState.POSTED: "open another one",
    BasketState.CLOSED: "open another one",
}


def add_lines(basket: Basket, new: Iterable[NewLine]) -> Basket:
    """Append lines; a bill that is in the basket already stays as it is (CASH-016, CASH-017)."""
    held = {line.subject.bill_id for line in basket.lines if line.subject.bill_id}
    lines = list(basket.lines)
    number = basket.lines_numbered
    for one in new:
        bill_id = one.subject.bill_id
        if bill_id is not None and bill_id in held:
            continue
        if bill_id is not None:
            held.add(bill_id)
        number += 1
        lines.append(
            Line(
                number, one.kind, one.service_type, one.subject, one.wish, one.quoted,
                one.by_bill_number, one.details,
            )
        )  # fmt: skip
    if len(lines) > LINES_MAX:
        raise Refusal("BASKET_FULL", f"a basket holds at most {LINES_MAX} lines: post it first")
    return changed(basket, lines=tuple(lines), lines_numbered=number)


def remove_lines(basket: Basket, line_numbers: Sequence[int]) -> Basket:
    """Drop lines from the basket only; what they were for is not touched (CASH-017)."""
    if not line_numbers:
        raise invalid("LINES_MISSING", "name the lines to remove", "line_numbers")
    gone = set(line_numbers)
    for number in sorted(gone):
        basket.line(number)
    return changed(
        basket, lines=tuple(line for line in basket.lines if line.line_number not in gone)
    )


def change_line(basket: Basket, line_number: int, line: Line) -> Basket:
    """Put a line in the place of the one with its number."""
    basket.line(line_number)
    return changed(
        basket,
        lines=tuple(line if each.line_number == line_number else each for each in basket.lines),
    )


def pause(basket: Basket) -> Basket:
    """Lay the basket aside; it holds nothing of any ledger meanwhile (CASH-036)."""
    if not basket.lines:
        raise Refusal("BASKET_EMPTY", "there is nothing in the basket to keep: close it")
    return changed(basket, state=BasketState.PAUSED)


def retrieve(basket: Basket, session: SessionHead, version: int | None) -> Basket:
    """Take a paused basket up again, at whatever till; one whose post broke off goes on, too."""
    check_version(basket, version)
    if basket.state not in (BasketState.PAUSED, BasketState.POSTING):
        raise Refusal("BASKET_NOT_PAUSED", f"the basket is {basket.state}, not paused")
    return changed(basket, state=BasketState.OPEN, session=session, claim="")


def clear(basket: Basket) -> Basket:
    """Discard every line and the payer; nothing else is affected (CASH-036)."""
    return changed(basket, lines=(), payer=Payer())


def close(basket: Basket, version: int | None) -> Basket:
    """End a basket without a payment: it cannot be retrieved again."""
    if basket.state not in (BasketState.OPEN, BasketState.PAUSED):
        raise Refusal(f"BASKET_{basket.state.upper()}", f"the basket is {basket.state} already")
    check_version(basket, version)
    return changed(basket, state=BasketState.CLOSED)


def changed(basket: Basket, **changes: object) -> Basket:
    """One version further; what it adds up to has to be an amount that can be kept."""
    after = replace(basket, version=basket.version + 1, **changes)  # type: ignore[arg-type]
    if after.total_cents > CENTS_MAX:
        raise invalid(
            "AMOUNT_TOO_LARGE", f"the lines add up to more than {format_cents(CENTS_MAX)}", "lines"
        )
    return after
