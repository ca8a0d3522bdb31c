"""Whether a payment plan is broken: an installment that was missed for too long (RECV-048)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from receivables_service.domain.plan_reinstatement import Reprieve
from receivables_service.domain.plans import PaysTo, PlanInstallment, PlanType


@dataclass(frozen=True, slots=True)
class Paid:
    """What came for a plan's schedule."""

    # Installments paid with money that stands, and those of them paid before it was calculated.
    numbers: Collection[int]
    before: Collection[int]
    # What its bills were credited with since then, whoever paid it.
    on_bills_cents: int


def missed(
    plan_type: PlanType,
    parts: Sequence[PlanInstallment],
    paid: Paid,
    today: date,
    reprieve: Reprieve | None = None,
) -> PlanInstallment | None:
    """The first installment that is unpaid though its days are over; None while there is none.

    Money straight on the bills covers the debt of installments in their order; the fees of a plan
    are charged when an installment is paid to it, so nobody misses one for them.
    """
    if plan_type.default_after_days is None:
        return None
    needed_cents = 0
    for part in parts:
        if part.number in paid.before:
            continue
        needed_cents += part.principal_cents
        last_day = part.due_on + timedelta(days=plan_type.default_after_days)
        if reprieve is not None and part.due_on <= reprieve.since:
            last_day = max(last_day, reprieve.until)
        if last_day >= today:
            continue
        covered = plan_type.pays_to is PaysTo.BILLS and paid.on_bills_cents >= needed_cents
        if part.number not in paid.numbers and not covered:
            return part
    return None
