"""From an order to a receipt's lines: what the counter refuses, and what it makes to fit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from cashiering_service.domain.advance import OrderedAdvance, check_advance
from cashiering_service.domain.receipt import (
    LINES_MAX,
    BillDue,
    Order,
    OrderedLine,
    ReceiptLine,
    SessionHead,
)
from cashiering_service.domain.tender import Settlement, TenderKind, settle
from taxkit.errors import Refusal, invalid, not_found
from taxkit.money import CENTS_MAX, format_cents

TENDERS_MAX = 100


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
        ReceiptLine(
            number,
            one.amount_cents,
            one.parcel_number,
            None,
            advance=one.advance,
            effective_on=one.effective_on,
        )
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
        number,
        line.amount_cents,
        due.parcel_number,
        due,
        rule_id=line.rule_id or order.rule_id,
        effective_on=line.effective_on,
    )


def effective_date(order: Order, session: SessionHead, lawful_on: date | None = None) -> date:
    """The date of payment: what the order names, else the law's for how it came, or the session's.

    No date is after the business date, neither the order's nor one of its lines'.
    """
    dates = list(order.line_dates)
    if order.effective_on is not None:
        dates.append(("effective_on", order.effective_on))
    for field, on in dates:
        if on > session.business_date:
            raise invalid(
                "EFFECTIVE_DATE_IN_FUTURE",
                f"{on} is after the business date {session.business_date}",
                field,
            )
    return order.effective_on or lawful_on or session.effective_on


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
