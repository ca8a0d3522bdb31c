"""Reads a file of facts, whole, and refuses one that contradicts itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from receivables_service.domain.discount_facts import DiscountGranted, DiscountReversed
from receivables_service.domain.facts import BillIssued, Fact, MoneyDrawn, PaymentReceived
from receivables_service.domain.rate_facts import CodeSettled, DeferralEnded, DeferralResumed
from receivables_service.fact_files.bills import BILLS
from receivables_service.fact_files.discounts import DISCOUNTS
from receivables_service.fact_files.money import MONEY
from receivables_service.fact_files.terms import TERMS
from receivables_service.fact_files.values import NOTE, FactsInvalid, Kind, Row, day
from taxkit.errors import Refusal

START = datetime(2000, 1, 1, tzinfo=UTC)
KIND: dict[str, Kind] = {**BILLS, **MONEY, **TERMS, **DISCOUNTS}
KINDS: Sequence[str] = tuple(KIND)


def rows_of(document: Any) -> list[Any]:
    if isinstance(document, dict) and (more := document.keys() - {"facts", NOTE}):
        raise FactsInvalid(f"{min(more)!r} says nothing beside the list of facts")
    rows = document.get("facts") if isinstance(document, dict) else document
    if not isinstance(rows, list) or not rows:
        raise FactsInvalid('a list of facts is needed, or an object with the list "facts"')
    return rows


def read(document: Any) -> list[Fact]:
    """Read the facts of one bill in the order they are written, which breaks ties of a day."""
    facts = [_fact(number, row) for number, row in enumerate(rows_of(document), 1)]
    if sum(isinstance(fact, BillIssued) for fact in facts) != 1:
        raise FactsInvalid('exactly one fact is "issued": the demand itself')
    _check_draws(facts)
    _check_drawn(facts)
    _check_discounts(facts)
    _check_resumptions(facts)
    return _with_versions(facts)


def _fact(number: int, row: Any) -> Fact:
    if not isinstance(row, dict):
        raise FactsInvalid(f"fact {number} is no object")
    name = row.get("fact")
    kind = KIND.get(name) if isinstance(name, str) else None
    if kind is None:
        raise FactsInvalid(f"fact {number} is {name!r}: there are {', '.join(KINDS)}")
    try:
        read_row = Row(row)
        head = (UUID(int=number), day(read_row, "on"), START + timedelta(seconds=number))
        fact: Fact = kind.read(head, read_row)
        read_row.check_all_read()
    except KeyError as error:
        raise FactsInvalid(f"fact {number}, {name}: no {error.args[0]}") from error
    except (TypeError, ValueError, AttributeError, ArithmeticError, Refusal) as error:
        raise FactsInvalid(f"fact {number}, {name}: {error}") from error
    return fact


def _check_draws(facts: Sequence[Fact]) -> None:
    """Refuse to draw on, or to grant to, what is no payment of the receipt named."""
    paid = {fact.fact_id: fact.receipt_id for fact in facts if isinstance(fact, PaymentReceived)}
    for number, fact in enumerate(facts, 1):
        if not isinstance(fact, MoneyDrawn | DiscountGranted):
            continue
        if paid.get(fact.payment_id) != fact.receipt_id:
            name = "draw" if isinstance(fact, MoneyDrawn) else "discount"
            of = fact.payment_id.int
            raise FactsInvalid(f"fact {number}, {name}: fact {of} is no payment of that receipt")


def _check_drawn(facts: Sequence[Fact]) -> None:
    """Refuse to draw more of a payment than it was, or to bring back more than was drawn."""
    paid = {fact.fact_id: fact.amount_cents for fact in facts if isinstance(fact, PaymentReceived)}
    drawn: Counter[UUID] = Counter()
    for fact in facts:
        if isinstance(fact, MoneyDrawn):
            drawn[fact.payment_id] += fact.amount_cents
    for payment_id, cents in drawn.items():
        if not 0 <= cents <= paid[payment_id]:
            raise FactsInvalid(
                f"draws of fact {payment_id.int} come to {cents} of its {paid[payment_id]} cents"
            )


def _check_resumptions(facts: Sequence[Fact]) -> None:
    """Refuse to go on with what did not end."""
    ended = {fact.fact_id: fact.plan_number for fact in facts if isinstance(fact, DeferralEnded)}
    for number, fact in enumerate(facts, 1):
        if isinstance(fact, DeferralResumed) and ended.get(fact.ended_by) != fact.plan_number:
            raise FactsInvalid(
                f"fact {number}, deferral_resumed: fact {fact.ended_by.int} ended no deferral of"
                f" plan {fact.plan_number}"
            )


def _check_discounts(facts: Sequence[Fact]) -> None:
    """Refuse to take back, or to replace, what is no discount."""
    granted = {fact.fact_id for fact in facts if isinstance(fact, DiscountGranted)}
    for number, fact in enumerate(facts, 1):
        named: UUID | None = None
        if isinstance(fact, DiscountReversed):
            named = fact.grant_id
        elif isinstance(fact, DiscountGranted):
            named = fact.replaces
        if named is not None and named not in granted:
            raise FactsInvalid(f"fact {number}: fact {named.int} is no discount")


def _with_versions(facts: Sequence[Fact]) -> list[Fact]:
    """Number what each code says: the first said holds for all days before, too."""
    said = [fact for fact in facts if isinstance(fact, CodeSettled)]
    said.sort(key=lambda fact: (fact.effective_on, fact.recorded_at))
    versions: dict[UUID, int] = {}
    counts: dict[str, int] = {}
    for fact in said:
        counts[fact.code] = versions[fact.fact_id] = counts.get(fact.code, 0) + 1
    return [
        replace(fact, version=versions[fact.fact_id]) if isinstance(fact, CodeSettled) else fact
        for fact in facts
    ]
