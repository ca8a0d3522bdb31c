"""What facts about discounts say, as the ledger keeps it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from receivables_service.domain.discount_facts import (
    DiscountFact,
    DiscountGranted,
    DiscountReversed,
    Offer,
    PartialPay,
)
from taxkit.money import Rounding

KIND_OF: dict[type[Any], str] = {
    DiscountGranted: "discount_granted",
    DiscountReversed: "discount_reversed",
}
KINDS = frozenset(KIND_OF.values())


def body_of(fact: DiscountFact) -> dict[str, Any]:
    """Write what a fact says beside its head."""
    if isinstance(fact, DiscountReversed):
        return {"grant_id": str(fact.grant_id)}
    offer = fact.offer
    return {
        "payment_id": str(fact.payment_id),
        # The column of receipts is for their own money; a grant moves none.
        "receipt_id": str(fact.receipt_id),
        "program": offer.program,
        "discount_type": offer.discount_type,
        "rule_id": offer.rule_id,
        "rate": str(offer.rate),
        "rounding": offer.rounding.value,
        "partial": offer.partial.value,
        "gl_account": offer.gl_account,
        "fee_codes": list(offer.fee_codes),
        "specials": offer.specials,
        "follows": offer.follows,
        "at_most_cents": fact.at_most_cents,
        "exception": fact.exception,
        "replaces": str(fact.replaces) if fact.replaces else None,
    }


def fact_of(kind: str, head: tuple[UUID, Any, Any], body: Any) -> DiscountFact:
    """Read a fact of a kind of KIND_OF."""
    if kind == KIND_OF[DiscountReversed]:
        return DiscountReversed(*head, UUID(body["grant_id"]))
    offer = Offer(
        body["program"],
        body["discount_type"],
        body["rule_id"],
        Decimal(body["rate"]),
        Rounding(body["rounding"]),
        PartialPay(body["partial"]),
        body["gl_account"],
        tuple(body["fee_codes"]),
        body["specials"],
        # Not said before discounts could follow corrections.
        body.get("follows", False),
    )
    return DiscountGranted(
        *head,
        UUID(body["payment_id"]),
        UUID(body["receipt_id"]),
        offer,
        body["at_most_cents"],
        body["exception"],
        UUID(body["replaces"]) if body["replaces"] else None,
    )
