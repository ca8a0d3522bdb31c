"""What programs would give a payment, made or thought of; the same question, the same answer."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from receivables_service.asked import Asked, open_bill
from receivables_service.discounts import judging, store
from receivables_service.discounts.commands import paid_of, scales_of
from receivables_service.discounts.judging import Paid
from receivables_service.discounts.store import Entry
from receivables_service.discounts.weighing import Weighed
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import PaymentReceived
from taxkit import ids
from taxkit.errors import invalid
from taxkit.inbox import Work


@dataclass(frozen=True, slots=True)
class Thought:
    """A payment thought of: how much, on which day, by mail or by hand."""

    amount_cents: int
    paid_on: date
    mailed: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The bill before a payment, and every program with its checks and figures."""

    bill_id: UUID
    paid: Paid
    parcel_number: str
    open_before_cents: int
    weighed: tuple[Weighed, ...]


def evaluate(
    app: Any, work: Work, bill_id: UUID, payment: UUID | Thought, asked: Asked
) -> Evaluation:
    """Judge a payment by every program of its bill's year, and keep that somebody asked."""
    books = open_bill(work, app.terms, bill_id)
    scales = scales_of(app, books, bill_id)
    if isinstance(payment, Thought):
        paid = _thought(work, bill_id, payment)
    else:
        paid = paid_of(work, scales, payment)
    (known,) = store.standings(work.connection, [judging.asked_of(scales.head, paid)])
    weighed = tuple(scales.weigh(paid, each) for each in scales.verdicts(paid, known))
    others = [each for each in scales.facts if each.fact_id != paid.fact.fact_id]
    before = derive(others, app.terms, paid.fact.effective_on).open_cents
    found = Evaluation(bill_id, paid, scales.head.parcel_number or "", before, weighed)
    store.log(work.connection, [_entry(work, found, each, asked) for each in weighed])
    return found


def _thought(work: Work, bill_id: UUID, thought: Thought) -> Paid:
    if thought.amount_cents <= 0:
        raise invalid("AMOUNT_NOT_POSITIVE", "name a payment, or an amount", "amount_cents")
    receipt_id = ids.derived_id(bill_id, "thought", str(thought))
    fact = PaymentReceived(
        ids.derived_id(receipt_id, "payment"),
        thought.paid_on,
        work.clock.now(),
        receipt_id,
        thought.amount_cents,
    )
    return Paid(fact, thought.paid_on if thought.mailed else None)


def _entry(work: Work, found: Evaluation, weighed: Weighed, asked: Asked) -> Entry:
    judged, eligible = weighed.judged, weighed.verdict.eligible
    return Entry(
        "evaluated",
        asked.user,
        work.clock.today(),
        work.clock.now(),
        bill_id=found.bill_id,
        payment_id=found.paid.fact.fact_id,
        receipt_id=found.paid.fact.receipt_id,
        parcel_number=found.parcel_number,
        program=weighed.verdict.program.code,
        checks=weighed.verdict.checks,
        base_cents=judged.base_cents if judged else None,
        needed_cents=judged.needed_cents if judged else None,
        discount_cents=weighed.discount_cents if eligible else 0,
        open_before_cents=found.open_before_cents,
        open_after_cents=weighed.open_after_cents if eligible else None,
    )
