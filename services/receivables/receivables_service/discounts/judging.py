"""Judges payments against the programs of their bill's year: the same way wherever it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from receivables_service.books import Books
from receivables_service.discounts.rulebook import DiscountTerms
from receivables_service.discounts.store import AccountStanding, AskedStanding
from receivables_service.domain.discount_checks import Standing, Verdict, judge
from receivables_service.domain.discount_facts import DiscountGranted, Judged
from receivables_service.domain.discount_terms import Approval, Timing
from receivables_service.domain.facts import BillCorrected, Fact, PaymentReceived
from receivables_service.domain.state import BillState
from receivables_service.tables import BillHead
from taxkit import ids
from taxkit.clock import Clock


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment as it is judged: the fact, and the postmark of money that was mailed.

    Which sources are mail is the counter's to say: only their money bears a postmark.
    """

    fact: PaymentReceived
    postmarked_on: date | None = None

    @property
    def mailed(self) -> bool:
        return self.postmarked_on is not None

    @property
    def paid_on(self) -> date:
        """The day it counts on: its postmark, else the day it was received (RECV-023)."""
        return self.postmarked_on or self.fact.effective_on


def asked_of(head: BillHead, paid: Paid) -> AskedStanding:
    assert head.parcel_number is not None
    assert head.tax_year is not None
    return AskedStanding(head.bill_id, head.parcel_number, head.tax_year, paid.paid_on)


def timing_of(head: BillHead, facts: Sequence[Fact], paid: Paid, clock: Clock) -> Timing:
    """Gather what decides whether a payment is in time."""
    assert head.tax_year is not None
    assert head.issued_on is not None
    fact = paid.fact
    on_the_day = clock.date_of(fact.recorded_at) == paid.paid_on
    corrected = [each.effective_on for each in facts if isinstance(each, BillCorrected)]
    return Timing(
        head.tax_year,
        head.issued_on,
        tuple(day for day in corrected if day <= paid.paid_on),
        paid.paid_on,
        paid.mailed,
        clock.time_of(fact.recorded_at) if on_the_day else None,
    )


def verdicts(
    law: DiscountTerms,
    timing: Timing,
    bill_class: str,
    known: AccountStanding,
    books: Books | None = None,
) -> list[Verdict]:
    """Judge one payment by every program; late bills that the books show paid up do not count."""
    late = {
        year
        for bill_id, year in known.late_bills.items()
        if books is None or not books.is_paid_up(bill_id)
    }
    standing = Standing(bill_class, tuple(sorted(late)), known.flags, known.proofs, known.holds)
    programs = law.programs(timing.tax_year)
    return [judge(program, timing, standing, law.roll) for program in programs]


def grant_of(
    law: DiscountTerms, verdict: Verdict, tax_year: int, payment: PaymentReceived, **said: Any
) -> DiscountGranted:
    """Write a grant on the program's terms of the payment's day."""
    assert verdict.in_time is not None
    program = verdict.program
    offer = program.offer(law.rule_id(tax_year), verdict.in_time.rate)
    # One that stands in for another is another fact; else a payment has one of each program.
    instead = [str(said["replaces"])] if said.get("replaces") else []
    if instead:
        # What stands in for a wrong one goes by the base as it was corrected since (RECV-030).
        offer = replace(offer, follows=True)
    return DiscountGranted(
        ids.derived_id(payment.fact_id, "discount", program.code, *instead),
        payment.effective_on,
        payment.recorded_at,
        payment.fact_id,
        payment.receipt_id,
        offer,
        **said,
    )


def needs_approval(verdict: Verdict, discount_cents: int) -> bool:
    """Whether a second person has to grant it (RECV-028)."""
    program = verdict.program
    if program.approval is Approval.ALWAYS:
        return True
    return program.approval_above_cents is not None and (
        discount_cents > program.approval_above_cents
    )


def judged_in(state: BillState, payment_id: UUID) -> Judged | None:
    """How a payment's discounts came out in a state."""
    return next((each for each in state.judged if each.payment_id == payment_id), None)


def taken_in(state: BillState, grant_id: UUID) -> int:
    """What a grant takes off in a state."""
    return sum(row.amount_cents for row in state.discounts if row.fact_id == grant_id)
