"""What a period's return of a trust tax asks for, and what the year's recap corrects (LEVY-022)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from taxkit.money import CENTS_MAX


class PostingProblem(StrEnum):
    """Why a return cannot be posted."""

    PERIOD_INVALID = "PERIOD_INVALID"
    PERIOD_FILED = "PERIOD_FILED"
    PERIOD_NOT_LAST = "PERIOD_NOT_LAST"
    PERIODS_MISSING = "PERIODS_MISSING"
    RECAP_MISSING = "RECAP_MISSING"
    RECAP_NOT_ASKED = "RECAP_NOT_ASKED"
    TAX_OUT_OF_RANGE = "TAX_OUT_OF_RANGE"


class CannotPost(Exception):
    """The return stands in its account's way; says what would be right."""

    def __init__(self, reason: PostingProblem, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason, self.message = reason, message


@dataclass(frozen=True, slots=True)
class Account:
    """The year of an account: how many periods, which is its last, and whether that recaps."""

    periods: int
    last_period: int
    recaps: bool


@dataclass(frozen=True, slots=True)
class PeriodReturn:
    """A period's tax as it was billed."""

    period: int
    billed_cents: int


@dataclass(frozen=True, slots=True)
class Posting:
    """A return as it is posted: the period's own tax, or the whole year's if it is the recap."""

    period: int
    tax_cents: int
    is_recap: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the return's bill asks for; what the year was billed too much comes off earlier ones."""

    billed_cents: int
    too_much_cents: int


def last_period_of(periods: int, tax_year: int, closed_on: date | None) -> int:
    """Find the last period of a year for an account that may have been closed in it."""
    if closed_on is None or closed_on.year > tax_year:
        return periods
    if closed_on.year < tax_year:
        return 0
    return (closed_on.month - 1) * periods // 12 + 1


def asked_of(account: Account, filed: Sequence[PeriodReturn], posting: Posting) -> Asked:
    """Bill a return; of a recap what the year still owes, or what it was billed too much."""
    _check(account, filed, posting)
    if not posting.is_recap:
        return Asked(posting.tax_cents, 0)
    change = posting.tax_cents - sum(each.billed_cents for each in filed)
    return Asked(max(change, 0), max(-change, 0))


def taken_off(filed: Sequence[PeriodReturn], cents: int) -> dict[int, int]:
    """Take what was billed too much off the latest period first; the new amount by period."""
    left, found = cents, {}
    for each in sorted(filed, key=lambda one: -one.period):
        part = min(left, each.billed_cents)
        if part:
            found[each.period] = each.billed_cents - part
            left -= part
    if left:
        raise ValueError(f"{cents} cents are more than all periods were billed")
    return found


def _check(account: Account, filed: Sequence[PeriodReturn], posting: Posting) -> None:
    last = account.last_period
    if not 1 <= posting.period <= last:
        raise CannotPost(
            PostingProblem.PERIOD_INVALID,
            f"period {posting.period} is none of this account's year: it has 1 to {last}"
            if last
            else "the account was closed before this year",
        )
    if not 0 <= posting.tax_cents <= CENTS_MAX:
        raise CannotPost(
            PostingProblem.TAX_OUT_OF_RANGE, f"{posting.tax_cents} is not from 0 to {CENTS_MAX}"
        )
    done = {each.period for each in filed}
    if posting.period in done:
        raise CannotPost(
            PostingProblem.PERIOD_FILED, f"the return of period {posting.period} is on file"
        )
    _check_recap(account, done, posting)


def _check_recap(account: Account, done: set[int], posting: Posting) -> None:
    last = account.last_period
    if posting.is_recap and not account.recaps:
        raise CannotPost(
            PostingProblem.RECAP_NOT_ASKED, "this tax has no recap: post the period's own tax"
        )
    if posting.is_recap and posting.period != last:
        raise CannotPost(
            PostingProblem.PERIOD_NOT_LAST,
            f"period {posting.period} is not the last of the year for this account, {last} is:"
            " the year is recapped with that",
        )
    if not account.recaps or posting.period != last:
        return
    if not posting.is_recap:
        raise CannotPost(
            PostingProblem.RECAP_MISSING,
            f"period {last} is the last of the year for this account: post the whole year's tax"
            " as its recap",
        )
    missing = sorted(set(range(1, last)) - done)
    if missing:
        raise CannotPost(
            PostingProblem.PERIODS_MISSING,
            f"no return is on file of period {', '.join(map(str, missing))}: a recap of the year"
            " comes after all others",
        )
