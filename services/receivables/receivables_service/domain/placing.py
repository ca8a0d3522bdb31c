"""Where a bill's money is: on charges in the order of the rule in force, or held on none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date
from fractions import Fraction
from operator import attrgetter
from uuid import UUID

from receivables_service.domain import by_fund, discount_corrections, discounting
from receivables_service.domain.charges import Charge
from receivables_service.domain.discount_facts import DiscountGranted, DiscountRow, Offer
from receivables_service.domain.discounting import Reduction
from receivables_service.domain.facts import MoneyDrawn, PaymentReceived
from receivables_service.domain.state import PaymentRow, UnappliedRow
from receivables_service.domain.terms import AllocationTerm, CollectionType, Terms, UnappliedKind

BY_HAND_RULE = "by-hand"
"""The rule of money that hands put on a charge: the receipt says whose."""


class Placing:
    """Keeps a row for each part of a payment, and moves those that no longer fit.

    Money taken while a bill is not in default belongs to its standing charges, secured or
    unsecured; money taken later to the defaulted ones. It leaves them only when none of them has
    room for it.
    """

    __slots__ = (
        "_defaulted_money",
        "_ordered_by",
        "_payable",
        "_received",
        "_terms",
        "by_fund",
        "discounts",
        "payments",
        "unapplied",
    )

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._payable: list[Charge] = []
        self._ordered_by: AllocationTerm | None = None
        self._received: list[PaymentReceived] = []
        self._defaulted_money: set[UUID] = set()
        # Whether funds share an installment's tax, rather than one charge being all of it.
        self.by_fund = False
        self.payments: list[PaymentRow] = []
        self.unapplied: list[UnappliedRow] = []
        self.discounts: list[DiscountRow] = []

    def add_charges(self, charges: Iterable[Charge]) -> None:
        """Let money be spent on these, too."""
        self._payable += charges
        self._ordered_by = None

    def discount(
        self,
        fact: PaymentReceived,
        grants: Sequence[DiscountGranted],
        specials: Mapping[int, Fraction],
    ) -> discounting.Outcome:
        """Take off the charges what a payment's discounts give, before the payment is placed."""
        asked = fact.allotment
        rule = self._terms.order(fact.effective_on, asked.rule, asked.service)
        found = discounting.outcome(fact, grants, self._in_order_of(rule), specials)
        for each in found.reductions:
            each.charge.paid += each.cents
        return found

    def keep_discounts(
        self, reductions: Sequence[Reduction], reversed_ids: AbstractSet[UUID]
    ) -> None:
        """Keep what stands of a payment's discounts; what was taken back is open again."""
        for each in reductions:
            if each.grant.fact_id in reversed_ids:
                each.charge.paid -= each.cents
            else:
                each.charge.discounted += each.cents
                self.discounts.append(each.row())

    def pay(self, fact: PaymentReceived, *, defaulted: bool) -> int:
        """Spend a payment on the open charges in the rule's order; give what is left of it."""
        self._received.append(fact)
        if defaulted:
            self._defaulted_money.add(fact.fact_id)
        asked = fact.allotment
        rule = self._terms.order(fact.effective_on, asked.rule, asked.service)
        left = fact.amount_cents
        if asked.rows:
            left -= self._pay_by_hand(fact, rule)
        if self.by_fund:
            return self._pay_by_fund(fact, rule, left)
        for charge in self._in_order_of(rule) if left else ():
            part = min(left, charge.charged - charge.paid)
            if part > 0:
                charge.paid += part
                left -= part
                self.payments.append(_row(charge, rule.rule_id, fact, part))
                if not left:
                    break
        return left

    def _pay_by_fund(self, fact: PaymentReceived, rule: AllocationTerm, left: int) -> int:
        for charge, part in by_fund.meet(self._in_order_of(rule), left):
            charge.paid += part
            left -= part
            self._pay_more(charge, rule.rule_id, fact, part)
        return left

    def _pay_by_hand(self, fact: PaymentReceived, rule: AllocationTerm) -> int:
        """Put money where hands put it, as far as it is still asked for there; give how much."""
        left = fact.amount_cents
        for row in fact.allotment.rows:
            wanted = min(left, row.amount_cents)
            meant = [each for each in self._in_order_of(rule) if by_fund.is_meant(each, row, rule)]
            for charge, part in by_fund.meet(meant, wanted):
                charge.paid += part
                left -= part
                self._pay_more(charge, BY_HAND_RULE, fact, part)
        return fact.amount_cents - left

    def hold(self, fact: PaymentReceived, kind: UnappliedKind, rule_id: str, cents: int) -> None:
        """Keep what no charge took."""
        self.unapplied.append(UnappliedRow(kind, rule_id, fact.fact_id, fact.receipt_id, cents))

    def draw(self, drawn: MoneyDrawn, kind: UnappliedKind, rule_id: str) -> None:
        """Take a payment's money away: what is held of it first, then what it paid last."""
        left = drawn.amount_cents
        if left < 0:
            paid = next(fact for fact in self._received if fact.fact_id == drawn.payment_id)
            self._hold_more(paid, kind, rule_id, -left)
            return
        for place, held in enumerate(self.unapplied):
            if held.fact_id == drawn.payment_id:
                part = min(left, held.amount_cents)
                left -= part
                self.unapplied[place] = replace(held, amount_cents=held.amount_cents - part)
        self.unapplied = [row for row in self.unapplied if row.amount_cents]
        for place in reversed(range(len(self.payments))):
            row = self.payments[place]
            if left and row.fact_id == drawn.payment_id:
                part = min(left, row.amount_cents)
                left -= part
                self._charge_under(row).paid -= part
                self.payments[place] = replace(row, amount_cents=row.amount_cents - part)
        self.payments = [row for row in self.payments if row.amount_cents]

    def settle(self, on: date, standing: CollectionType) -> None:
        """Lift what charges have no more room for, place it anew, and hold the rest."""
        lifted = self._lift()
        if self.discounts:
            self._shrink_discounts()
        if not lifted:
            return
        unapplied = self._terms.unapplied.at(on)
        for fact in self._received:
            if fact.fact_id in lifted:
                left = self._place(fact, lifted[fact.fact_id], on, standing)
                if left:
                    self._hold_more(fact, unapplied.overpayment, unapplied.rule_id, left)

    def place_held(self, on: date, standing: CollectionType) -> None:
        """Place money that is held on charges that are open; what finds none stays as it was."""
        held, self.unapplied = self.unapplied, []
        facts = {fact.fact_id: fact for fact in self._received}
        for row in held:
            left = self._place(facts[row.fact_id], row.amount_cents, on, standing)
            if left:
                self.unapplied.append(replace(row, amount_cents=left))

    def carry(self, charge: Charge, to: CollectionType) -> None:
        """Write a charge's payments under another collection type."""
        self.payments = [
            replace(row, collection_type=to) if _is_on(row, charge) else row
            for row in self.payments
        ]
        self.discounts = [
            replace(row, collection_type=to) if _is_on(row, charge) else row
            for row in self.discounts
        ]

    def _lift(self) -> dict[UUID, int]:
        """Take back what is paid beyond the charges, from the latest money first."""
        over = [charge for charge in self._payable if charge.paid > charge.charged]
        if not over:
            return {}
        place = {fact.fact_id: number for number, fact in enumerate(self._received)}
        self.payments.sort(key=lambda row: place[row.fact_id])
        lifted: dict[UUID, int] = {}
        for charge in over:
            for number in reversed(range(len(self.payments))):
                row = self.payments[number]
                part = min(charge.paid - charge.charged, row.amount_cents)
                if part > 0 and _is_on(row, charge):
                    charge.paid -= part
                    lifted[row.fact_id] = lifted.get(row.fact_id, 0) + part
                    self.payments[number] = replace(row, amount_cents=row.amount_cents - part)
        self.payments = [row for row in self.payments if row.amount_cents]
        return lifted

    def lower_discounts(self, offers: Mapping[UUID, Offer]) -> None:
        """Leave discounts what the base that is left gives."""
        under = [self._charge_under(row) for row in self.discounts]
        self.discounts = discount_corrections.lower(self.discounts, under, self._payable, offers)

    def _shrink_discounts(self) -> None:
        """Let go what discounts took off beyond the charge: no money came for it."""
        for place in reversed(range(len(self.discounts))):
            row = self.discounts[place]
            charge = self._charge_under(row)
            part = min(charge.paid - charge.charged, row.amount_cents)
            if part > 0:
                charge.paid -= part
                charge.discounted -= part
                self.discounts[place] = replace(row, amount_cents=row.amount_cents - part)
        self.discounts = [row for row in self.discounts if row.amount_cents]

    def _place(self, fact: PaymentReceived, cents: int, on: date, standing: CollectionType) -> int:
        """Spend money on charges of its own collection type first; give what is left."""
        own = CollectionType.DEFAULTED if fact.fact_id in self._defaulted_money else standing
        rule = self._terms.allocation.at(on)
        for charge, part in by_fund.meet(_own_first(self._in_order_of(rule), own), cents):
            charge.paid += part
            cents -= part
            self._pay_more(charge, rule.rule_id, fact, part)
        return cents

    def _charge_under(self, row: PaymentRow | DiscountRow) -> Charge:
        return next(charge for charge in self._payable if _is_on(row, charge))

    def _pay_more(self, charge: Charge, rule_id: str, fact: PaymentReceived, cents: int) -> None:
        new = _row(charge, rule_id, fact, cents)
        for number, row in enumerate(self.payments):
            if replace(row, amount_cents=cents) == new:
                self.payments[number] = replace(row, amount_cents=row.amount_cents + cents)
                return
        self.payments.append(new)

    def _hold_more(
        self, fact: PaymentReceived, kind: UnappliedKind, rule_id: str, cents: int
    ) -> None:
        for number, row in enumerate(self.unapplied):
            if (row.fact_id, row.kind, row.rule_id) == (fact.fact_id, kind, rule_id):
                self.unapplied[number] = replace(row, amount_cents=row.amount_cents + cents)
                return
        self.hold(fact, kind, rule_id, cents)

    def _in_order_of(self, rule: AllocationTerm) -> list[Charge]:
        if rule is not self._ordered_by:
            for charge in self._payable:
                charge.rank = rule.rank(
                    charge.installment,
                    charge.charge_type,
                    charge.collection_type,
                    charge.charge_code,
                    charge.subcode and by_fund.named(charge.subcode, rule),
                )
            self._payable.sort(key=attrgetter("rank"))
            self._ordered_by = rule
        return self._payable


def _own_first(charges: list[Charge], own: CollectionType) -> Iterator[Charge]:
    yield from (charge for charge in charges if charge.collection_type is own)
    yield from (charge for charge in charges if charge.collection_type is not own)


def _row(charge: Charge, rule_id: str, fact: PaymentReceived, cents: int) -> PaymentRow:
    return PaymentRow(
        charge.installment,
        charge.charge_type,
        charge.collection_type,
        rule_id,
        fact.fact_id,
        fact.receipt_id,
        cents,
        charge.charge_code,
        charge.subcode,
    )


def _is_on(row: PaymentRow | DiscountRow, charge: Charge) -> bool:
    return (
        row.installment,
        row.charge_type,
        row.collection_type,
        row.charge_code,
        row.subcode,
    ) == (
        charge.installment,
        charge.charge_type,
        charge.collection_type,
        charge.charge_code,
        charge.subcode,
    )
