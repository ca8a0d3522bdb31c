"""Payment plans: who may have one, what its installments are, and how its state goes on."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from receivables_service.domain.plan_reinstatement import Reinstatement, check_again_on
from taxkit.money import Rounding, times


class PlanStatus(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    VOID = "void"
    FULFILLED = "fulfilled"
    PAID = "paid"
    # An installment was missed for longer than the type lets be; it is over.
    DEFAULTED = "defaulted"


class PaysTo(StrEnum):
    """Where a plan's money goes: straight to its bills, or to the plan and from there to them."""

    BILLS = "bills"
    PLAN = "plan"


class BillOrder(StrEnum):
    """Which bill of a plan is paid first; declining balance starts with the oldest."""

    OLDEST_FIRST = "oldest_first"
    AS_LISTED = "as_listed"


LEGAL = {
    PlanStatus.PENDING: {PlanStatus.ACTIVE, PlanStatus.VOID},
    PlanStatus.ACTIVE: {
        PlanStatus.VOID,
        PlanStatus.FULFILLED,
        PlanStatus.PAID,
        PlanStatus.DEFAULTED,
    },
}


@dataclass(frozen=True, slots=True)
class PlanType:
    """What the law of an office says of one kind of plan (RECV-048)."""

    code: str
    name: str
    installments: int
    months_between: int
    pays_to: PaysTo
    bill_order: BillOrder
    rounding: Rounding
    pending_days: int
    correction_hold_days: int
    down_payment_rate: Decimal = Decimal(0)
    monthly_rate: Decimal = Decimal(0)
    plan_fee_cents: int = 0
    maintenance_fee_cents: int = 0
    recalculates: bool = True
    default_status: PlanStatus = PlanStatus.ACTIVE
    least_open_cents: int = 1
    most_open_cents: int | None = None
    delinquent_only: bool = False
    # The order in which a plan's money meets the charges of a bill; the law's own when empty.
    allocation_rule: str = ""
    # An active plan puts its bills' interest and penalty off (RECV-050).
    defers_accrual: bool = False
    # Days after its due date by which a missed installment ends the plan; None: nothing does.
    default_after_days: int | None = None
    # How a broken plan may go on; none: it is over.
    reinstatement: Reinstatement | None = None
    # The day of a year, as 07-01, from which on after a default its bills may have another.
    again_on: str = ""

    def __post_init__(self) -> None:
        if self.installments < 1 or self.months_between < 1 or self.pending_days < 0:
            raise ValueError(f"plan type {self.code}: no installments, or days below zero")
        if not 0 <= self.down_payment_rate < 1 or not 0 <= self.monthly_rate < 1:
            raise ValueError(f"plan type {self.code}: a rate that is not in [0, 1)")
        if self.default_status not in LEGAL:
            raise ValueError(f"plan type {self.code} starts as {self.default_status}")
        if self.default_after_days is not None and self.default_after_days < 0:
            raise ValueError(f"plan type {self.code}: a default before the installment is due")
        if self.reinstatement is not None and self.default_after_days is None:
            raise ValueError(f"plan type {self.code}: it is reinstated but never broken")
        check_again_on(self.again_on)


@dataclass(frozen=True, slots=True)
class PlanBill:
    """A bill as a plan sees it on a day."""

    bill_id: str
    tax_year: int
    open_cents: int
    is_delinquent: bool
    in_other_plan: bool = False
    left_out: bool = False
    # A plan of the kind was broken for it, and the day for another has not come.
    broken_lately: bool = False


@dataclass(frozen=True, slots=True)
class PlanInstallment:
    """A dated part; number 0 is the down payment and carries the plan fee (Q-23)."""

    number: int
    due_on: date
    principal_cents: int
    interest_cents: int
    fee_cents: int

    @property
    def total_cents(self) -> int:
        return self.principal_cents + self.interest_cents + self.fee_cents


@dataclass(frozen=True, slots=True)
class Detail:
    """One line a payment of an installment makes: the debt, or the plan's fee."""

    kind: str
    amount_cents: int


def deficiencies(plan_type: PlanType, bills: Sequence[PlanBill]) -> tuple[str, ...]:
    """Why bills may not have a plan; none when they may (RECV-049)."""
    open_cents = sum(bill.open_cents for bill in bills)
    found = []
    if open_cents < plan_type.least_open_cents:
        found.append("BELOW_LEAST_AMOUNT")
    if plan_type.most_open_cents is not None and open_cents > plan_type.most_open_cents:
        found.append("ABOVE_MOST_AMOUNT")
    if plan_type.delinquent_only and not all(bill.is_delinquent for bill in bills):
        found.append("NOT_DELINQUENT")
    if any(bill.in_other_plan for bill in bills):
        found.append("IN_ANOTHER_PLAN")
    if any(bill.broken_lately for bill in bills):
        found.append("BROKEN_LATELY")
    return tuple(found)


def schedule(
    plan_type: PlanType, bills: Iterable[PlanBill], first_due_on: date, installments: int = 0
) -> tuple[PlanInstallment, ...]:
    """Spread what is open over dated parts; a bill that is left out counts for nothing."""
    open_cents = sum(bill.open_cents for bill in bills if not bill.left_out)
    down = times(open_cents, plan_type.down_payment_rate, plan_type.rounding)
    first: tuple[PlanInstallment, ...] = ()
    if down or plan_type.plan_fee_cents:
        first = (PlanInstallment(0, first_due_on, down, 0, plan_type.plan_fee_cents),)
    count = installments or plan_type.installments
    start = 1 if first else 0
    return first + spread(plan_type, open_cents - down, first_due_on, range(1, count + 1), start)


def spread(
    plan_type: PlanType,
    open_cents: int,
    first_due_on: date,
    numbers: Sequence[int],
    months_late: int,
) -> tuple[PlanInstallment, ...]:
    """Equal parts of the debt, odd cents on the last; interest on what is still unpaid."""
    left, made = open_cents, []
    for place, number in enumerate(numbers):
        is_last = place == len(numbers) - 1
        principal = left if is_last else open_cents // len(numbers)
        months = plan_type.months_between
        interest = times(left * months, plan_type.monthly_rate, plan_type.rounding)
        due_on = months_after(first_due_on, (place + months_late) * plan_type.months_between)
        fee = plan_type.maintenance_fee_cents
        made.append(PlanInstallment(number, due_on, principal, interest, fee))
        left -= principal
    return tuple(made)


def paid_through(parts: Sequence[PlanInstallment], paid: Collection[int]) -> int:
    """The last installment of which and before which none is unpaid; -1 when there is none."""
    unpaid = [each.number for each in parts if each.number not in paid]
    if unpaid:
        return -1 if unpaid[0] == parts[0].number else unpaid[0] - 1
    return parts[-1].number if parts else -1


def recalculated(
    plan_type: PlanType,
    current: Sequence[PlanInstallment],
    paid: Collection[int],
    bills: Iterable[PlanBill],
) -> tuple[PlanInstallment, ...]:
    """Keep what is paid, and spread what is open now over the unpaid parts (RECV-052)."""
    kept = [each for each in current if each.number in paid]
    unpaid = [each for each in current if each.number not in paid]
    if not unpaid:
        return tuple(kept)
    open_cents = sum(bill.open_cents for bill in bills if not bill.left_out)
    numbers = [each.number for each in unpaid]
    anew = spread(plan_type, open_cents, unpaid[0].due_on, numbers, 0)
    dated = [
        replace(new, due_on=old.due_on, fee_cents=old.fee_cents)
        for new, old in zip(anew, unpaid, strict=True)
    ]
    return tuple(sorted((*kept, *dated), key=lambda each: each.number))


def details(installment: PlanInstallment, cents: int) -> tuple[Detail, ...]:
    """Part a payment of an installment: its fee, then principal and interest (RECV-051)."""
    fee = min(cents, installment.fee_cents)
    parts = (Detail("principal_interest", cents - fee), Detail("fee", fee))
    return tuple(part for part in parts if part.amount_cents)


def in_order(plan_type: PlanType, bills: Sequence[PlanBill]) -> list[PlanBill]:
    if plan_type.bill_order is BillOrder.AS_LISTED:
        return list(bills)
    return sorted(bills, key=lambda bill: (bill.tax_year, bill.bill_id))


def is_overdue(opened_on: date, pending_days: int, today: date) -> bool:
    """Pending longer than its days, not only as long (Q-43)."""
    return today > opened_on + timedelta(days=pending_days)


def left_out_through(corrected_on: date, days: int) -> date:
    """The last day a corrected bill stays out of its plan's calculation (RECV-053)."""
    return corrected_on + timedelta(days=days)


def months_after(day: date, months: int) -> date:
    """The same day some months on, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    for last in range(day.day, 0, -1):
        try:
            return date(day.year + years, month + 1, last)
        except ValueError:
            continue
    raise AssertionError(day)
