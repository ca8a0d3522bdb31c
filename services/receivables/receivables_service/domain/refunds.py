"""What of interest and penalty stays paid when a correction moves a due date (RECV-019)."""

from datetime import date

from receivables_service.domain.balances import Installment
from receivables_service.domain.counting import exact_interest
from receivables_service.domain.terms import ChargeType, InterestTerm, Terms
from taxkit.money import times_ratio


def by_original_due_date(terms: Terms, on: date) -> bool:
    """Whether a refund is computed from the due date a bill had first, not from the new one."""
    return bool(terms.refunds.keys) and terms.refunds.at(on).original_due_date


def interest_kept(installment: Installment, decrease: int, term: InterestTerm) -> int:
    """Interest that was paid and is owed all the same: by the old due date, on the tax that stays.

    Month by month the tax taken off counts as if it had never been demanded.
    """
    counted: dict[InterestTerm, int] = {}
    for months, unpaid, of in installment.history:
        less = min(unpaid, max(0, unpaid - decrease))
        counted[of] = counted.get(of, 0) + months * less
    paid = sum(each.paid for each in installment.of_type(ChargeType.INTEREST))
    return min(paid, installment.accrued, exact_interest(counted, term))


def penalty_of(installment: Installment, decrease: int) -> int:
    """The penalty of the tax that is taken off."""
    if installment.run is not None:
        return installment.run.penalty_of(decrease)
    if installment.penalised_on is None or decrease <= 0:
        return 0
    base, term = installment.penalised_on
    parts = (base, max(0, base - decrease))
    whole, rest = (
        times_ratio(part, term.numerator, term.denominator, term.rounding) for part in parts
    )
    return whole - rest
