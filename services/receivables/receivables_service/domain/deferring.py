"""Codes that defer a bill: while one is on it nothing of it defaults, or is delinquent."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from receivables_service.domain.codes import codes_on
from receivables_service.domain.facts import Fact
from receivables_service.domain.rate_facts import CodeLifted, CodeSet

Deferring = Mapping[str, date | None]
"""Codes that defer, or once did: with the day since which they no longer do, if they do not."""


def is_deferred(facts: Iterable[Fact], deferring: Deferring, day: date) -> bool:
    """Whether a code that defers is on the bill itself."""
    return any(
        not each.charge_code and each.code in deferring and deferring[each.code] is None
        for each in codes_on(facts, day)
    )


def ended_on(facts: Iterable[Fact], deferring: Deferring, day: date) -> date | None:
    """The first day after the last deferral that is over by a day; None: there was none."""
    ends = (end for each in facts if (end := _end_of(each, deferring)) is not None)
    return max((end for end in ends if end <= day), default=None)


def _end_of(fact: Fact, deferring: Deferring) -> date | None:
    if not isinstance(fact, CodeSet | CodeLifted) or fact.charge_code:
        return None
    if fact.code not in deferring:
        return None
    if isinstance(fact, CodeLifted):
        return fact.effective_on
    until = [deferring[fact.code], fact.through and fact.through + timedelta(days=1)]
    return min((end for end in until if end is not None), default=None)
