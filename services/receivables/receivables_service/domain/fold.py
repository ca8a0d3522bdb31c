"""Folds the facts of one bill, in the order of their effect, into its rows."""

from collections.abc import Callable, Sequence

from receivables_service.domain import (
    acceleration,
    by_fund,
    corrections,
    fee_facts,
    lateness,
    waiving,
)
from receivables_service.domain.balances import Installment
from receivables_service.domain.discount_facts import DiscountFact
from receivables_service.domain.discounts_of_bill import Discounts
from receivables_service.domain.facts import (
    BillCorrected,
    BillIssued,
    Change,
    CollectionTypeTransferred,
    DefaultDeclared,
    Fact,
    FeeCharged,
    GraceExpired,
    InterestAndPenaltyWaived,
    LockLifted,
    MoneyDrawn,
    PaymentReceived,
    PaymentReversed,
    Reallocated,
)
from receivables_service.domain.fee_facts import FeeLifted
from receivables_service.domain.half_pay import Halves
from receivables_service.domain.half_pay_facts import HalfPayRemoved, HalfPaySet
from receivables_service.domain.parting import CORRECTION_RULE
from receivables_service.domain.rate_facts import (
    AccrualDeferred,
    AgencyHolding,
    CodeLifted,
    CodeSet,
    CodeSettled,
    DeferralEnded,
    RateChange,
)
from receivables_service.domain.redating import Redating
from receivables_service.domain.standing import balance_of
from receivables_service.domain.state import BillState
from receivables_service.domain.terms import ChargeType, CollectionType, InterestBasis, Terms
from taxkit.dated import NoTermInForce

BILL_RULE = "bill-issued"
"""The rule of a tax charge: the bill says so."""
WAIVER_RULE = "interest-and-penalty-waived"
LOCK_LIFTED_RULE = "lock-lifted"
FEE_LIFTED_RULE = "fee-lifted"


class Fold(Redating):
    """Takes facts in the order of their effect and keeps the rows they lead to."""

    __slots__ = ("_miscellaneous", "_waived", "discounts")

    def __init__(self, terms: Terms, basis: InterestBasis = InterestBasis.INSTALLMENT) -> None:
        super().__init__(terms, basis)
        self._miscellaneous: set[str] = set()
        self._waived: dict[tuple[int, ChargeType], int] = {}
        self.discounts = Discounts()

    def tell(self, facts: Sequence[Fact]) -> None:
        self._told = facts
        for fact in facts:
            if isinstance(fact, PaymentReceived):
                self.pay(fact)
            elif isinstance(fact, BillIssued):
                self.issue(fact)
            elif isinstance(fact, MoneyDrawn):
                self.draw(fact)
            elif isinstance(fact, CodeSettled):
                self.settle_code(fact)
            elif isinstance(fact, DiscountFact):
                self.discounts.learn(fact)
            elif not isinstance(fact, PaymentReversed):
                self.change(fact)

    def issue(self, fact: BillIssued) -> None:
        """Put the demand on the books; a bill is issued once."""
        if self._tax_year is not None:
            raise ValueError(f"the bill was issued already; fact {fact.fact_id} issues it again")
        self._tax_year, self._district = fact.tax_year, fact.district
        if self._new_days is not None:
            fact = self._new_days.issued(fact)
        self._halves = Halves(fact.installments)
        self._rates.issue(fact, self._terms, self._basis)
        self._standing = self._rates.carried
        interest = self._rates.interest
        assert interest is not None
        for demand, days in zip(
            fact.installments, lateness.of_bill(fact, interest, self._rates.full), strict=True
        ):
            installment = Installment(demand, interest, self._standing, days)
            self._installments.append(installment)
            self._placing.add_charges(installment.charges)
            if not fact.funds:
                self._add(installment.tax, BILL_RULE, fact.fact_id, demand.amount_cents)
        if fact.funds:
            self._learn_funds(fact.funds)
            asked = [each.amount_cents for each in fact.installments]
            taxes = [each.tax for each in self._installments]
            self._apply(list(zip(taxes, asked, strict=True)), BILL_RULE, fact.fact_id)
        self.discounts.issue(fact)
        self._mark_moved()

    def pay(self, fact: PaymentReceived) -> None:
        """Spend a payment on the open charges in the rule's order; the rest stays unapplied."""
        self.accrue(fact.effective_on, fact.fact_id)
        self._fix_rates()
        left = self.discounts.pay(self._placing, fact, defaulted=self._defaulted)
        if left:
            rule = self._terms.unapplied.at(fact.effective_on)
            kind = rule.before_bill if self._tax_year is None else rule.overpayment
            self._placing.hold(fact, kind, rule.rule_id, left)

    def draw(self, fact: MoneyDrawn) -> None:
        """Let money that is held go, or come back to be held."""
        self.accrue(fact.effective_on, fact.fact_id)
        rule = self._terms.unapplied.at(fact.effective_on)
        kind = rule.before_bill if self._tax_year is None else rule.overpayment
        self._placing.draw(fact, kind, rule.rule_id)

    def change(self, fact: Change) -> None:
        """Let anything but money take effect; before its bill is issued, nothing does."""
        if self._tax_year is None:
            return
        self._bring_to(fact.effective_on, fact.fact_id, morning=isinstance(fact, RateChange))
        _HANDLERS[type(fact)](self, fact)
        self._placing.settle(fact.effective_on, self._standing)

    def end_grace(self, _fact: GraceExpired) -> None:
        """Only name what the days gone by have brought (RECV-008)."""

    def state(self) -> BillState:
        penalised = self._rates.penalty is not None and not self._stands_still
        called = acceleration.called_days(self._installments, self._rates.acceleration)
        calls = acceleration.calls_ahead(self._installments, self._rates.acceleration, called)
        return BillState(
            issued=self._tax_year is not None,
            charges=tuple(self._charges),
            payments=tuple(self._placing.payments),
            unapplied=tuple(self._placing.unapplied),
            installments=tuple(
                [
                    balance_of(each, called.get(each.number), calls.get(each.number))
                    for each in self._installments
                ]
            ),
            locked=self._locked,
            defaulted=self._defaulted,
            grace_ends_on=corrections.grace_ends_on(self._installments) if penalised else None,
            codes=self._rates.codes,
            deferred=bool(self._deferred_by),
            held_by_agency=self._held_by_agency,
            half_pay=self._halves.pay is not None,
            miscellaneous=tuple(sorted(self._miscellaneous)),
            discounts=tuple(self._placing.discounts),
            judged=tuple(self.discounts.judged),
            bearing=self.discounts.bearing if self._terms.offers_discounts else None,
        )

    def default(self, fact: DefaultDeclared) -> None:
        """Move what is secured and unpaid to defaulted; what is paid stays (RECV-003)."""
        assert self._tax_year is not None
        term = self._terms.default.at(self._tax_year)
        if term is None:
            raise NoTermInForce(f"default: the law of tax year {self._tax_year} knows none")
        if not self._rates.defaults:
            return
        unpaid = [
            (installment, charge)
            for installment in self._installments
            for charge in installment.charges
            if charge.collection_type is CollectionType.SECURED and charge.open_cents
        ]
        if not unpaid:
            return
        self._defaulted = True
        for installment, charge in unpaid:
            to = self._charge(installment, charge.charge_type, charge.charge_code)
            for part, defaulted in by_fund.pairs(charge, to, self._part_of):
                cents = part.open_cents
                self._add(part, term.rule_id, fact.fact_id, -cents)
                self._add(defaulted, term.rule_id, fact.fact_id, cents)
            installment.default(fact.effective_on)
        self._turn_to_current()

    def correct(self, fact: BillCorrected) -> None:
        """Bring the tax to its targets; what stays unpaid has a time without penalty."""
        assert self._rates.interest is not None
        fact = corrections.rolled(fact, self._rates.interest.ways)
        fact = self._as_parted(fact)
        self._go_by_new_days(fact)
        unpaid = [each for each in self._installments if each.open_cents]
        self._learn_funds(fact.funds)
        self.discounts.correct(fact)
        steps = list(corrections.steps(self._installments, fact, defaulted=self._defaulted))
        self._change_due_dates(fact, steps)
        self._apply(steps, CORRECTION_RULE, fact.fact_id)
        self.discounts.follow(self._placing)
        due = [each.due_on for each in self._installments]
        self._turn_rates(fact.effective_on, lambda: self._rates.correct(fact, due))
        if fact.to_amount_paid:
            for charge, cents in corrections.unpaid_off(self._installments):
                self._add(charge, CORRECTION_RULE, fact.fact_id, cents)
            return
        grace = self._terms.correction_grace.at(fact.effective_on)
        if steps and grace is not None and not self._locked:
            for charge, cents in corrections.grant_grace(self._installments, unpaid, fact, grace):
                self._add(charge, grace.rule_id, fact.fact_id, cents)

    def charge_fee(self, fact: FeeCharged) -> None:
        """Put a fee on the first installment, or by halves."""
        if fact.miscellaneous:
            self._miscellaneous.add(fact.charge_code)
        for installment, cents in self._halves.bearers(fact, self._installments):
            charge = self._charge(installment, ChargeType.FEE, fact.charge_code)
            self._add(charge, fact.rule_id, fact.fact_id, cents)

    def lift_fee(self, fact: FeeLifted) -> None:
        """Take off what is open of a fee (RECV-067)."""
        there = [each for one in self._installments for each in one.charges]
        for charge, cents in fee_facts.steps(there, fact):
            self._add(charge, FEE_LIFTED_RULE, fact.fact_id, -cents)

    def waive(self, fact: InterestAndPenaltyWaived) -> None:
        """Take interest and penalty off, as far as they are there, and lock the rest (RECV-020)."""
        # What is unpaid of a charge goes before what is paid: one row all the same.
        self._merges = True
        for charge, part in waiving.steps(self._installments, fact):
            self._add(charge, WAIVER_RULE, fact.fact_id, -part)
            key = (charge.installment, charge.charge_type)
            self._waived[key] = self._waived.get(key, 0) + part
        self._locked = True

    def lift_lock(self, fact: LockLifted) -> None:
        """Bring back what was waived, and what would have accrued under the lock."""
        waived, self._waived, self._locked = self._waived, {}, False
        installments = {each.number: each for each in self._installments}
        for (number, charge_type), cents in waived.items():
            charge = self._charge(installments[number], charge_type)
            self._add(charge, LOCK_LIFTED_RULE, fact.fact_id, cents)
        self._catch_up(fact.effective_on, fact.fact_id)

    def reallocate(self, fact: Reallocated) -> None:
        """Place money that is held; without any, or with nothing open, nothing moves."""
        self._placing.place_held(fact.effective_on, self._standing)


_HANDLERS: dict[type[Change], Callable[..., None]] = {
    BillCorrected: Fold.correct,
    DefaultDeclared: Fold.default,
    CollectionTypeTransferred: Fold.transfer,
    FeeCharged: Fold.charge_fee,
    InterestAndPenaltyWaived: Fold.waive,
    LockLifted: Fold.lift_lock,
    Reallocated: Fold.reallocate,
    GraceExpired: Fold.end_grace,
    FeeLifted: Fold.lift_fee,
    HalfPaySet: Fold.set_half_pay,
    HalfPayRemoved: Fold.remove_half_pay,
    CodeSet: Fold.set_code,
    CodeLifted: Fold.lift_code,
    AgencyHolding: Fold.hold_by_agency,
    AccrualDeferred: Fold.defer,
    DeferralEnded: Fold.end_deferral,
}
