"""Lets a bill's debt grow: interest and penalty, by rates that facts change on the way."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from receivables_service.domain import acceleration, penalty_runs
from receivables_service.domain.balances import Installment
from receivables_service.domain.interest_terms import InterestBase
from receivables_service.domain.month_starts import next_start
from receivables_service.domain.penalty_schedules import PenaltySchedule
from receivables_service.domain.rate_facts import (
    AccrualDeferred,
    AgencyHolding,
    CodeLifted,
    CodeSet,
    CodeSettled,
    DeferralEnded,
)
from receivables_service.domain.rates import Rates
from receivables_service.domain.sheet import Sheet
from receivables_service.domain.terms import ChargeType, InterestTerm, Terms

_A_DAY = timedelta(days=1)


class Accrual(Sheet):
    """Brings charges up to a date, each time by the rates that hold up to it."""

    __slots__ = ("_deferred_by", "_held_by_agency", "_locked", "_rates", "_turned_on")

    def __init__(self, terms: Terms) -> None:
        super().__init__(terms)
        self._rates = Rates()
        # Interest and penalty stand still: after a waiver, or under plans that put them off.
        self._locked = False
        self._deferred_by: set[str] = set()
        self._held_by_agency = False
        # The last morning on which rates were changed.
        self._turned_on: date | None = None

    def _bring_to(self, day: date, because: UUID, *, morning: bool) -> None:
        """Bring charges up to a fact; what one morning sets and lifts again has held for no day."""
        if not morning:
            self.accrue(day, because)
        elif day != self._turned_on:
            self.accrue(day - _A_DAY, because)
            self._turned_on = day

    def accrue(self, until: date, because: UUID | None) -> None:
        """Charge interest and penalty up to a date, naming the fact that brings them up."""
        if self._rates.interest is None:
            return
        if self._rates.is_plain:
            self._bring_up(until, because)
            return
        while (last_day := self._rates.ends_before(until)) is not None:
            self._merges = True
            self._bring_up_by_months(last_day, because)
            self._turn_rates(last_day, partial(self._rates.end, last_day))
        self._bring_up_by_months(until, because)

    def _bring_up_by_months(self, until: date, because: UUID | None) -> None:
        """Stop where a month begins that bears interest on what came before it, too."""
        term = self._rates.interest
        assert term is not None
        if term.ways.base is not InterestBase.UNPAID_TAX:
            self._merges = True
            while (day := next_start(self._installments, term, until)) is not None:
                self._bring_up_by_steps(day - _A_DAY, because)
                self._bring_up_by_steps(day, because)
        self._bring_up_by_steps(until, because)

    def _bring_up_by_steps(self, until: date, because: UUID | None) -> None:
        """Stop on the days on which a penalty is a part of all that is owed by then."""
        schedule = self._rates.penalty
        if isinstance(schedule, PenaltySchedule) and schedule.has_debt:
            self._merges = True
            of = (self._installments, schedule, self._rates.tax_year, until)
            while not self._stands_still and (day := penalty_runs.next_debt_day(*of)) is not None:
                self._bring_up(day, because)
        self._bring_up(until, because)

    def _bring_up(self, until: date, because: UUID | None) -> None:
        term, stands_still = self._rates.interest, self._stands_still
        assert term is not None
        if self._rates.acceleration is not None:
            acceleration.call_due(self._installments, self._rates.acceleration, term, until)
        for installment in self._installments:
            more = installment.count_months(until, self._rates) or term.ways.rate_when_paid
            if more and not stands_still:
                self._charge_months(installment, term, because)
        if not stands_still:
            self._penalise(until, because)

    def _charge_months(
        self, installment: Installment, term: InterestTerm, because: UUID | None
    ) -> None:
        """Charge the months counted, and the penalty that some laws put beside each."""
        added = installment.accrue(term)
        if added:
            self._add_row(installment.interest, term.rule_id, because, added)
        if term.ways.penalty is not None:
            # A code may bring a penalty of its own under the same rule.
            self._merges = True
            penalty = installment.accrue_penalty(term)
            self._add(self._charge(installment, ChargeType.PENALTY), term.rule_id, because, penalty)

    def _fix_rates(self) -> None:
        """Money fixes the rate of what it met; what stays unpaid bears a later one."""
        term = self._rates.interest
        if term is not None and term.ways.rate_when_paid:
            for installment in self._installments:
                installment.fix(term)

    @property
    def _stands_still(self) -> bool:
        return self._locked or bool(self._deferred_by)

    def _turn_rates(self, on: date, change: Callable[[], None]) -> None:
        """Change what the rates are, and let every installment go on from a day by the new one."""
        before = self._rates.interest
        change()
        now = self._rates.interest
        if before is not None and now is not None and before != now:
            for installment in self._installments:
                installment.turn(before, now, on)

    def _penalise(self, until: date, because: UUID | None) -> None:
        if self._rates.penalty is None and not self._rates.fee_penalty:
            return
        if isinstance(schedule := self._rates.penalty, PenaltySchedule):
            self._fall(schedule, until, because)
        for installment in self._installments:
            for term, cents in installment.penalties(until, self._rates):
                if cents:
                    charge = self._charge(installment, ChargeType.PENALTY)
                    self._add(charge, term.rule_id, because, cents)

    def _fall(self, schedule: PenaltySchedule, until: date, because: UUID | None) -> None:
        fallen: dict[tuple[int, str], int] = {}
        by_number = {each.number: each for each in self._installments}
        of = (self._rates.tax_year, until, self._rates.penalised_part)
        for each in penalty_runs.fall(self._installments, schedule, *of):
            key = (each.installment.number, each.rule_id)
            fallen[key] = fallen.get(key, 0) + each.cents
        for (number, rule_id), cents in fallen.items():
            charge = self._charge(by_number[number], ChargeType.PENALTY)
            self._add(charge, rule_id, because, cents)

    def _catch_up(self, until: date, because: UUID) -> None:
        """Charge what was counted while interest and penalty stood still."""
        term = self._rates.interest
        if term is None or self._stands_still:
            return
        for installment in self._installments:
            self._charge_months(installment, term, because)
        self._penalise(until, because)

    def set_code(self, fact: CodeSet) -> None:
        """Let the code's rates replace the system's (RECV-018)."""
        self._merges = self._merges or fact.through is not None or bool(fact.charge_code)
        self._turn_rates(fact.effective_on - _A_DAY, lambda: self._rates.set_code(fact))

    def lift_code(self, fact: CodeLifted) -> None:
        self._turn_rates(fact.effective_on - _A_DAY, lambda: self._rates.lift_code(fact))

    def settle_code(self, fact: CodeSettled) -> None:
        """Let what a code says now count for all that is not charged yet (RECV-059)."""
        self._turn_rates(fact.effective_on, lambda: self._rates.settle(fact))

    def hold_by_agency(self, fact: AgencyHolding) -> None:
        """Go by the terms of a bill that the tax-sale agency holds, or no longer (RECV-013)."""
        self._held_by_agency = fact.held
        self._turn_rates(fact.effective_on - _A_DAY, lambda: self._rates.hold(fact))

    def defer(self, fact: AccrualDeferred) -> None:
        self._deferred_by.add(fact.plan_number)

    def end_deferral(self, fact: DeferralEnded) -> None:
        """Bring back what a plan put off, or drop it because the plan was kept."""
        if fact.plan_number not in self._deferred_by:
            return
        self._deferred_by.remove(fact.plan_number)
        until, term = fact.effective_on - _A_DAY, self._rates.interest
        if fact.comes_back:
            self._catch_up(until, fact.fact_id)
        elif term is not None and not self._deferred_by:
            for installment in self._installments:
                installment.drop(term, until)
            if isinstance(schedule := self._rates.penalty, PenaltySchedule):
                penalty_runs.forget(self._installments, schedule, self._rates.tax_year, until)
