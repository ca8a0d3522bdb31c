"""What a correction takes off which charge or adds to it, and the penalty it suspends."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from receivables_service.domain.balances import Installment
from receivables_service.domain.charges import Charge
from receivables_service.domain.correction_terms import GraceTerm
from receivables_service.domain.facts import BillCorrected
from receivables_service.domain.interest_terms import InterestWays
from receivables_service.domain.terms import ChargeType, CollectionType


def steps(
    installments: Sequence[Installment], fact: BillCorrected, *, defaulted: bool
) -> Iterator[tuple[Charge, int]]:
    """Tell what each tax charge gains, or loses with a minus.

    A bill not in default follows its targets one by one. After default only their sum counts: an
    increase goes on the last installment, a decrease comes off the last and then those before it,
    in each off the defaulted part first (RECV-004).
    """
    targets = {each.number: each.amount_cents for each in fact.targets}
    if sorted(targets) != [each.number for each in installments] or len(targets) < len(
        fact.targets
    ):
        raise ValueError(
            f"correction {fact.fact_id} has targets for {[each.number for each in fact.targets]},"
            f" the bill has installments {[each.number for each in installments]}"
        )
    if not defaulted:
        for each in installments:
            if change := targets[each.number] - each.tax.charged:
                yield each.tax, change
        return
    demanded = sum(
        charge.charged for each in installments for charge in each.of_type(ChargeType.TAX)
    )
    change = sum(targets.values()) - demanded
    if change > 0:
        yield installments[-1].tax, change
    else:
        yield from _off_the_last(installments, -change)


def rolled(fact: BillCorrected, ways: InterestWays) -> BillCorrected:
    """Move the due dates it sets off weekends, where the law does."""
    if not ways.due_rolls:
        return fact
    targets = tuple(
        replace(each, due_on=each.due_on and ways.rolled(each.due_on)) for each in fact.targets
    )
    return replace(fact, targets=targets)


def new_due_dates(
    installments: Sequence[Installment], fact: BillCorrected
) -> Iterator[tuple[Installment, date]]:
    """Tell which installments are due on another day from now on."""
    wanted = {each.number: each.due_on for each in fact.targets}
    for each in installments:
        due_on = wanted.get(each.number)
        if due_on is not None and due_on != each.due_on:
            yield each, due_on


def interest_off(installment: Installment, cents: int) -> Iterator[tuple[Charge, int]]:
    """Take interest charged by former dates off again, as far as it is there."""
    yield from _off(installment, ChargeType.INTEREST, cents)


def unpaid_off(installments: Sequence[Installment]) -> Iterator[tuple[Charge, int]]:
    """Take off whatever interest and penalty nobody has paid."""
    for installment in installments:
        for charge_type in (ChargeType.INTEREST, ChargeType.PENALTY):
            for charge in installment.of_type(charge_type):
                if charge.open_cents > 0:
                    yield charge, -charge.open_cents


def penalty_off(installment: Installment, cents: int) -> Iterator[tuple[Charge, int]]:
    yield from _off(installment, ChargeType.PENALTY, cents)


def _off(
    installment: Installment, charge_type: ChargeType, cents: int
) -> Iterator[tuple[Charge, int]]:
    for charge in newest_first(installment.of_type(charge_type)):
        part = min(cents, charge.charged)
        if part > 0:
            cents -= part
            yield charge, -part


def grant_grace(
    installments: Iterable[Installment],
    unpaid: Sequence[Installment],
    fact: BillCorrected,
    grace: GraceTerm,
) -> Iterator[tuple[Charge, int]]:
    """Suspend the penalty of what was unpaid, and free what is open now for the days of grace.

    An installment that was paid in full keeps the penalty it bore.
    """
    # Until the day its payer was told; the law's days are for a correction that names none.
    free_until = fact.grace_ends_on or fact.effective_on + timedelta(days=grace.days)
    for each in installments:
        if each in unpaid:
            for charge in each.of_type(ChargeType.PENALTY):
                yield charge, -charge.charged
        if each in unpaid or each.tax.open_cents > 0:
            each.free_until = max(each.free_until, free_until)
            each.penalised = False


def grace_ends_on(installments: Iterable[Installment]) -> date | None:
    """Tell the last free day of unpaid tax that a correction freed, the earliest of several."""
    return min(
        (
            each.free_until
            for each in installments
            if each.free_until > each.due_on and not each.penalised and each.tax.open_cents > 0
        ),
        default=None,
    )


def newest_first(charges: Iterable[Charge]) -> list[Charge]:
    """Put a defaulted charge before what it grew out of."""
    return sorted(charges, key=lambda each: each.collection_type is not CollectionType.DEFAULTED)


def _off_the_last(installments: Sequence[Installment], cents: int) -> Iterator[tuple[Charge, int]]:
    for each in reversed(installments):
        for charge in newest_first(each.of_type(ChargeType.TAX)):
            part = min(cents, charge.charged)
            if part:
                cents -= part
                yield charge, -part
