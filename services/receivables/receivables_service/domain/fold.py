"""The running balance while facts are folded; lives only inside one derivation."""

from datetime import date
from operator import attrgetter
from uuid import UUID

from receivables_service.domain.facts import BillInstallment, BillIssued, PaymentReceived
from receivables_service.domain.state import (
    BillState,
    ChargeRow,
    InstallmentBalance,
    PaymentRow,
    UnappliedRow,
)
from receivables_service.domain.terms import (
    AllocationTerm,
    ChargeType,
    CollectionType,
    InterestTerm,
    Terms,
)
from taxkit.calendar import months_begun
from taxkit.money import times_ratio

BILL_RULE = "bill-issued"
"""The rule of a tax charge: the bill says so."""


class _Charge:
    """What one key of the ledger owes and has been paid so far."""

    __slots__ = ("charge_type", "charged", "collection_type", "installment", "paid", "rank")

    def __init__(
        self, installment: int, charge_type: ChargeType, collection_type: CollectionType
    ) -> None:
        self.installment = installment
        self.charge_type = charge_type
        self.collection_type = collection_type
        self.charged = 0
        self.paid = 0
        self.rank: tuple[int, ...] = ()


class _Installment:
    """One installment's charges, and the interest it has borne so far.

    cent_months is the exact base: open tax times months, added up month by month. Interest is the
    rounding of its product with the rate, so that however often it is posted on the way, the
    postings add up to the rounding of the whole.
    """

    __slots__ = ("cent_months", "due_on", "interest", "months", "number", "tax")

    def __init__(self, demand: BillInstallment) -> None:
        self.number = demand.number
        self.due_on = demand.due_on
        self.tax = _Charge(demand.number, ChargeType.TAX, CollectionType.SECURED)
        self.interest = _Charge(demand.number, ChargeType.INTEREST, CollectionType.SECURED)
        self.months = 0
        self.cent_months = 0

    def accrue(self, until: date, term: InterestTerm) -> int:
        """Charge the months begun since the last time; give the cents this adds."""
        months = months_begun(self.due_on, until)
        if months <= self.months:
            return 0
        self.cent_months += (months - self.months) * (self.tax.charged - self.tax.paid)
        self.months = months
        whole = times_ratio(self.cent_months, term.numerator, term.denominator, term.rounding)
        added = whole - self.interest.charged
        self.interest.charged = whole
        return added

    def balance(self) -> InstallmentBalance:
        return InstallmentBalance(
            number=self.number,
            due_on=self.due_on,
            tax_charged_cents=self.tax.charged,
            tax_open_cents=self.tax.charged - self.tax.paid,
            interest_charged_cents=self.interest.charged,
            interest_open_cents=self.interest.charged - self.interest.paid,
        )


class Fold:
    """Takes facts in the order of their effect and keeps the rows they lead to."""

    __slots__ = (
        "_charges",
        "_installments",
        "_interest_term",
        "_ordered_by",
        "_payable",
        "_payments",
        "_terms",
        "_unapplied",
    )

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._interest_term: InterestTerm | None = None
        self._installments: list[_Installment] = []
        self._payable: list[_Charge] = []
        self._ordered_by: AllocationTerm | None = None
        self._charges: list[ChargeRow] = []
        self._payments: list[PaymentRow] = []
        self._unapplied: list[UnappliedRow] = []

    def issue(self, fact: BillIssued) -> None:
        """Put the demand on the books; a bill is issued once."""
        if self._interest_term is not None:
            raise ValueError(f"the bill was issued already; fact {fact.fact_id} issues it again")
        self._interest_term = self._terms.interest.at(fact.tax_year)
        for demand in fact.installments:
            installment = _Installment(demand)
            installment.tax.charged = demand.amount_cents
            self._installments.append(installment)
            self._payable += (installment.tax, installment.interest)
            if demand.amount_cents:
                self._add_charge(installment.tax, BILL_RULE, fact.fact_id, demand.amount_cents)

    def accrue(self, until: date, because: UUID | None) -> None:
        """Charge interest for every month begun by a date, naming the fact that brings it up."""
        term = self._interest_term
        if term is None:
            return
        for installment in self._installments:
            added = installment.accrue(until, term)
            if added:
                self._add_charge(installment.interest, term.rule_id, because, added)

    def pay(self, fact: PaymentReceived) -> None:
        """Spend a payment on the open charges in the rule's order; the rest stays unapplied."""
        self.accrue(fact.effective_on, fact.fact_id)
        rule = self._terms.allocation.at(fact.effective_on)
        left = fact.amount_cents
        for charge in self._in_order_of(rule):
            part = min(left, charge.charged - charge.paid)
            if part > 0:
                charge.paid += part
                left -= part
                self._add_payment(charge, rule.rule_id, fact, part)
                if not left:
                    return
        self._leave_unapplied(fact, left)

    def state(self) -> BillState:
        return BillState(
            issued=self._interest_term is not None,
            charges=tuple(self._charges),
            payments=tuple(self._payments),
            unapplied=tuple(self._unapplied),
            installments=tuple([each.balance() for each in self._installments]),
        )

    def _in_order_of(self, rule: AllocationTerm) -> list[_Charge]:
        if rule is not self._ordered_by:
            for charge in self._payable:
                charge.rank = rule.rank(
                    charge.installment, charge.charge_type, charge.collection_type
                )
            self._payable.sort(key=attrgetter("rank"))
            self._ordered_by = rule
        return self._payable

    def _add_charge(self, charge: _Charge, rule_id: str, because: UUID | None, cents: int) -> None:
        self._charges.append(
            ChargeRow(
                charge.installment,
                charge.charge_type,
                charge.collection_type,
                rule_id,
                because,
                cents,
            )
        )

    def _add_payment(
        self, charge: _Charge, rule_id: str, fact: PaymentReceived, cents: int
    ) -> None:
        self._payments.append(
            PaymentRow(
                charge.installment,
                charge.charge_type,
                charge.collection_type,
                rule_id,
                fact.fact_id,
                fact.receipt_id,
                cents,
            )
        )

    def _leave_unapplied(self, fact: PaymentReceived, cents: int) -> None:
        rule = self._terms.unapplied.at(fact.effective_on)
        kind = rule.before_bill if self._interest_term is None else rule.overpayment
        self._unapplied.append(
            UnappliedRow(kind, rule.rule_id, fact.fact_id, fact.receipt_id, cents)
        )
