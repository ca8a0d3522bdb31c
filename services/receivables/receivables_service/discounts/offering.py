"""What paying a bill now would save, and what then settles it: for quotes (CASH-025)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service import store as ledger
from receivables_service.discounts import judging, store
from receivables_service.discounts.judging import Paid
from receivables_service.discounts.rulebook import DiscountTerms
from receivables_service.discounts.weighing import Scales
from receivables_service.domain.derivation import derive
from receivables_service.domain.discount_checks import Verdict, together
from receivables_service.domain.facts import PaymentReceived
from receivables_service.domain.terms import Terms
from receivables_service.tables import BILLS, BillHead
from taxkit import ids
from taxkit.clock import Clock


class Offer(NamedTuple):
    """What a payment of the whole bill on a day would save."""

    programs: tuple[str, ...]
    discount_cents: int
    settles_cents: int
    # The last day for all of it.
    until: date


class Asking(NamedTuple):
    """Under which law, by which clock, for which day."""

    law: DiscountTerms
    terms: Terms
    clock: Clock
    as_of: date


def offers(connection: Connection, asking: Asking, owed: Mapping[UUID, int]) -> dict[UUID, Offer]:
    """Find what is offered on bills that owe; nothing is read where the law offers none."""
    wanted = [bill_id for bill_id, cents in owed.items() if cents]
    if not asking.law.offers_any or not wanted:
        return {}
    rows = connection.exec_driver_sql(
        f"select {BILLS.names} from bills where bill_id = any(%s::uuid[])", (wanted,)
    )
    heads = [
        head for head in (BillHead(*row) for row in rows) if asking.law.programs(head.tax_year)
    ]
    facts = ledger.facts_of_bills(connection, [head.bill_id for head in heads])
    thought = [_paid(head.bill_id, owed[head.bill_id], asking) for head in heads]
    asked = [judging.asked_of(head, paid) for head, paid in zip(heads, thought, strict=True)]
    known = store.standings(connection, asked)
    found = {}
    for head, paid, standing in zip(heads, thought, known, strict=True):
        own = [each.fact for each in facts[head.bill_id]]
        scales = Scales(asking.law, asking.terms, asking.clock, head, own)
        verdicts = [each for each in scales.verdicts(paid, standing) if each.program.automatic]
        offer = _offer(scales, paid, together(verdicts))
        if offer is not None:
            found[head.bill_id] = offer
    return found


def _offer(scales: Scales, paid: Paid, chosen: Sequence[Verdict]) -> Offer | None:
    assert scales.head.tax_year is not None
    grants = [
        judging.grant_of(scales.law, each, scales.head.tax_year, paid.fact) for each in chosen
    ]
    if not grants:
        return None
    state = derive([*scales.facts, paid.fact, *grants], scales.terms)
    judged = judging.judged_in(state, paid.fact.fact_id)
    if judged is None or not judged.granted_cents:
        return None
    until = min(each.in_time.last_day for each in chosen if each.in_time)
    programs = tuple(each.program.code for each in chosen)
    return Offer(programs, judged.granted_cents, judged.needed_cents, until)


def _paid(bill_id: UUID, cents: int, asking: Asking) -> Paid:
    """A payment of all that is owed, on the day asked about."""
    receipt_id = ids.derived_id(bill_id, "quote", asking.as_of.isoformat())
    now = asking.clock.now()
    payment = ids.derived_id(receipt_id, "payment")
    fact = PaymentReceived(payment, asking.as_of, now, receipt_id, cents)
    return Paid(fact)
