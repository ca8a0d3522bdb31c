"""Half pay: what is due in two halves, and on which of them later amounts go (RECV-068)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from receivables_service.domain.balances import Installment
from receivables_service.domain.charges import Charge
from receivables_service.domain.facts import (
    BillCorrected,
    BillInstallment,
    FeeCharged,
    InstallmentTarget,
)
from receivables_service.domain.half_pay_facts import HalfPayRemoved, HalfPaySet
from receivables_service.domain.terms import ChargeType

HALVES = 2


@dataclass(frozen=True, slots=True)
class Halves:
    """What levy asks of each installment, and how half pay parts it otherwise while it is set."""

    levied: tuple[BillInstallment | InstallmentTarget, ...] = ()
    pay: HalfPaySet | None = None

    def corrected(self, fact: BillCorrected) -> "Halves":
        """Keep what levy asks from now on; a day it does not name stays."""
        due = {one.number: one.due_on for one in self.levied}
        asked = (replace(one, due_on=one.due_on or due.get(one.number)) for one in fact.targets)
        return replace(self, levied=tuple(sorted(asked, key=lambda each: each.number)))

    def parted(self, fact: BillCorrected, installments: Sequence[Installment]) -> BillCorrected:
        """A correction as it counts under half pay: its days stay, and so may the first half."""
        if self.pay is None:
            return fact
        known = {one.number: one.due_on for one in self.levied}
        targets = [
            replace(one, due_on=None if one.due_on == known.get(one.number) else one.due_on)
            for one in fact.targets
        ]
        if self.pay.first_as_paid and len(targets) == HALVES:
            first, second = sorted(targets, key=lambda each: each.number)
            whole = first.amount_cents + second.amount_cents
            stays = min(_tax_of(installments[0]), whole)
            targets = [
                replace(first, amount_cents=stays),
                replace(second, amount_cents=whole - stays),
            ]
        return replace(fact, targets=tuple(targets))

    def set_by(self, fact: HalfPaySet, installments: Sequence[Installment]) -> BillCorrected:
        """What setting half pay is to the tax: the first half as paid, if so asked, and the days.

        A half that is paid keeps its day: nothing of it can be late any more.
        """
        first, second = installments
        amounts = [_tax_of(first), _tax_of(second)]
        if fact.first_as_paid:
            paid = sum(each.paid for each in first.of_type(ChargeType.TAX))
            amounts = [paid, sum(amounts) - paid]
        days = [fact.first_due_on, fact.second_due_on]
        for place, (one, cents) in enumerate(zip(installments, amounts, strict=True)):
            if cents <= sum(each.paid for each in one.of_type(ChargeType.TAX)):
                days[place] = one.due_on
        return _as_correction(fact, installments, amounts, days)

    def restored(self, fact: HalfPayRemoved, installments: Sequence[Installment]) -> BillCorrected:
        """What levy asks of each half again, by levy's days, of a half that is paid, too."""
        amounts = [one.amount_cents for one in self.levied]
        days = [
            one.due_on or each.due_on for one, each in zip(self.levied, installments, strict=True)
        ]
        return _as_correction(fact, installments, amounts, days)

    def bearers(
        self, fact: FeeCharged, installments: Sequence[Installment]
    ) -> Iterator[tuple[Installment, int]]:
        """On which installments a new fee goes: the first, unless half pay has it otherwise."""
        if self.pay is None or not fact.joins_half_pay or len(installments) != HALVES:
            yield installments[0], fact.amount_cents
            return
        later = fact.amount_cents if self.pay.first_as_paid else fact.amount_cents // HALVES
        if fact.amount_cents - later:
            yield installments[0], fact.amount_cents - later
        if later:
            yield installments[1], later


def fees_moved(fact: HalfPaySet, installments: Sequence[Installment]) -> list[tuple[Charge, int]]:
    """What of the fees that join goes to the second half: half of them, or all that is open."""
    first = installments[0]
    moved = []
    for charge in first.of_type(ChargeType.FEE):
        if charge.charge_code in fact.fees:
            wanted = charge.open_cents if fact.first_as_paid else charge.charged // HALVES
            if cents := min(wanted, charge.open_cents):
                moved.append((charge, cents))
    return moved


def fees_back(installments: Sequence[Installment]) -> list[tuple[Charge, int]]:
    """What is open of the second half's fees: without half pay all are on the first."""
    second = installments[1]
    return [(each, each.open_cents) for each in second.of_type(ChargeType.FEE) if each.open_cents]


def _tax_of(installment: Installment) -> int:
    return sum(each.charged for each in installment.of_type(ChargeType.TAX))


def _as_correction(
    fact: HalfPaySet | HalfPayRemoved,
    installments: Sequence[Installment],
    amounts: Sequence[int],
    days: Sequence[date],
) -> BillCorrected:
    targets = []
    for installment, cents, due_on in zip(installments, amounts, days, strict=True):
        targets.append(InstallmentTarget(installment.number, cents, due_on))
    head: tuple[UUID, date, datetime] = (fact.fact_id, fact.effective_on, fact.recorded_at)
    return BillCorrected(*head, tuple(targets))
