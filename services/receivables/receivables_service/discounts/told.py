"""What others are told of discounts, from the moves that changed them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from receivables_service.accounts import Move
from receivables_service.discounts.events import DISCOUNT_APPLIED, DISCOUNT_REVERSED
from receivables_service.domain.discount_facts import DiscountGranted, DiscountRow
from receivables_service.domain.facts import Fact
from receivables_service.journal import Draft
from receivables_service.tables import BillHead
from receivables_service.told import of_bill, word_for
from taxkit.contracts import EventType


def of_move(
    head: BillHead, move: Move, draft: Draft, facts: Iterable[Fact]
) -> Iterator[tuple[EventType, dict[str, Any]]]:
    """Tell, grant by grant, what a move lets off or what it takes back."""
    grants = {fact.fact_id: fact for fact in facts if isinstance(fact, DiscountGranted)}
    by_grant: dict[UUID, list[DiscountRow]] = {}
    for row in move.change.discounts:
        by_grant.setdefault(row.fact_id, []).append(row)
    for grant_id, rows in by_grant.items():
        cents = sum(row.amount_cents for row in rows)
        if cents:
            event = DISCOUNT_APPLIED if cents > 0 else DISCOUNT_REVERSED
            yield event, _changed(head, move, draft, grants[grant_id], rows)


def _changed(
    head: BillHead, move: Move, draft: Draft, grant: DiscountGranted, rows: Sequence[DiscountRow]
) -> dict[str, Any]:
    cents = sum(row.amount_cents for row in rows)
    sign = 1 if cents > 0 else -1
    offer = grant.offer
    return {
        **of_bill(head),
        "grant_id": str(grant.fact_id),
        "posting_id": str(draft.entry.entry_id),
        "receipt_id": str(grant.receipt_id),
        "payment_id": str(grant.payment_id),
        "program": offer.program,
        "discount_type": offer.discount_type,
        "rate": str(offer.rate),
        "gl_account": offer.gl_account,
        "rule_id": offer.rule_id,
        "cause": word_for(move.kind, move.cause.fact),
        "exception": grant.exception,
        "business_date": draft.entry.business_date.isoformat(),
        "effective_on": grant.effective_on.isoformat(),
        "amount_cents": sign * cents,
        "rows": [
            {
                "installment": row.installment,
                "charge_type": row.charge_type.value,
                "collection_type": row.collection_type.value,
                "charge_code": row.charge_code,
                "amount_cents": sign * row.amount_cents,
            }
            for row in rows
        ],
        "open_cents": move.after.open_cents,
        "owner": {"name": head.owner_name, "email": head.owner_email},
    }
