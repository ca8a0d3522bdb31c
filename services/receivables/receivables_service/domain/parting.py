"""Moves a bill's due dates, and parts a bill in two halves while it is in half pay."""

from dataclasses import replace
from uuid import UUID

from receivables_service.domain import corrections, half_pay, refunds
from receivables_service.domain.accrual import Accrual
from receivables_service.domain.balances import Installment
from receivables_service.domain.charges import Charge
from receivables_service.domain.correction_terms import BaseDates
from receivables_service.domain.facts import BillCorrected
from receivables_service.domain.half_pay import HALVES, Halves
from receivables_service.domain.half_pay_facts import HalfPayRemoved, HalfPaySet
from receivables_service.domain.terms import ChargeType, InterestStart, Terms

CORRECTION_RULE = "bill-corrected"
HALF_PAY_RULE = "half-pay"


class Parting(Accrual):
    """Knows of what year and district a bill is, and what levy asks of each installment."""

    __slots__ = ("_district", "_halves", "_tax_year", "_terms")

    def __init__(self, terms: Terms) -> None:
        super().__init__(terms)
        self._terms = terms
        self._tax_year: int | None = None
        self._district = ""
        self._halves = Halves()

    def set_half_pay(self, fact: HalfPaySet) -> None:
        """Part a bill of two installments as asked (RECV-068); what is in default stays there."""
        if self._defaulted or len(self._installments) != HALVES:
            return
        self._part(self._halves.set_by(fact, self._installments))
        self._halves = replace(self._halves, pay=fact)
        second = self._installments[1]
        self._carry_fees(half_pay.fees_moved(fact, self._installments), second, fact.fact_id)

    def remove_half_pay(self, fact: HalfPayRemoved) -> None:
        if self._defaulted or self._halves.pay is None:
            return
        self._part(self._halves.restored(fact, self._installments))
        self._halves = replace(self._halves, pay=None)
        first = self._installments[0]
        self._carry_fees(half_pay.fees_back(self._installments), first, fact.fact_id)

    def _as_parted(self, fact: BillCorrected) -> BillCorrected:
        """A correction as it counts while the bill is in half pay, and not in default."""
        halves, self._halves = self._halves, self._halves.corrected(fact)
        return fact if self._defaulted else halves.parted(fact, self._installments)

    def _part(self, parted: BillCorrected) -> None:
        steps = list(corrections.steps(self._installments, parted, defaulted=False))
        self._change_due_dates(parted, steps)
        self._apply(steps, HALF_PAY_RULE, parted.fact_id)

    def _carry_fees(self, moved: list[tuple[Charge, int]], to: Installment, because: UUID) -> None:
        for charge, cents in moved:
            self._add(charge, HALF_PAY_RULE, because, -cents)
            other = self._charge(to, ChargeType.FEE, charge.charge_code)
            self._add(other, HALF_PAY_RULE, because, cents)

    def _change_due_dates(self, fact: BillCorrected, steps: list[tuple[Charge, int]]) -> None:
        """Move due dates from now on: in default, and where the first ones decide on refunds."""
        term = self._rates.interest
        assert term is not None
        for installment, due_on in corrections.new_due_dates(self._installments, fact):
            own = self._base_dates()
            decrease = -sum(cents for charge, cents in steps if charge in installment.charges)
            waived = term.waived_through(self._rates.tax_year, installment.number)
            kept = penalty_off = 0
            if refunds.by_original_due_date(self._terms, fact.effective_on):
                kept = refunds.interest_kept(installment, decrease, term)
                penalty_off = refunds.penalty_of(installment, decrease)
            if term.start is not InterestStart.DUE:
                installment.move_due(due_on, waived)
                continue
            penalty_off += installment.take_monthly_penalty_off()
            begins_on = own.of(installment.number) if own else None
            off = installment.change_due(due_on, begins_on, waived)
            if own is not None and own.whole_bill:
                self._let_the_first_lead()
            for charge, cents in corrections.interest_off(installment, off - kept):
                self._add(charge, CORRECTION_RULE, fact.fact_id, cents)
            for charge, cents in corrections.penalty_off(installment, penalty_off):
                self._add(charge, CORRECTION_RULE, fact.fact_id, cents)

    def _let_the_first_lead(self) -> None:
        first, *others = self._installments
        for each in others:
            each.lead = first if first.modified else None

    def _base_dates(self) -> BaseDates | None:
        assert self._tax_year is not None
        if not self._terms.base_dates.keys:
            return None
        return self._terms.base_dates.at(self._tax_year).get(self._district)
