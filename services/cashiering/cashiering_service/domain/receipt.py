"""An order to pay, and the receipt that comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from cashiering_service.domain.advance import Advance, OrderedAdvance
from cashiering_service.domain.allotment import AccountKeys, Allotment, AllotmentRow
from cashiering_service.domain.intake import AT_COUNTER, Intake
from cashiering_service.domain.paper import ALL_PAPER, Paper
from cashiering_service.domain.permits import payment_type_of
from cashiering_service.domain.sources import Entry, Priced
from cashiering_service.domain.tender import Tender
from cashiering_service.domain.waiver import Waived
from taxkit.errors import Refusal, forbidden, not_found

LINES_MAX = 500


@dataclass(frozen=True, slots=True)
class Payer:
    name: str
    email: str | None
    # Where letters reach them; empty where nobody told.
    mailing_address: str = ""


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """Money for one bill, in the version the payer was quoted."""

    bill_id: UUID
    bill_version: int
    amount_cents: int
    waived: Waived | None = None
    # Empty: the order's rule.
    rule_id: str = ""
    # Given by hand; none leaves it to the rule.
    rows: tuple[AllotmentRow, ...] = ()
    # The line's own date of payment; None is the receipt's.
    effective_on: date | None = None
    # The service type it is paid under, whose own rule counts when none is named.
    service: str = ""
    # The basis it was quoted on, full or installment; receivables keeps the first of a bill.
    interest_basis: str = ""
    # The numbers by which its account was asked for.
    account_keys: AccountKeys = ()


@dataclass(frozen=True, slots=True)
class Order:
    """A request to pay, read but not yet believed."""

    session_id: UUID
    payer: Payer
    lines: Sequence[OrderedLine]
    tenders: Sequence[Tender]
    # None: the session's effective date.
    effective_on: date | None
    note: str
    # Whether the payer wants back what is above the lines; otherwise it is kept as surplus.
    return_change: bool = True
    # What to do when tenders and lines differ: make the lines fit, or not; None was not answered.
    allocate_tendered: bool | None = False
    # The rule for lines that name none; empty: the law's.
    rule_id: str = ""
    # What a second person allowed: the grants, and the keys they may have been given for.
    grants: tuple[UUID, ...] = ()
    keys: frozenset[str] = frozenset()
    # For miscellaneous sources, beside the bills or instead of any.
    entries: tuple[Entry, ...] = ()
    # Money ahead of any bill; it stands before the bills' lines.
    advances: tuple[OrderedAdvance, ...] = ()
    intake: Intake = AT_COUNTER
    paper: Paper = ALL_PAPER
    # Whether it may go into a drawer that somebody else opened.
    into_any_session: bool = True
    # The basket it pays, if any, and what a second person approved there: (matter, parcel).
    basket_id: UUID | None = None
    approved: frozenset[tuple[str, str]] = frozenset()

    @property
    def line_dates(self) -> list[tuple[str, date]]:
        """The dates of lines that have their own, by the field that says so."""
        runs: tuple[tuple[str, Sequence[OrderedLine | OrderedAdvance | Entry]], ...] = (
            ("lines", self.lines),
            ("advances", self.advances),
            ("source_lines", self.entries),
        )
        return [
            (f"{name}[{place}].effective_on", one.effective_on)
            for name, run in runs
            for place, one in enumerate(run)
            if one.effective_on is not None
        ]

    @property
    def payment_types(self) -> tuple[str, ...]:
        """What till and cashier have to be allowed to take."""
        types = {payment_type_of(line.service) for line in self.lines}
        return (*sorted(types), *("advance",) * bool(self.advances))

    @property
    def tendered_cents(self) -> int:
        return sum(tender.amount_cents for tender in self.tenders)


class Drawer(Protocol):
    """Whose session it is."""

    @property
    def session_id(self) -> UUID: ...

    @property
    def till_code(self) -> str: ...

    @property
    def cashier(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SessionHead:
    session_id: UUID
    till_code: str
    # Sessions of one till and business date are counted from 1.
    session_number: int
    business_date: date
    effective_on: date
    is_open: bool
    # Who opened it and answers for its drawer.
    cashier: str = ""


@dataclass(frozen=True, slots=True)
class BillDue:
    """The read copy of what a bill owes."""

    bill_id: UUID
    bill_number: str
    bill_version: int
    parcel_number: str
    tax_year: int
    open_cents: int = 0


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    line_number: int
    amount_cents: int
    parcel_number: str
    bill: BillDue | None
    # Why the money waits in suspense; None for a bill's line.
    suspense_reason: str | None = None
    # By which rule it is allocated; empty where nobody at a counter chose.
    rule_id: str = ""
    # Above zero: of the amount, not tendered and let go; below: tendered beyond it and kept.
    tolerance_cents: int = 0
    waived: Waived | None = None
    # Set where the rule is not the law's own, or hands allocated.
    allotment: Allotment | None = None
    # Of a line for a miscellaneous source: what it costs and what was said of it.
    priced: Priced | None = None
    # Set where the money is held for a bill to come.
    advance: Advance | None = None
    # Its own date of payment; None is the receipt's.
    effective_on: date | None = None

    @property
    def tax_year(self) -> int | None:
        if self.bill is not None:
            return self.bill.tax_year
        return self.advance.tax_year if self.advance else None

    @property
    def has_terms(self) -> bool:
        return bool(self.tolerance_cents or self.waived or self.allotment or self.effective_on)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money taken: what the receipt says, for ever."""

    receipt_id: UUID
    receipt_number: str
    session: SessionHead
    source: str
    payer: Payer
    lines: tuple[ReceiptLine, ...]
    tenders: tuple[Tender, ...]
    total_cents: int
    change_cents: int
    effective_on: date
    received_on: date
    recorded_at: datetime
    traceparent: str
    posted_by: str
    note: str = ""
    # What of the last line was tendered above what the lines asked for, and not handed back.
    surplus_cents: int = 0
    # What second persons allowed, used up by it.
    grants: tuple[UUID, ...] = ()
    intake: Intake = AT_COUNTER
    paper: Paper = ALL_PAPER

    @property
    def tolerance_cents(self) -> int:
        return sum(line.tolerance_cents for line in self.lines)

    def __post_init__(self) -> None:
        assert self.total_cents == sum(line.amount_cents for line in self.lines)
        assert self.total_cents + self.change_cents == self.tolerance_cents + sum(
            tender.amount_cents for tender in self.tenders
        )
        assert 0 <= self.surplus_cents < self.lines[-1].amount_cents
        assert not self.surplus_cents or self.lines[-1].bill is not None


def check_session(session: SessionHead | None, session_id: UUID) -> SessionHead:
    """Money is taken only into an open session (CASH-002)."""
    if session is None:
        raise not_found("NO_OPEN_SESSION", f"no session {session_id}")
    if not session.is_open:
        raise Refusal("SESSION_CLOSED", f"session {session_id} of {session.till_code} is closed")
    return session


def check_cashier(session: SessionHead, order: Order, user: str) -> None:
    """Money goes into one's own drawer: who counts it answers for all that is in it (CASH-002)."""
    check_own(session, user, any_session=order.into_any_session)


def check_own(session: Drawer, user: str, *, any_session: bool) -> None:
    """Refuse a drawer of somebody else's to whoever may not use every one (CASH-009)."""
    if session.cashier != user and not any_session:
        raise forbidden(
            "SESSION_OF_ANOTHER",
            f"session {session.session_id} of {session.till_code} is {session.cashier}'s",
        )


def number_of(session: SessionHead, place: int) -> str:
    """The printed number: till, business date, session, and the place in it, without gaps.

    An effective date of its own has a series of its own, and is part of its numbers (CASH-005).
    """
    day, effective_on = session.business_date, session.effective_on
    series = "" if effective_on == day else f"-E{effective_on:%Y%m%d}"
    return f"{session.till_code}-{day:%Y%m%d}-{session.session_number}{series}-{place:05d}"
