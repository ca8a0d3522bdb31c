"""What keeps a bill from being offered at a sale, and whose word it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

ANY = "any"
"""A law's word for every kind there is."""


class Source(StrEnum):
    """Who says so: a hold of collections, a bill code, a payment plan, or a flag."""

    COLLECTIONS = "collections"
    CODE = "code"
    PLAN = "plan"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Hold:
    """Something on a bill that may keep it from a sale, from a day on and through another."""

    source: Source
    # Of collections its kind of hold, of a code its switch, of a plan its status, of a flag itself.
    kind: str
    reason: str
    authority: str
    # None is from the beginning, or without an end.
    begins_on: date | None
    last_on: date | None
    # The hold's id, the code, the plan's number, or what the flag is on.
    reference: str

    def is_on(self, day: date) -> bool:
        begun = self.begins_on is None or self.begins_on <= day
        return begun and (self.last_on is None or day <= self.last_on)


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """Which of it keeps a tax year's bills from a sale, as source/kind."""

    rule_id: str
    kinds: frozenset[str]

    def counts(self, hold: Hold) -> bool:
        return not self.kinds.isdisjoint({f"{hold.source}/{hold.kind}", f"{hold.source}/{ANY}"})


EVERY_STAY = HoldTerms(
    "", frozenset({"collections/any", "code/bankruptcy", "code/deferral", "plan/active"})
)
"""Where a law says nothing: whom nobody pursues is not sold either."""


def holding(holds: Iterable[Hold], terms: HoldTerms, day: date) -> tuple[Hold, ...]:
    """Give what keeps a bill from a sale on a day, in a settled order."""
    found = {each for each in holds if terms.counts(each) and each.is_on(day)}
    return tuple(sorted(found, key=lambda each: (each.source, each.kind, each.reference)))
