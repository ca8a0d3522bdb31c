"""Plans that go on: the end of a deferral that was undone takes no part in a bill's story."""

from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from receivables_service.domain.rate_facts import DeferralEnded, DeferralResumed

Row = TypeVar("Row", bound=tuple[Any, Any])


def without_undone(standing: list[Row]) -> list[Row]:
    """Leave out ends of deferrals that a fact undoes, and the facts that undo them."""
    undone = _undone(standing)
    if not undone:
        return standing
    return [
        row
        for row in standing
        if not isinstance(row[1], DeferralResumed)
        and not (isinstance(row[1], DeferralEnded) and _key(row[1]) in undone)
    ]


def last_end(facts: Iterable[object], plan_number: str) -> DeferralEnded | None:
    """The last end of a plan's deferral that nothing has undone."""
    known = list(facts)
    undone = {each.ended_by for each in known if isinstance(each, DeferralResumed)}
    ends = [
        each
        for each in known
        if isinstance(each, DeferralEnded)
        and each.plan_number == plan_number
        and each.fact_id not in undone
    ]
    return max(ends, key=lambda each: (each.effective_on, each.recorded_at), default=None)


def _undone(standing: Collection[Row]) -> set[tuple[object, str]]:
    """Ends by fact and plan: what names another plan's end undoes nothing."""
    return {
        (fact.ended_by, fact.plan_number)
        for _, fact in standing
        if isinstance(fact, DeferralResumed)
    }


def _key(fact: DeferralEnded) -> tuple[object, str]:
    return fact.fact_id, fact.plan_number
