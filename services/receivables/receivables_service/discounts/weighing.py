"""What a program gives one payment, found by the derivation that would post it (RECV-025)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from receivables_service.discounts import judging
from receivables_service.discounts.judging import Paid
from receivables_service.discounts.rulebook import DiscountTerms
from receivables_service.discounts.store import AccountStanding
from receivables_service.domain.derivation import derive
from receivables_service.domain.discount_checks import Verdict
from receivables_service.domain.discount_facts import (
    DiscountFact,
    DiscountGranted,
    DiscountReversed,
    DiscountRow,
    Judged,
)
from receivables_service.domain.discount_terms import lapsed
from receivables_service.domain.facts import BillIssued, Fact, PaymentReceived
from receivables_service.domain.terms import Terms
from receivables_service.tables import BillHead
from taxkit.clock import Clock
from taxkit.errors import invalid, not_found


@dataclass(frozen=True, slots=True)
class Weighed:
    """A verdict with the figures of its payment."""

    verdict: Verdict
    grant: DiscountGranted
    judged: Judged | None
    rows: tuple[DiscountRow, ...]
    discount_cents: int
    open_after_cents: int

    @property
    def needs_approval(self) -> bool:
        return judging.needs_approval(self.verdict, self.discount_cents)


@dataclass(frozen=True, slots=True)
class Scales:
    """A bill under lock or as it is read, its law, and what is known of its account."""

    law: DiscountTerms
    terms: Terms
    clock: Clock
    head: BillHead
    facts: Sequence[Fact]

    def verdicts(self, paid: Paid, known: AccountStanding) -> list[Verdict]:
        timing = judging.timing_of(self.head, self.facts, paid, self.clock)
        return judging.verdicts(self.law, timing, self._bill_class, known)

    def weigh(self, paid: Paid, verdict: Verdict, **said: Any) -> Weighed:
        """Derive the bill with the discount; a late one at the rate that ran out last."""
        assert self.head.tax_year is not None
        if verdict.in_time is None:
            timing = judging.timing_of(self.head, self.facts, paid, self.clock)
            verdict = replace(verdict, in_time=lapsed(verdict.program, timing, self.law.roll))
        payment = paid.fact
        grant = judging.grant_of(self.law, verdict, self.head.tax_year, payment, **said)
        others = [each for each in self.facts if not _in_the_way(each, grant)]
        state = derive([*others, payment, grant], self.terms)
        rows = tuple(row for row in state.discounts if row.fact_id == grant.fact_id)
        cents = sum(row.amount_cents for row in rows)
        judged = judging.judged_in(state, payment.fact_id)
        return Weighed(verdict, grant, judged, rows, cents, state.open_cents)

    def weigh_together(self, paid: Paid, verdicts: Sequence[Verdict]) -> list[Weighed]:
        """Derive the bill with all of them at once, as the payment itself would have them."""
        assert self.head.tax_year is not None
        payment, tax_year = paid.fact, self.head.tax_year
        grants = [judging.grant_of(self.law, each, tax_year, payment) for each in verdicts]
        others = [
            each for each in self.facts if not any(_in_the_way(each, grant) for grant in grants)
        ]
        state = derive([*others, payment, *grants], self.terms)
        judged = judging.judged_in(state, payment.fact_id)
        found = []
        for verdict, grant in zip(verdicts, grants, strict=True):
            rows = tuple(row for row in state.discounts if row.fact_id == grant.fact_id)
            cents = sum(row.amount_cents for row in rows)
            found.append(Weighed(verdict, grant, judged, rows, cents, state.open_cents))
        return found

    def payment_of(self, receipt_id: UUID) -> PaymentReceived:
        """Find what a receipt paid on the bill."""
        for fact in self.facts:
            if isinstance(fact, PaymentReceived) and fact.receipt_id == receipt_id:
                return fact
        raise not_found("PAYMENT_NOT_FOUND", f"receipt {receipt_id} paid nothing on this bill")

    def granted(self, payment_id: UUID, program: str) -> DiscountGranted | None:
        """The grant of a program that stands on a payment."""
        reversed_ids = self._reversed()
        for fact in self.facts:
            if (
                isinstance(fact, DiscountGranted)
                and (fact.payment_id, fact.offer.program) == (payment_id, program)
                and fact.fact_id not in reversed_ids
            ):
                return fact
        return None

    def was_granted(self, payment_id: UUID) -> bool:
        """Whether a payment was ever granted anything, taken back or not."""
        return any(
            isinstance(fact, DiscountGranted) and fact.payment_id == payment_id
            for fact in self.facts
        )

    def taken_back(self, payment_id: UUID, program: str) -> DiscountGranted | None:
        """The last grant of a program on a payment that was taken back and stands open."""
        reversed_ids = self._reversed()
        found = [
            fact
            for fact in self.facts
            if isinstance(fact, DiscountGranted)
            and (fact.payment_id, fact.offer.program) == (payment_id, program)
            and fact.fact_id in reversed_ids
        ]
        return found[-1] if found else None

    def program_verdict(self, paid: Paid, known: AccountStanding, program: str) -> Verdict:
        for verdict in self.verdicts(paid, known):
            if verdict.program.code == program:
                return verdict
        offered = ", ".join(each.code for each in self.law.programs(self.head.tax_year)) or "none"
        raise invalid("PROGRAM_UNKNOWN", f"{program!r}: the bill's year has {offered}", "program")

    @property
    def _bill_class(self) -> str:
        return next((each.bill_class for each in self.facts if isinstance(each, BillIssued)), "")

    def _reversed(self) -> set[UUID]:
        return {each.grant_id for each in self.facts if isinstance(each, DiscountReversed)}


def _in_the_way(fact: Fact, grant: DiscountGranted) -> bool:
    """What the payment had of the same program gives way to what is weighed."""
    if isinstance(fact, PaymentReceived):
        return fact.fact_id == grant.payment_id
    return (
        isinstance(fact, DiscountFact)
        and isinstance(fact, DiscountGranted)
        and (fact.payment_id, fact.offer.program) == (grant.payment_id, grant.offer.program)
    )
