"""What one installment owes and how it grows; lives only inside one derivation."""

from collections.abc import Iterator
from datetime import date

from receivables_service.domain import bearing, moved_dates
from receivables_service.domain.charges import Charge
from receivables_service.domain.counting import (
    counter,
    exact_interest,
    exact_penalty,
    least_interest,
)
from receivables_service.domain.facts import BillInstallment
from receivables_service.domain.interest_terms import ORDINARY
from receivables_service.domain.lateness import Days
from receivables_service.domain.penalty_runs import PenaltyRun
from receivables_service.domain.rates import Rates
from receivables_service.domain.terms import (
    ChargeType,
    CollectionType,
    InterestStart,
    InterestTerm,
    PenaltyTerm,
)
from taxkit.money import times_ratio


class Installment:
    """One installment's charges, and the interest and penalty it has borne so far.

    cent_months is the exact base: open tax times months, added up month by month. Interest is the
    rounding of its product with the rate, so that however often it is posted on the way, the
    postings add up to the rounding of the whole.

    Under one rate after another, or with a fee that bears interest, settled keeps what was counted
    at each of the others; history says month by month on what, for what is refunded later.

    tax and interest are the charges that new amounts go on: the secured ones until the bill
    defaults. Nothing is open but on charges of that collection type.
    """

    __slots__ = (
        "accrued",
        "accrued_penalty",
        "base_on",
        "begins_on",
        "called_after",
        "called_by",
        "called_free",
        "called_until",
        "cent_months",
        "charges",
        "count",
        "defaulted_on",
        "due_on",
        "first_unpaid",
        "free_until",
        "history",
        "interest",
        "interest_after",
        "kept_until",
        "late_after",
        "lead",
        "led_on",
        "modified",
        "months",
        "number",
        "penalised",
        "penalised_on",
        "run",
        "settled",
        "spared",
        "tax",
        "tolerated_until",
        "turned",
    )

    def __init__(
        self,
        demand: BillInstallment,
        interest: InterestTerm,
        carried: CollectionType = CollectionType.SECURED,
        days: Days | None = None,
    ) -> None:
        self.number = demand.number
        self.due_on = days.due_on if days else demand.due_on
        # The day after which months are counted: its own due day, or the first of the bill.
        self.late_after = days.late_after if days else demand.due_on
        self.tax = Charge(demand.number, ChargeType.TAX, carried)
        self.interest = Charge(demand.number, ChargeType.INTEREST, carried)
        self.charges = [self.tax, self.interest]
        self.defaulted_on: date | None = None
        self._begin_counting(interest)
        # A day up to which nothing counts, though months are counted from before it.
        self.tolerated_until = days.tolerated_until if days else None
        # The last day without penalty; corrections push it out.
        self.free_until = days.free_until if days else demand.due_on
        self.penalised = False
        self.penalised_on: tuple[int, PenaltyTerm] | None = None
        # What the steps of a schedule have brought, where the law has one.
        self.run: PenaltyRun | None = None
        # The day it is late after while the whole bill is called due, and the last day it was.
        self.called_after: date | None = None
        self.called_until: date | None = None
        # The first installment, if what is called due goes by the due date it was moved to.
        self.called_by: Installment | None = None
        # From when to when it was in time by a later due date, which counted then.
        self.spared: tuple[tuple[date, date], ...] = ()
        # Whether the due date was changed, and from which day its district then counts.
        self.modified = False
        self.begins_on: date | None = None
        self.base_on: date | None = None
        # The installment whose base date counts for this one, too, while it is unpaid; and the
        # last day it did.
        self.lead: Installment | None = None
        self.led_on: date | None = None

    def _begin_counting(self, interest: InterestTerm) -> None:
        # The last late day it was known to be paid, where its being missed calls others due; and of
        # one that is called due, the last day it bears no penalty for that.
        self.kept_until: date | None = None
        self.called_free = self.due_on
        # The day after which interest runs; none while it does not.
        from_default = interest.start is InterestStart.DEFAULT
        self.interest_after = None if from_default else self.late_after
        self.count = counter(interest)
        self.months = 0
        self.cent_months = 0
        self.accrued = self.accrued_penalty = self.first_unpaid = 0
        self.settled: dict[InterestTerm, int] = {}
        self.history: list[tuple[int, int, InterestTerm]] = []
        # Rates that ended while nothing of it counted, each with the months there were by then.
        self.turned: list[tuple[int, InterestTerm]] = []

    def move_due(self, due_on: date, waived: date | None) -> None:
        """Be due on another day; an ordinance's last day free of interest stays what it was."""
        self.due_on, self.late_after = due_on, max(due_on, waived or due_on)
        self.free_until = max(self.free_until, self.late_after)

    def change_due(self, due_on: date, begins_on: date | None, waived: date | None) -> int:
        """Count interest anew from the district's day, once the month of the new due date is over.

        Gives the interest that was charged by the old dates and has to come off (RECV-015).
        """
        self.move_due(due_on, waived)
        self.modified, self.begins_on = True, begins_on
        self.months = self.cent_months = self.first_unpaid = 0
        self.led_on = None
        self.settled, self.history, self.turned = {}, [], []
        off, self.accrued = self.accrued, 0
        return off

    @property
    def open_cents(self) -> int:
        return sum(charge.charged - charge.paid for charge in self.charges)

    def count_months(self, until: date, rates: Rates) -> bool:
        """Count the months come since the last time on the tax now open; tell if there are any."""
        term = rates.interest
        assert term is not None
        months = self.months_by(until, term)
        if months <= self.months:
            return False
        come = months - self.months
        plain = term.ways is ORDINARY
        unpaid = self.tax.charged - self.tax.paid if plain else bearing.unpaid(self, term)
        if not self.months:
            self.first_unpaid = unpaid
        self.months = months
        at_term = come if not self.turned else bearing.count_turned(self, come, unpaid)
        self.cent_months += at_term * unpaid
        self.history.append((at_term, unpaid, term))
        if rates.fee_interest:
            for charge in self.of_type(ChargeType.FEE):
                of_fee = rates.fee_interest.get(charge.charge_code)
                if of_fee is not None:
                    counted = self.settled.get(of_fee, 0)
                    self.settled[of_fee] = counted + come * charge.open_cents
        return True

    def months_by(self, until: date, term: InterestTerm) -> int:
        if self.tolerated_until is not None and self._is_tolerated(until, self.tolerated_until):
            return 0
        return self._months_since(until, term)

    def _months_since(self, until: date, term: InterestTerm) -> int:
        """Count on days on which nothing counts, too."""
        if self.modified or self.called_by is not None:
            months = moved_dates.months(self, until, term)
        elif self.interest_after is None:
            return 0
        else:
            months = self.count(self.interest_after, until)
        return max(0, months - term.free_months) if term.free_months else months

    def _is_tolerated(self, until: date, last: date) -> bool:
        return (until <= last and self.called_after is None) or self.is_spared(until)

    def is_spared(self, until: date) -> bool:
        return bool(self.spared) and any(first <= until <= last for first, last in self.spared)

    def is_late(self, until: date) -> bool:
        """Whether a day is after the last free one."""
        return until > self.free_until and not self.is_spared(until)

    def turn(self, before: InterestTerm, now: InterestTerm, on: date) -> None:
        """Go on by another term after a day; what was counted up to it stays as it was."""
        if not (before.ways.rate_when_paid and now.ways.rate_when_paid):
            self.fix(before)
            if self.tolerated_until is not None and self._is_tolerated(on, self.tolerated_until):
                self.turned.append((self._months_since(on, before), before))
        if (before.counting, before.start, before.free_months, before.ways) != (
            now.counting,
            now.start,
            now.free_months,
            now.ways,
        ):
            from_default = now.start is InterestStart.DEFAULT
            late_after = self.called_after or self.late_after
            self.interest_after = self.defaulted_on if from_default else late_after
            self.count = counter(now)
            if not self.is_spared(on):
                self.months = self.months_by(on, now)

    def fix(self, term: InterestTerm) -> None:
        """Keep what was counted so far at a term's rate, whatever comes."""
        if self.cent_months:
            self.settled[term] = self.settled.get(term, 0) + self.cent_months
            self.cent_months = 0

    def default(self, on: date) -> None:
        self.defaulted_on = on
        if self.interest_after is None:
            self.interest_after = on

    def accrue(self, term: InterestTerm) -> int:
        """Charge the interest of the months counted; give the cents this adds."""
        added = self._whole(term) - self.accrued
        self.accrued += added
        self.interest.charged += added
        return added

    def accrue_penalty(self, term: InterestTerm) -> int:
        """Give the cents that the months counted add to the penalty beside their interest."""
        added = exact_penalty(self._counted(term), term) - self.accrued_penalty
        self.accrued_penalty += added
        return added

    def take_monthly_penalty_off(self) -> int:
        off, self.accrued_penalty = self.accrued_penalty, 0
        return off

    def drop(self, term: InterestTerm, until: date) -> None:
        """Let go what was counted and not charged, and a penalty that did not fall meanwhile."""
        self.accrued = self._whole(term)
        self.accrued_penalty = exact_penalty(self._counted(term), term)
        if until > self.free_until:
            self.penalised = True

    def _whole(self, term: InterestTerm) -> int:
        if self.settled or term.ways is not ORDINARY:
            counted = self._counted(term)
            least = least_interest(counted, term, self.first_unpaid)
            return max(least, exact_interest(counted, term))
        return times_ratio(self.cent_months, term.numerator, term.denominator, term.rounding)

    def _counted(self, term: InterestTerm) -> dict[InterestTerm, int]:
        counted = dict(self.settled)
        counted[term] = counted.get(term, 0) + self.cent_months
        return counted

    @property
    def last_free_day(self) -> date:
        return max((self.free_until, *(last for _, last in self.spared)))

    @property
    def penalty_after(self) -> date:
        """The last day without penalty."""
        if self.called_after is None or self.free_until > self.due_on:
            return self.free_until
        return self.called_free

    def penalties(self, until: date, rates: Rates) -> Iterator[tuple[PenaltyTerm, int]]:
        """Give the penalties that a day after the last free one brings, once."""
        if self.penalised or until <= self.penalty_after or self.is_spared(until):
            return
        self.penalised = True
        if isinstance(term := rates.penalty, PenaltyTerm):
            numerator, below = rates.penalised_part.as_integer_ratio()
            unpaid = self.tax.open_cents * numerator
            self.penalised_on = (unpaid // below, term)
            yield term, times_ratio(unpaid, term.numerator, term.denominator * below, term.rounding)
        for charge in self.of_type(ChargeType.FEE) if rates.fee_penalty else ():
            if (own := rates.fee_penalty.get(charge.charge_code)) is not None:
                unpaid = charge.open_cents
                yield own, times_ratio(unpaid, own.numerator, own.denominator, own.rounding)

    def of_type(self, charge_type: ChargeType) -> list[Charge]:
        return [each for each in self.charges if each.charge_type is charge_type]
