"""What a schedule of penalties has brought on an installment so far, and what it brings next."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from receivables_service.domain.penalty_schedules import PenaltyBase, PenaltySchedule, PenaltyStep
from receivables_service.domain.terms import ChargeType
from taxkit.money import Rounding, times_ratio

if TYPE_CHECKING:
    from receivables_service.domain.balances import Installment

_NOTHING = Fraction(0)


class Fallen(NamedTuple):
    """A penalty that has fallen on an installment, and under which rule."""

    installment: "Installment"
    rule_id: str
    cents: int


class PenaltyRun:
    """The exact sums behind the penalties charged: postings add up to the rounding of them."""

    __slots__ = (
        "bill_when_late",
        "charged",
        "counted",
        "debt_charged",
        "debt_counted",
        "debt_rate",
        "debt_seen",
        "history",
        "rate",
        "rounding",
        "taken",
        "tax_when_late",
    )

    def __init__(self, tax_when_late: int, bill_when_late: int, rounding: Rounding) -> None:
        self.rounding = rounding
        self.tax_when_late = tax_when_late
        self.bill_when_late = bill_when_late
        self.rate = self.counted = _NOTHING
        self.charged = 0
        self.debt_rate = self.debt_counted = _NOTHING
        self.debt_charged = self.debt_seen = 0
        # Which steps have come, by their place in the schedule and their day; and of how much.
        self.taken: set[tuple[int, date]] = set()
        self.history: list[tuple[Fraction, int]] = []

    def penalty_of(self, decrease: int) -> int:
        """The part of the penalties that a decrease of the tax would not have brought."""
        less = sum((rate * min(base, max(0, decrease)) for rate, base in self.history), _NOTHING)
        whole, rest = (_cents(part, self.rounding) for part in (self.counted, self.counted - less))
        return whole - rest

    def count(self, exact: Fraction, schedule: PenaltySchedule) -> int:
        """Add an exact amount; give the cents this brings."""
        self.counted += exact
        if schedule.rounds_steps:
            added = _cents(exact, schedule.rounding)
        else:
            added = _cents(self.counted, schedule.rounding) - self.charged
        self.charged += added
        return added

    def count_debt(self, exact: Fraction, rounding: Rounding) -> int:
        self.debt_counted += exact
        added = _cents(self.debt_counted, rounding) - self.debt_charged
        self.debt_charged += added
        return added


class Due(NamedTuple):
    """A step that has come on an installment: by its day, then the installment, then its place."""

    day: date
    number: int
    place: int


def fall(
    installments: Sequence["Installment"],
    schedule: PenaltySchedule,
    tax_year: int,
    until: date,
    part: Fraction,
) -> list[Fallen]:
    """Give what the steps up to a day bring that have not come before, on a part of the tax."""
    by_number = {each.number: each for each in installments}
    fallen: list[Fallen] = []
    for due in _due(installments, schedule, tax_year, until):
        installment, step = by_number[due.number], schedule.steps[due.place]
        run = installment.run
        assert run is not None
        run.taken.add((due.place, due.day))
        if step.earlier_unpaid and not _earlier_is_unpaid(installments, installment):
            continue
        if step.base is PenaltyBase.UNPAID_DEBT:
            fresh = sum(each.cents for each in fallen if each.installment is installment)
            cents = _take_debt(run, installment, step, schedule, fresh)
        else:
            cents = _take(run, Taken(installment, installments, step, part), schedule)
        if cents:
            fallen.append(Fallen(installment, schedule.rule_of(step), cents))
    if schedule.has_debt:
        fallen += _followed(installments, schedule)
    return fallen


def forget(
    installments: Sequence["Installment"], schedule: PenaltySchedule, tax_year: int, until: date
) -> None:
    """Let steps up to a day pass without their penalty, as if it had been charged and dropped."""
    for due in _due(installments, schedule, tax_year, until):
        for each in installments:
            if each.number == due.number and each.run is not None:
                each.run.taken.add((due.place, due.day))
                step = schedule.steps[due.place]
                if step.base is not PenaltyBase.UNPAID_DEBT:
                    each.run.rate = _rate_after(each.run.rate, step, schedule)


def next_debt_day(
    installments: Sequence["Installment"], schedule: PenaltySchedule, tax_year: int, until: date
) -> date | None:
    """The earliest day up to one on which a step on the whole debt comes; interest comes first."""
    days = [
        day
        for each in installments
        for place, step in enumerate(schedule.steps)
        if step.base is PenaltyBase.UNPAID_DEBT and _is_for(step, each)
        for day in step.days(tax_year, each.penalty_after, until)
        if (not each.penalised or each.run is None or (place, day) not in each.run.taken)
        and not each.is_spared(day)
    ]
    return min(days, default=None)


def _due(
    installments: Sequence["Installment"], schedule: PenaltySchedule, tax_year: int, until: date
) -> list[Due]:
    found: list[Due] = []
    for each in installments:
        late_after = each.penalty_after
        if until <= late_after or each.is_spared(until):
            continue
        if each.run is None or not each.penalised:
            bill = sum(one.tax.open_cents for one in installments)
            each.run = PenaltyRun(each.tax.open_cents, bill, schedule.rounding)
            each.penalised = True
        for place, step in enumerate(schedule.steps):
            if _is_for(step, each):
                days = step.days(tax_year, late_after, until)
                found += [
                    Due(day, each.number, place)
                    for day in days
                    if (place, day) not in each.run.taken
                ]
    return sorted(found)


def _is_for(step: PenaltyStep, installment: "Installment") -> bool:
    return not step.installments or installment.number in step.installments


class Taken(NamedTuple):
    """A step that comes on an installment of a bill, and the part of its tax that it is on."""

    installment: "Installment"
    installments: Sequence["Installment"]
    step: PenaltyStep
    part: Fraction


def _take(run: PenaltyRun, of: Taken, schedule: PenaltySchedule) -> int:
    rate = _rate_after(run.rate, of.step, schedule)
    more, run.rate = (rate - run.rate) * of.part, rate
    if of.step.whole_bill_rate is not None and _is_whole(of.installments):
        exact = _of_whole_bill(of.installments, of.step.whole_bill_rate * of.part) - run.counted
    else:
        base = _base(run, of)
        run.history.append((more, base))
        exact = more * base
    return run.count(exact, schedule) if exact > 0 else 0


def _of_whole_bill(installments: Sequence["Installment"], rate: Fraction) -> Fraction:
    """What is left of the whole bill's penalty for its last installment."""
    whole = rate * sum(each.tax.open_cents for each in installments)
    *others, _ = installments
    return whole - sum((each.run.counted for each in others if each.run is not None), _NOTHING)


def _earlier_is_unpaid(installments: Sequence["Installment"], installment: "Installment") -> bool:
    earlier = (each for each in installments if each.number < installment.number)
    return any(each.open_cents > 0 for each in earlier)


def _is_whole(installments: Sequence["Installment"]) -> bool:
    """Nothing of any is paid, and all are alike but for an odd cent.

    A table's percentage of the whole bill is the mean of its halves'; of unlike ones it is not.
    """
    taxes = [each.tax.open_cents for each in installments]
    if not min(taxes) or max(taxes) - min(taxes) > 1:
        return False
    return not any(each.tax.paid for each in installments)


def _base(run: PenaltyRun, of: Taken) -> int:
    of_bill = of.step.base is PenaltyBase.UNPAID_TAX_OF_BILL
    owing = of.installments if of_bill else (of.installment,)
    still = sum(each.tax.open_cents for each in owing)
    if of.step.when_late and still:
        return run.bill_when_late if of_bill else run.tax_when_late
    return still


def _rate_after(rate: Fraction, step: PenaltyStep, schedule: PenaltySchedule) -> Fraction:
    wanted = max(rate, step.rate) if step.reaches else rate + step.rate
    return wanted if schedule.cap is None else max(rate, min(wanted, schedule.cap))


def _take_debt(
    run: PenaltyRun,
    installment: "Installment",
    step: PenaltyStep,
    schedule: PenaltySchedule,
    fresh: int,
) -> int:
    """Count a part of the whole debt, fresh penalties included that are not charged yet."""
    if not installment.tax.open_cents:
        return 0
    kinds = (ChargeType.TAX, ChargeType.INTEREST, ChargeType.PENALTY)
    debt = fresh + sum(each.open_cents for each in installment.charges if each.charge_type in kinds)
    if step.follows:
        run.debt_rate, run.debt_seen = step.rate, _grown(run, installment)
    return run.count_debt(step.rate * debt, schedule.rounding)


def _followed(installments: Sequence["Installment"], schedule: PenaltySchedule) -> list[Fallen]:
    """Give what later interest and penalties add to a step that follows the debt."""
    step = next(each for each in schedule.steps if each.base is PenaltyBase.UNPAID_DEBT)
    fallen: list[Fallen] = []
    for each in installments:
        run = each.run
        if run is None or not each.penalised or not run.debt_rate:
            continue
        more, run.debt_seen = _grown(run, each) - run.debt_seen, _grown(run, each)
        if more > 0 and (cents := run.count_debt(run.debt_rate * more, schedule.rounding)):
            fallen.append(Fallen(each, schedule.rule_of(step), cents))
    return fallen


def _grown(run: PenaltyRun, installment: "Installment") -> int:
    return installment.accrued + run.charged


def _cents(exact: Fraction, rounding: Rounding) -> int:
    return times_ratio(exact.numerator, 1, exact.denominator, rounding)
