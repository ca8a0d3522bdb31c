"""Waivers of interest and penalty: those taken with a payment at the till, and what is told."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from receivables_service.accounts import KnownFact, Move
from receivables_service.books import Books
from receivables_service.changes.change_events import PENALTY_INTEREST_WAIVED
from receivables_service.domain.facts import (
    ANY_INSTALLMENT,
    InterestAndPenaltyWaived,
    WaivedAmount,
)
from receivables_service.domain.fold import WAIVER_RULE
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.terms import ChargeType
from receivables_service.told import of_bill
from taxkit import ids
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Traced
from taxkit.money import CENTS_MAX

_CENTS = validate.Range(min=0, max=CENTS_MAX)


class WaivedSeen(ReaderSchema):
    """What a till took off one line's interest and penalty, over all installments."""

    penalty_cents = fields.Integer(load_default=0, strict=True, validate=_CENTS)
    interest_cents = fields.Integer(load_default=0, strict=True, validate=_CENTS)


def waiver_id(receipt_id: UUID, line_number: int) -> UUID:
    """Name the fact of what a receipt's line waived."""
    return ids.derived_id(receipt_id, "waiver", str(line_number))


def take(
    books: Books, bill_id: UUID, lines: Sequence[Mapping[str, Any]], event: IncomingEvent
) -> None:
    """Record what a receipt's lines for a bill waived (CASH-051, RECV-020)."""
    for line in lines:
        waived = _amounts(line["waived"] or {})
        if not waived:
            continue
        given = event.data
        fact = InterestAndPenaltyWaived(
            waiver_id(given["receipt_id"], line["line_number"]),
            line["effective_on"] or given["effective_on"],
            given["recorded_at"],
            waived,
        )
        known = KnownFact(fact, given["business_date"])
        moves = books.change(bill_id, known, PostingKind.WAIVER, event)
        if moves is not None and books.head(bill_id).bill_number is not None:
            tell(books, bill_id, known, moves, event, "", given["receipt_id"])


def tell(
    books: Books,
    bill_id: UUID,
    known: KnownFact,
    moves: Sequence[Move],
    cause: Traced,
    waived_by: str,
    receipt_id: UUID | None = None,
) -> int:
    """Tell what a waiver took off, charge by charge; gives its sum."""
    fact = known.fact
    taken = [
        row
        for move in moves
        for row in move.change.charges
        if row.rule_id == WAIVER_RULE and row.fact_id == fact.fact_id
    ]
    cents = -sum(row.amount_cents for row in taken)
    data = {
        **of_bill(books.head(bill_id)),
        "effective_on": fact.effective_on.isoformat(),
        "business_date": known.business_date.isoformat(),
        "receipt_id": str(receipt_id) if receipt_id else None,
        "waived_by": waived_by,
        "amount_cents": cents,
        "rows": [
            {
                "installment": row.installment,
                "charge_type": row.charge_type.value,
                "amount_cents": -row.amount_cents,
            }
            for row in taken
        ],
    }
    books.tell(PENALTY_INTEREST_WAIVED, bill_id, data, cause)
    return cents


def _amounts(given: Mapping[str, int]) -> tuple[WaivedAmount, ...]:
    by_type = {
        ChargeType.PENALTY: given.get("penalty_cents", 0),
        ChargeType.INTEREST: given.get("interest_cents", 0),
    }
    return tuple(
        WaivedAmount(ANY_INSTALLMENT, charge_type, cents)
        for charge_type, cents in by_type.items()
        if cents
    )
