"""What a fact about a fee says, as the ledger keeps it."""

from typing import Any
from uuid import UUID

from receivables_service.domain.fee_facts import FeeLifted

KIND_OF: dict[type[Any], str] = {FeeLifted: "fee_lifted"}


def body_of(fact: object) -> dict[str, Any] | None:
    """Write what a fact says beside its head; nothing of one of another kind."""
    if not isinstance(fact, FeeLifted):
        return None
    return {"charge_code": fact.charge_code, "amount_cents": fact.amount_cents}


def fact_of(_kind: str, head: tuple[UUID, Any, Any], body: Any) -> FeeLifted:
    return FeeLifted(*head, body["charge_code"], body["amount_cents"])
