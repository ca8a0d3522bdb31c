"""Where a payment would go: the derivation with one payment more, of which nothing is kept."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from receivables_service import store
from receivables_service.domain.changes import AllocatedRow, allocation, difference
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import Allotment, PaymentReceived
from receivables_service.domain.terms import Terms
from taxkit import ids
from taxkit.clock import Clock
from taxkit.errors import not_found


@dataclass(frozen=True, slots=True)
class Preview:
    rows: tuple[AllocatedRow, ...]
    surplus_cents: int
    open_cents: int


def preview(
    connection: Connection,
    terms: Terms,
    clock: Clock,
    bill_id: UUID,
    amount_cents: int,
    on: date,
    allotment: Allotment,
) -> Preview:
    """Allocate a payment as it would be posted now; refuses a rule that is not there."""
    known = [each.fact for each in store.facts_of_bills(connection, [bill_id])[bill_id]]
    before = derive(known, terms)
    if not before.issued:
        raise not_found("BILL_NOT_FOUND", f"receivables has not heard of bill {bill_id}")
    payment_id = ids.new_id()
    payment = PaymentReceived(payment_id, on, clock.now(), payment_id, amount_cents, allotment)
    told = allocation(difference(before, derive([*known, payment], terms)), amount_cents)
    # A payment dated before others moves them too: their rows and surplus are no part of its own.
    own = tuple(row for row in told.rows if row.receipt_id == payment_id)
    return Preview(
        own,
        amount_cents - sum(row.amount_cents for row in own),
        derive([*known, payment], terms, on).open_cents,
    )
