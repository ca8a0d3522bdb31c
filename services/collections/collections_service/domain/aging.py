"""How old a debt is: days from an installment's due date, and the bucket they fall in."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class AgingTerms:
    """The buckets in force on a date.

    A place is a bucket's number: 0 is not yet due, 1 the youngest bucket, the last has no end.
    """

    rule_id: str
    pack_version: str
    settled_code: str
    not_due_code: str
    # By place, less one: codes, and the days of age from which each begins.
    bucket_codes: tuple[str, ...]
    begin_days: tuple[int, ...]

    def code(self, place: int) -> str:
        return self.not_due_code if place == 0 else self.bucket_codes[place - 1]


@dataclass(frozen=True, slots=True)
class OpenInstallment:
    """A dated part of a bill on which money is owed."""

    installment: int
    due_on: date
    open_cents: int


def age_days(due_on: date, as_of: date) -> int:
    """Days from due date to a date: 0 on the due date itself, negative before it."""
    return (as_of - due_on).days


def place_of(days: int, terms: AgingTerms) -> int:
    """Find the place of an age; the store's SQL does the same with width_bucket."""
    return bisect_right(terms.begin_days, days)


def bucket_of(installment: OpenInstallment, terms: AgingTerms, as_of: date) -> str:
    """Name the bucket of one open installment."""
    return terms.code(place_of(age_days(installment.due_on, as_of), terms))


def oldest_bucket(installments: Iterable[OpenInstallment], terms: AgingTerms, as_of: date) -> str:
    """Name a bill's bucket: the oldest with money open, settled when nothing is."""
    places = [place_of(age_days(each.due_on, as_of), terms) for each in installments]
    return terms.code(max(places)) if places else terms.settled_code


def total_open(installments: Iterable[OpenInstallment]) -> int:
    """Add up what is open, in cents."""
    return sum(each.open_cents for each in installments)
