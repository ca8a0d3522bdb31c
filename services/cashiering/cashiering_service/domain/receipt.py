"""From an order to pay to a receipt: every rule of the counter, and nothing that does I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from cashiering_service.domain.advance import Advance, OrderedAdvance, check_advance
from cashiering_service.domain.allotment import Allotment, AllotmentRow
from cashiering_service.domain.sources import Entry, Priced
from cashiering_service.domain.tender import Settlement, Tender, TenderKind, settle
from cashiering_service.domain.waiver import Waived
from taxkit.errors import Refusal, invalid, not_found
from taxkit.money import CENTS_MAX, format_cents

LINES_MAX = 500
TENDERS_MAX = 100


@dataclass(frozen=True, slots=True)
class Payer:
    name: str
    email: str | None


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

    @property
    def payment_types(self) -> tuple[str, ...]:
        """What till and cashier have to be allowed to take."""
        return ("tax",) * bool(self.lines) + ("advance",) * bool(self.advances)

    @property
    def tendered_cents(self) -> int:
        return sum(tender.amount_cents for tender in self.tenders)


@dataclass(frozen=True, slots=True)
class SessionHead:
    session_id: UUID
    till_code: str
    # Sessions of one till and business date are counted from 1.
    session_number: int
    business_date: date
    effective_on: date
    is_open: bool


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

    @property
    def tax_year(self) -> int | None:
        if self.bill is not None:
            return self.bill.tax_year
        return self.advance.tax_year if self.advance else None

    @property
    def has_terms(self) -> bool:
        return bool(self.tolerance_cents or self.waived or self.allotment)


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


def accept_lines(
    order: Order, dues: Mapping[UUID, BillDue], beside_cents: int = 0
) -> tuple[tuple[ReceiptLine, ...], int]:
    """Check each line; gives bills' and advances' lines and their total, beside other money."""
    if not 0 < len(order.lines) + len(order.advances) + len(order.entries) <= LINES_MAX:
        raise invalid("LINES_COUNT", f"a receipt has 1 to {LINES_MAX} lines", "lines")
    lines = _advance_lines(order.advances)
    seen: set[UUID] = set()
    for place, line in enumerate(order.lines):
        if line.bill_id in seen:
            raise invalid(
                "BILL_TWICE", f"bill {line.bill_id} is on two lines: add them up", f"lines[{place}]"
            )
        seen.add(line.bill_id)
        lines.append(_accept_line(len(lines) + 1, place, line, dues.get(line.bill_id), order))
    if beside_cents + sum(line.amount_cents for line in lines) > CENTS_MAX:
        raise invalid("AMOUNT_TOO_LARGE", "the lines add up to more than can be kept", "lines")
    for_bills = order.tendered_cents - beside_cents
    fitted = fit(lines, for_bills) if order.allocate_tendered else tuple(lines)
    return fitted, sum(line.amount_cents for line in fitted)


def _advance_lines(advances: Sequence[OrderedAdvance]) -> list[ReceiptLine]:
    for place, one in enumerate(advances):
        check_advance(place, one)
    return [
        ReceiptLine(number, one.amount_cents, one.parcel_number, None, advance=one.advance)
        for number, one in enumerate(advances, start=1)
    ]


def fit(lines: Sequence[ReceiptLine], tendered_cents: int) -> tuple[ReceiptLine, ...]:
    """Make lines add up to what is tendered: the last one gives and takes first (CASH-040).

    A line left with nothing is left out. What is tendered is believed only within bounds; beyond
    them the lines stay as they are, and weighing the tenders refuses.
    """
    if not lines or not 0 < tendered_cents <= CENTS_MAX:
        return tuple(lines)
    fitted: list[ReceiptLine] = []
    left = tendered_cents
    for line in lines:
        cents = min(line.amount_cents, left)
        left -= cents
        if cents:
            fitted.append(replace(line, amount_cents=cents))
    return keep_surplus(tuple(fitted), left)


def _accept_line(
    number: int, place: int, line: OrderedLine, due: BillDue | None, order: Order
) -> ReceiptLine:
    if not 0 < line.amount_cents <= CENTS_MAX:
        raise invalid(
            "AMOUNT_NOT_POSITIVE" if line.amount_cents <= 0 else "AMOUNT_TOO_LARGE",
            f"{format_cents(line.amount_cents)}: a line is from $0.01 to {format_cents(CENTS_MAX)}",
            f"lines[{place}].amount_cents",
        )
    if due is None:
        raise not_found(
            "BILL_NOT_FOUND",
            f"no bill {line.bill_id} is known here: quote the parcel to see its bills",
        )
    if due.bill_version != line.bill_version:
        raise Refusal(
            "BILL_VERSION_MISMATCH",
            f"bill {due.bill_number} is at version {due.bill_version}, the payment quotes"
            f" {line.bill_version}: quote it again",
            metadata={"current_version": str(due.bill_version)},
        )
    return ReceiptLine(
        number, line.amount_cents, due.parcel_number, due, rule_id=line.rule_id or order.rule_id
    )


def effective_date(order: Order, session: SessionHead) -> date:
    """The law's date of payment: the session's unless the order names one not after it."""
    if order.effective_on is None:
        return session.effective_on
    if order.effective_on > session.business_date:
        raise invalid(
            "EFFECTIVE_DATE_IN_FUTURE",
            f"{order.effective_on} is after the business date {session.business_date}",
            "effective_on",
        )
    return order.effective_on


def check_session(session: SessionHead | None, session_id: UUID) -> SessionHead:
    """Money is taken only into an open session (CASH-002)."""
    if session is None:
        raise not_found("NO_OPEN_SESSION", f"no session {session_id}")
    if not session.is_open:
        raise Refusal("SESSION_CLOSED", f"session {session_id} of {session.till_code} is closed")
    return session


def weigh_tenders(
    order: Order, due_cents: int, kinds: Mapping[str, TenderKind], tolerance_cents: int = 0
) -> Settlement:
    """Weigh an order's tenders against what its lines ask for."""
    if len(order.tenders) > TENDERS_MAX:
        raise invalid("TENDERS_COUNT", f"a receipt has 1 to {TENDERS_MAX} tenders", "tenders")
    return settle(
        order.tenders,
        due_cents,
        kinds,
        return_change=order.return_change,
        answered=order.allocate_tendered is not None,
        tolerance_cents=tolerance_cents,
    )


def keep_surplus(lines: tuple[ReceiptLine, ...], surplus_cents: int) -> tuple[ReceiptLine, ...]:
    """Put money tendered above the lines on the last bill, where it is held for the payer."""
    if not surplus_cents:
        return lines
    if not lines:
        raise Refusal(
            "SURPLUS_WITHOUT_BILL",
            f"{format_cents(surplus_cents)} above the lines can be kept on no bill: tender less,"
            " or add a bill",
        )
    *others, last = lines
    return (*others, replace(last, amount_cents=last.amount_cents + surplus_cents))


def number_of(session: SessionHead, place: int) -> str:
    """The printed number: till, business date, session, and the place in it, without gaps.

    An effective date of its own has a series of its own, and is part of its numbers (CASH-005).
    """
    day, effective_on = session.business_date, session.effective_on
    series = "" if effective_on == day else f"-E{effective_on:%Y%m%d}"
    return f"{session.till_code}-{day:%Y%m%d}-{session.session_number}{series}-{place:05d}"
