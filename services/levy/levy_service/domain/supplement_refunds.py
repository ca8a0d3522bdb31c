"""What a supplement that lowers a value gives back: a credit on bills that are paid (LEVY-006)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from levy_service.domain import correction
from levy_service.domain.billing import ComputedBill
from levy_service.domain.correction import CorrectionTerms, StandingBill
from levy_service.domain.credits import CreditClaim, GivenCredit


@dataclass(frozen=True, slots=True)
class RefundTerms:
    """The law of an event's day: the credit's code, the days to refund in, and interest after."""

    credit: str
    refund_days: int
    # Since when a refund that comes too late bears interest; none where the law gives none.
    interest_from_days: int | None = None

    def __post_init__(self) -> None:
        if not self.credit:
            raise ValueError("a refund is a credit by some code")
        if self.refund_days < 1 or (self.interest_from_days or 0) < 0:
            raise ValueError("days are counted from the enrolment on: refund_days from 1")

    def refund_by(self, enrolled_on: date) -> date:
        return enrolled_on + timedelta(days=self.refund_days)

    def interest_from(self, enrolled_on: date) -> date | None:
        days = self.interest_from_days
        return None if days is None else enrolled_on + timedelta(days=days)


def shares(bills: Sequence[StandingBill], owed_cents: int) -> list[int]:
    """What each of a year's paid bills gives back: the first all its tax, then the next.

    Direct charges do not follow from a value: nothing of them is given back.
    """
    given, left = [], owed_cents
    for bill in bills:
        tax_cents = bill.total_cents - sum(each.amount_cents for each in bill.charges)
        part = min(left, max(tax_cents, 0))
        given.append(part)
        left -= part
    return given


def less(
    standing: StandingBill, refund_cents: int, code: str, terms: CorrectionTerms
) -> ComputedBill:
    """A paid bill less a refund: a credit as it was claimed, so that a new value keeps it."""
    after = correction.to_total(standing, standing.total_cents - refund_cents, terms)
    before = sum(each.amount_cents for each in standing.credits if each.code == code)
    cents = before + refund_cents
    others = tuple(each for each in standing.credits if each.code != code)
    credit = GivenCredit(code, cents, CreditClaim(code, cents=cents))
    return replace(after, credits=(*others, credit))
