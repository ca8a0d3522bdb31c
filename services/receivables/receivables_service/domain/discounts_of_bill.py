"""The discounts of one bill while it is folded: what payments may take, and what came of it."""

from dataclasses import replace
from fractions import Fraction
from uuid import UUID

from receivables_service.domain import discounting
from receivables_service.domain.discount_facts import Bearing, DiscountFact, DiscountGranted, Judged
from receivables_service.domain.facts import BillCorrected, BillIssued, PaymentReceived
from receivables_service.domain.placing import Placing


class Discounts:
    """Lives only inside one derivation; a bill without grants pays plainly."""

    __slots__ = ("_granted", "_reversed", "_specials", "bearing", "judged")

    def __init__(self) -> None:
        self._granted: dict[UUID, list[DiscountGranted]] = {}
        self._reversed: set[UUID] = set()
        self._specials: dict[int, Fraction] = {}
        self.judged: list[Judged] = []
        self.bearing: Bearing | None = None

    def issue(self, fact: BillIssued) -> None:
        """Tell which part of each installment is special assessments."""
        whole = sum(each.amount_cents for each in fact.installments)
        self.bearing = Bearing(fact.effective_on, fact.bill_class, whole, fact.specials_cents)
        if fact.specials_cents:
            part = Fraction(fact.specials_cents, whole)
            self._specials = {each.number: part for each in fact.installments}

    def correct(self, fact: BillCorrected) -> None:
        """Remember the day: a rate may hold so long after it."""
        assert self.bearing is not None
        days = (*self.bearing.corrected_on, fact.effective_on)
        self.bearing = replace(self.bearing, corrected_on=days)

    def follow(self, placing: Placing) -> None:
        """Let discounts follow their bill down, before money that fits no more is lifted."""
        if placing.discounts:
            given = [grant for some in self._granted.values() for grant in some]
            placing.lower_discounts({grant.fact_id: grant.offer for grant in given})

    def learn(self, fact: DiscountFact) -> None:
        """Remember what a payment may take off the bill when it comes, or no longer may."""
        if isinstance(fact, DiscountGranted):
            self._granted.setdefault(fact.payment_id, []).append(fact)
        else:
            self._reversed.add(fact.grant_id)

    def pay(self, placing: Placing, fact: PaymentReceived, *, defaulted: bool) -> int:
        """Reduce the liability by the payment's discounts first, then spend it on the rest."""
        granted = self._granted.get(fact.fact_id, ()) if self._granted else ()
        grants = discounting.in_order(granted) if granted else []
        if not grants:
            return placing.pay(fact, defaulted=defaulted)
        found = placing.discount(fact, grants, self._specials)
        left = placing.pay(fact, defaulted=defaulted)
        placing.keep_discounts(found.reductions, self._reversed)
        self.judged.append(found.judged)
        return left
