"""A bill in installments: which part is due when, and where the odd cents go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from taxkit.money import Rounding, times_ratio


class ShareOf(StrEnum):
    """What an installment is a share of."""

    # The last is what the estimates of the others leave.
    PRIOR_YEAR_TOTAL = "prior_year_total"
    TOTAL = "total"


class OddCents(StrEnum):
    """Which installment takes what the others' rounding leaves."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Due:
    """The last day without penalty; `payable_on` where the law names a day it falls due before."""

    due_on: date
    payable_on: date | None = None


@dataclass(frozen=True, slots=True)
class SinglePayment:
    """Bills up to an amount are paid in one."""

    up_to_cents: int
    due: Due


@dataclass(frozen=True, slots=True)
class InstallmentPlan:
    """A year's installments: `shares` has one each, or, of last year's bill, all but the last."""

    shares: tuple[Decimal, ...]
    share_of: ShareOf
    rounding: Rounding
    odd_cents: OddCents
    due: tuple[Due, ...]
    step_cents: int = 1
    single: SinglePayment | None = None

    def __post_init__(self) -> None:
        check_shares(self.shares, self.share_of)
        needed = len(self.shares) + (self.share_of is ShareOf.PRIOR_YEAR_TOTAL)
        if len(self.due) != needed:
            raise ValueError(f"{len(self.due)} due dates for {needed} installments")
        days = [each.due_on for each in self.due]
        if sorted(set(days)) != days:
            raise ValueError(f"due dates are not in ascending order: {', '.join(map(str, days))}")


@dataclass(frozen=True, slots=True)
class ComputedInstallment:
    installment: int
    due_on: date
    amount_cents: int
    payable_on: date | None = None


def check_shares(shares: Sequence[Decimal], share_of: ShareOf) -> None:
    """Shares of this bill are all of it; shares of last year's only leave something over."""
    if not shares or any(not 0 < share <= 1 for share in shares):
        raise ValueError(f"shares {_written(shares)}: at least one, each above 0, at most 1")
    if share_of is ShareOf.TOTAL and sum(shares) != 1:
        raise ValueError(f"shares {_written(shares)} do not add up to 1")
    if share_of is ShareOf.PRIOR_YEAR_TOTAL and sum(shares) > 1:
        raise ValueError(f"shares {_written(shares)} are more than last year's bill")


def installments(
    total_cents: int, prior_year_total_cents: int, plan: InstallmentPlan
) -> tuple[ComputedInstallment, ...]:
    """Part a bill: never a part below zero, never more than the bill in all."""
    single = plan.single
    if single is not None and total_cents <= single.up_to_cents:
        return (ComputedInstallment(1, single.due.due_on, total_cents, single.due.payable_on),)
    return tuple(
        ComputedInstallment(number, due.due_on, amount, due.payable_on)
        for number, (due, amount) in enumerate(
            zip(plan.due, _amounts(total_cents, prior_year_total_cents, plan), strict=True), start=1
        )
    )


def _amounts(total_cents: int, prior_year_total_cents: int, plan: InstallmentPlan) -> list[int]:
    """All but the one that takes the odd cents are rounded shares, as far as the bill reaches."""
    of_total = plan.share_of is ShareOf.TOTAL
    base = total_cents if of_total else prior_year_total_cents
    odd_first = of_total and plan.odd_cents is OddCents.FIRST
    rounded = plan.shares[1:] if odd_first else plan.shares[: len(plan.due) - 1]
    left, parts = total_cents, []
    for share in rounded:
        part = min(_share(base, share, plan), left)
        left -= part
        parts.append(part)
    return [left, *parts] if odd_first else [*parts, left]


def _share(cents: int, share: Decimal, plan: InstallmentPlan) -> int:
    numerator, denominator = share.as_integer_ratio()
    step = plan.step_cents
    return times_ratio(cents, numerator, denominator * step, plan.rounding) * step


def _written(shares: Sequence[Decimal]) -> str:
    return ", ".join(map(str, shares)) or "none"
