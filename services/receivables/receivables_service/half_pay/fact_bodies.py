"""What facts of half pay say, as the ledger keeps it."""

from datetime import date
from typing import Any
from uuid import UUID

from receivables_service.domain.half_pay_facts import HalfPayChange, HalfPayRemoved, HalfPaySet

KIND_OF: dict[type[Any], str] = {HalfPaySet: "half_pay_set", HalfPayRemoved: "half_pay_removed"}


def body_of(fact: object) -> dict[str, Any] | None:
    """Write what a fact says beside its head; nothing of one that says no more."""
    if not isinstance(fact, HalfPaySet):
        return None
    return {
        "first_due_on": fact.first_due_on.isoformat(),
        "second_due_on": fact.second_due_on.isoformat(),
        "first_as_paid": fact.first_as_paid,
        "fees": list(fact.fees),
    }


def fact_of(kind: str, head: tuple[UUID, Any, Any], body: Any) -> HalfPayChange:
    """Read a fact of a kind of KIND_OF."""
    if kind == KIND_OF[HalfPayRemoved]:
        return HalfPayRemoved(*head)
    days = (date.fromisoformat(body["first_due_on"]), date.fromisoformat(body["second_due_on"]))
    return HalfPaySet(*head, *days, body["first_as_paid"], tuple(body["fees"]))
