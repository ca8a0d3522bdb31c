"""Folds the facts of one bill, in the order of their effect, into its rows."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from receivables_service.domain import corrections, waiving
from receivables_service.domain.balances import Charge, Installment
from receivables_service.domain.facts import (
    BillCorrected,
    BillIssued,
    Change,
    CollectionTypeTransferred,
    DefaultDeclared,
    FeeCharged,
    GraceExpired,
    InterestAndPenaltyWaived,
    LockLifted,
    MoneyDrawn,
    PaymentReceived,
    Reallocated,
)
from receivables_service.domain.placing import Placing
from receivables_service.domain.state import BillState, ChargeRow
from receivables_service.domain.terms import (
    ChargeType,
    CollectionType,
    InterestTerm,
    PenaltyTerm,
    Terms,
)
from taxkit.dated import NoTermInForce

BILL_RULE = "bill-issued"
"""The rule of a tax charge: the bill says so."""
CORRECTION_RULE = "bill-corrected"
TRANSFER_RULE = "collection-type-transferred"
WAIVER_RULE = "interest-and-penalty-waived"
LOCK_LIFTED_RULE = "lock-lifted"


class Fold:
    """Takes facts in the order of their effect and keeps the rows they lead to."""

    __slots__ = (
        "_charges",
        "_defaulted",
        "_district",
        "_installments",
        "_interest_term",
        "_locked",
        "_penalty_term",
        "_placing",
        "_standing",
        "_tax_year",
        "_terms",
        "_waived",
    )

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._tax_year: int | None = None
        self._district = ""
        self._interest_term: InterestTerm | None = None
        self._penalty_term: PenaltyTerm | None = None
        self._installments: list[Installment] = []
        self._charges: list[ChargeRow] = []
        self._placing = Placing(terms)
        # How the bill is carried outside of default, and whether part of it is in default.
        self._standing = CollectionType.SECURED
        self._defaulted = False
        self._locked = False
        self._waived: dict[tuple[int, ChargeType], int] = {}

    def issue(self, fact: BillIssued) -> None:
        """Put the demand on the books; a bill is issued once."""
        if self._tax_year is not None:
            raise ValueError(f"the bill was issued already; fact {fact.fact_id} issues it again")
        self._tax_year, self._district = fact.tax_year, fact.district
        self._interest_term = interest = self._terms.interest.at(fact.tax_year)
        self._penalty_term = self._terms.penalty.at(fact.tax_year)
        for demand in fact.installments:
            installment = Installment(demand, interest)
            installment.tax.charged = demand.amount_cents
            self._installments.append(installment)
            self._placing.add_charges(installment.charges)
            if demand.amount_cents:
                self._add_row(installment.tax, BILL_RULE, fact.fact_id, demand.amount_cents)

    def accrue(self, until: date, because: UUID | None) -> None:
        """Charge interest and penalty up to a date, naming the fact that brings them up."""
        term = self._interest_term
        if term is None:
            return
        for installment in self._installments:
            if installment.count_months(until) and not self._locked:
                added = installment.accrue(term)
                if added:
                    self._add_row(installment.interest, term.rule_id, because, added)
        if self._penalty_term is not None and not self._locked:
            self._penalise(until, self._penalty_term, because)

    def pay(self, fact: PaymentReceived) -> None:
        """Spend a payment on the open charges in the rule's order; the rest stays unapplied."""
        self.accrue(fact.effective_on, fact.fact_id)
        left = self._placing.pay(fact, defaulted=self._defaulted)
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
        self.accrue(fact.effective_on, fact.fact_id)
        _HANDLERS[type(fact)](self, fact)
        self._placing.settle(fact.effective_on, self._standing)

    def end_grace(self, _fact: GraceExpired) -> None:
        """Only name what the days gone by have brought (RECV-008)."""

    def state(self) -> BillState:
        penalised = self._penalty_term is not None and not self._locked
        return BillState(
            issued=self._tax_year is not None,
            charges=tuple(self._charges),
            payments=tuple(self._placing.payments),
            unapplied=tuple(self._placing.unapplied),
            installments=tuple([each.balance() for each in self._installments]),
            locked=self._locked,
            defaulted=self._defaulted,
            grace_ends_on=corrections.grace_ends_on(self._installments) if penalised else None,
        )

    def default(self, fact: DefaultDeclared) -> None:
        """Move what is secured and unpaid to defaulted; what is paid stays (RECV-003)."""
        assert self._tax_year is not None
        term = self._terms.default.at(self._tax_year)
        if term is None:
            raise NoTermInForce(f"default: the law of tax year {self._tax_year} knows none")
        unpaid = [
            (installment, charge, charge.open_cents)
            for installment in self._installments
            for charge in installment.charges
            if charge.collection_type is CollectionType.SECURED and charge.open_cents
        ]
        if not unpaid:
            return
        self._defaulted = True
        for installment, charge, cents in unpaid:
            to = self._charge(installment, charge.charge_type, charge.charge_code)
            self._add(charge, term.rule_id, fact.fact_id, -cents)
            self._add(to, term.rule_id, fact.fact_id, cents)
            if installment.interest_after is None:
                installment.interest_after = fact.effective_on
        self._turn_to_current()

    def correct(self, fact: BillCorrected) -> None:
        """Bring the tax to its targets; what stays unpaid has a time without penalty."""
        unpaid = [each for each in self._installments if each.open_cents]
        for installment, due_on in corrections.new_due_dates(self._installments, fact):
            assert self._tax_year is not None
            districts = self._terms.base_dates.at(self._tax_year)
            own = districts.get(self._district)
            off = installment.change_due(due_on, own.of(installment.number) if own else None)
            for charge, cents in corrections.interest_off(installment, off):
                self._add(charge, CORRECTION_RULE, fact.fact_id, cents)
        steps = list(corrections.steps(self._installments, fact, defaulted=self._defaulted))
        for charge, cents in steps:
            self._add(charge, CORRECTION_RULE, fact.fact_id, cents)
        grace = self._terms.correction_grace.at(fact.effective_on)
        if steps and grace is not None and not self._locked:
            for charge, cents in corrections.grant_grace(
                self._installments, unpaid, fact.effective_on, grace
            ):
                self._add(charge, grace.rule_id, fact.fact_id, cents)

    def transfer(self, fact: CollectionTypeTransferred) -> None:
        """Carry the standing charges and their money another way (RECV-009)."""
        if fact.to is self._standing:
            return
        left, self._standing = self._standing, fact.to
        for installment in self._installments:
            for charge in [each for each in installment.charges if each.collection_type is left]:
                to = self._charge_of(installment, charge.charge_type, fact.to, charge.charge_code)
                cents, paid = charge.charged, charge.paid
                self._placing.carry(charge, fact.to)
                self._add(charge, TRANSFER_RULE, fact.fact_id, -cents)
                self._add(to, TRANSFER_RULE, fact.fact_id, cents)
                charge.paid -= paid
                to.paid += paid
        self._turn_to_current()

    def charge_fee(self, fact: FeeCharged) -> None:
        """Put a fee on the first installment."""
        charge = self._charge(self._installments[0], ChargeType.FEE, fact.charge_code)
        self._add(charge, fact.rule_id, fact.fact_id, fact.amount_cents)

    def waive(self, fact: InterestAndPenaltyWaived) -> None:
        """Take interest and penalty off, as far as they are there, and lock the rest (RECV-020)."""
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
        term = self._interest_term
        assert term is not None
        for installment in self._installments:
            added = installment.accrue(term)
            if added:
                self._add_row(installment.interest, term.rule_id, fact.fact_id, added)
        if self._penalty_term is not None:
            self._penalise(fact.effective_on, self._penalty_term, fact.fact_id)

    def reallocate(self, fact: Reallocated) -> None:
        """Place money that is held; without any, or with nothing open, nothing moves."""
        self._placing.place_held(fact.effective_on, self._standing)

    def _penalise(self, until: date, term: PenaltyTerm, because: UUID | None) -> None:
        for installment in self._installments:
            cents = installment.penalty(until, term)
            if cents:
                charge = self._charge(installment, ChargeType.PENALTY)
                self._add(charge, term.rule_id, because, cents)

    def _turn_to_current(self) -> None:
        """Let new tax and interest go where the bill is carried now."""
        for installment in self._installments:
            installment.tax = self._charge(installment, ChargeType.TAX)
            installment.interest = self._charge(installment, ChargeType.INTEREST)

    def _charge(self, installment: Installment, charge_type: ChargeType, code: str = "") -> Charge:
        """Find the charge that new amounts of a type go on."""
        current = CollectionType.DEFAULTED if self._defaulted else self._standing
        return self._charge_of(installment, charge_type, current, code)

    def _charge_of(
        self, installment: Installment, charge_type: ChargeType, carried: CollectionType, code: str
    ) -> Charge:
        wanted = (charge_type, carried, code)
        for charge in installment.charges:
            if (charge.charge_type, charge.collection_type, charge.charge_code) == wanted:
                return charge
        charge = Charge(installment.number, *wanted)
        installment.charges.append(charge)
        self._placing.add_charges([charge])
        return charge

    def _add(self, charge: Charge, rule_id: str, because: UUID | None, cents: int) -> None:
        if cents:
            charge.charged += cents
            self._add_row(charge, rule_id, because, cents)

    def _add_row(self, charge: Charge, rule_id: str, because: UUID | None, cents: int) -> None:
        self._charges.append(
            ChargeRow(
                charge.installment,
                charge.charge_type,
                charge.collection_type,
                rule_id,
                because,
                cents,
                charge.charge_code,
            )
        )


_HANDLERS: dict[type[Change], Callable[..., None]] = {
    BillCorrected: Fold.correct,
    DefaultDeclared: Fold.default,
    CollectionTypeTransferred: Fold.transfer,
    FeeCharged: Fold.charge_fee,
    InterestAndPenaltyWaived: Fold.waive,
    LockLifted: Fold.lift_lock,
    Reallocated: Fold.reallocate,
    GraceExpired: Fold.end_grace,
}
