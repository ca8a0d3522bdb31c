"""From an order that waits to its receipt: gathers the facts, lets the domain decide."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol
from uuid import UUID

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain import parcel_rules, till
from cashiering_service.domain import receipt as counter
from cashiering_service.domain.basket_terms import BasketTerms
from cashiering_service.domain.custom_receipts import check_chosen
from cashiering_service.domain.held import drawn_by
from cashiering_service.domain.limits import Limits, limits_of
from cashiering_service.domain.money_holds import as_seen_by, kept_tenders
from cashiering_service.domain.part_payments import ANY_PARTS, Parts
from cashiering_service.domain.permits import check_taken
from cashiering_service.domain.receipt import Order, Receipt, SessionHead
from cashiering_service.domain.service_rules import business_of, check_payer, check_services
from cashiering_service.domain.source_lines import Versions
from cashiering_service.rulebook import Rulebook
from cashiering_service.till import facts as till_facts
from cashiering_service.till.facts import Particulars
from cashiering_service.till.known import Known
from cashiering_service.till.stops import TermsOf
from taxkit import ids
from taxkit.roundtrips import RoundTrips


class Asking(Protocol):
    """An order, and whose it is."""

    order: Order
    posted_by: str
    traceparent: str


async def gather(
    trips: RoundTrips, law: Rulebook, batch: Sequence[Asking], known: Known
) -> Particulars:
    """Read what the orders of a batch need beyond the plain facts; most need nothing."""
    bills: set[UUID] = set()
    back_dated: set[UUID] = set()
    for one in batch:
        session, _ = known.sessions.get(one.order.session_id, (None, 0))
        if session is not None:
            limits = _limits(law, one, session, known)
            bills |= till.asks_for_charges(one.order, known.dues, limits)
            back_dated.update(till.back_dated(one.order, session))
    grants = {grant_id for one in batch for grant_id in one.order.grants}
    held = {key for one in batch for key in drawn_by(one.order.tenders)}
    return await till_facts.read(
        trips, sorted(bills), sorted(grants), sorted(held), sorted(back_dated)
    )


def accept(
    app: CashieringApp,
    law: Rulebook,
    asking: Asking,
    known: Known,
    particulars: Particulars,
    sources: Versions,
    terms_of: TermsOf,
) -> Receipt:
    """Decide one order; what it uses up is used up for the rest of its batch."""
    order = asking.order
    session, count = known.sessions.get(order.session_id, (None, 0))
    session = counter.check_session(session, order.session_id)
    facts = _facts(app, law, asking, session, known, particulars, sources)
    taken = _take(law, order, session, facts, known, terms_of(session.business_date))
    # Numbered last: a refused order takes no number.
    known.sessions[order.session_id] = (session, count + 1)
    particulars.used.update(taken.grants)
    particulars.reserve(order.tenders, facts.at)
    return Receipt(
        receipt_id=ids.new_id(),
        receipt_number=counter.number_of(session, count + 1),
        session=session,
        source=order.intake.source,
        payer=order.payer,
        lines=taken.lines,
        tenders=kept_tenders(order.tenders, order.basket_id, particulars.holds),
        total_cents=taken.total_cents,
        change_cents=taken.settled.change_cents,
        surplus_cents=taken.settled.surplus_cents,
        effective_on=taken.effective_on,
        received_on=order.intake.received_on or session.business_date,
        recorded_at=facts.at,
        traceparent=asking.traceparent,
        posted_by=asking.posted_by,
        note=order.note,
        grants=taken.grants,
        intake=order.intake,
        paper=order.paper,
    )


def _take(
    law: Rulebook,
    order: Order,
    session: SessionHead,
    facts: till.Facts,
    known: Known,
    terms: BasketTerms,
) -> till.Taken:
    """Hold an order to the drawer, to what is taken there, the papers there are, and the rest."""
    counter.check_cashier(session, order, facts.cashier)
    paid_on = _paid_on(order, session, facts.lawful_on)
    types = facts.types_of(order, paid_on)
    check_taken(*known.permits[order.session_id], *types)
    check_services(order, business_of(order, facts.sources, facts.kinds, paid_on), terms)
    check_payer(order, terms)
    if order.paper.custom:
        check_chosen(order.paper.custom, law.custom_receipts(session.business_date))
    taken = till.take(order, session, facts)
    if known.parcels:
        parcel_rules.check(order, taken.lines, known.parcels, terms, taken.effective_on)
    return taken


def _paid_on(order: Order, session: SessionHead, lawful_on: date | None) -> date:
    return order.effective_on or lawful_on or session.effective_on


def _facts(
    app: CashieringApp,
    law: Rulebook,
    asking: Asking,
    session: SessionHead,
    known: Known,
    particulars: Particulars,
    sources: Versions,
) -> till.Facts:
    order, day = asking.order, session.business_date
    lawful_on, now = law.counts_on(order.intake, day), app.clock.now()
    paid_on = _paid_on(order, session, lawful_on)
    bills = [(line.bill_id, line.effective_on or paid_on) for line in order.lines]
    return till.Facts(
        cashier=asking.posted_by,
        at=now,
        dues=known.dues,
        kinds=law.tender_kinds(day),
        limits=_limits(law, asking, session, known),
        rules=law.allocation_rules(day),
        charges=particulars.charges(bills if particulars.told else ()),
        grants=[
            replace(grant, is_used=grant.grant_id in particulars.used)
            for grant in particulars.grants_of(order.grants)
        ],
        held=as_seen_by(order.basket_id, particulars.held, particulars.holds, now),
        paid_on=particulars.paid_on,
        lawful_on=lawful_on,
        tenderable=law.tenderable(day) if particulars.held else (),
        sources=sources,
        required=known.required,
        parts=Parts(app.parts.at(day), known.standings) if known.standings else ANY_PARTS,
    )


def _limits(law: Rulebook, asking: Asking, session: SessionHead, known: Known) -> Limits:
    day = session.business_date
    return limits_of(asking.posted_by, day, known.limits, law.limits(day))
