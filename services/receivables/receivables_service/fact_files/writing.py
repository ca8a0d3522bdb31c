"""Writes the facts of one bill as a file that is read again to the same bill."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from receivables_service.domain.facts import Fact
from receivables_service.fact_files.reading import KIND
from receivables_service.fact_files.values import Names

_NAME_OF = {kind.made: name for name, kind in KIND.items()}


def written(facts: Iterable[Fact], receipts: Mapping[UUID, str] | None = None) -> dict[str, Any]:
    """Write facts in the order they were recorded; receipts by their names, or by their ids."""
    ordered = sorted(facts, key=lambda fact: (fact.recorded_at, fact.fact_id))
    paid_by = {fact.receipt_id for fact in ordered if hasattr(fact, "receipt_id")}
    names = Names(
        {fact.fact_id: number for number, fact in enumerate(ordered, 1)},
        {each: (receipts or {}).get(each) or str(each) for each in paid_by},
    )
    return {"facts": [_row(fact, names) for fact in ordered]}


def _row(fact: Fact, names: Names) -> dict[str, Any]:
    name = _NAME_OF[type(fact)]
    return {
        "fact": name,
        "on": fact.effective_on.isoformat(),
        **KIND[name].write(fact, names),
    }
