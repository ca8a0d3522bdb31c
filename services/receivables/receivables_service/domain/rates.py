"""What a bill's interest and penalty are counted by at a time: its class, its codes, its basis."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from receivables_service.domain.acceleration import AccelerationTerm
from receivables_service.domain.facts import BillCorrected, BillIssued
from receivables_service.domain.interest_terms import ORDINARY, InterestWays
from receivables_service.domain.payment_terms import NO_GROUP, BillingDate, BillLaw, TermsGroup
from receivables_service.domain.penalty_schedules import PenaltySchedule
from receivables_service.domain.rate_facts import AgencyHolding, CodeLifted, CodeSet, CodeSettled
from receivables_service.domain.terms import (
    BasisTerm,
    CollectionType,
    InterestBasis,
    InterestTerm,
    PenaltyTerm,
    Terms,
)

_WHOLE = Fraction(1)


class Rates:
    """Follows the facts; interest and penalty are what holds now, none before the issue."""

    __slots__ = (
        "_base",
        "_codes",
        "_dates",
        "_fee_codes",
        "_group",
        "_held",
        "_on",
        "_settings",
        "_table",
        "acceleration",
        "defaults",
        "fee_interest",
        "fee_penalty",
        "full",
        "interest",
        "interest_part",
        "is_plain",
        "penalised_part",
        "penalty",
        "tax_year",
    )

    def __init__(self) -> None:
        self._base: BillLaw | None = None
        self._group: TermsGroup = NO_GROUP
        self._held = False
        self._dates: dict[BillingDate, date] = {}
        self._codes: dict[str, CodeSet] = {}
        self._fee_codes: dict[tuple[str, str], CodeSet] = {}
        self._settings: dict[str, CodeSettled] = {}
        # The last day brought up to, and the rates that change with time.
        self._on = date.min
        self._table: InterestWays = ORDINARY
        # The full basis, while the bill goes by it.
        self.full: BasisTerm | None = None
        self.interest: InterestTerm | None = None
        self.penalty: PenaltyTerm | PenaltySchedule | None = None
        self.acceleration: AccelerationTerm | None = None
        self.tax_year = 0
        # No rate ends, and neither interest nor penalty asks for what came before: most bills.
        self.is_plain = True
        # The parts of the tax that bear penalty and interest.
        self.penalised_part = self.interest_part = _WHOLE
        self.defaults = True
        self.fee_interest: dict[str, InterestTerm] = {}
        self.fee_penalty: dict[str, PenaltyTerm] = {}

    @property
    def carried(self) -> CollectionType:
        return self._group.carried

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted({*self._codes, *(code for _, code in self._fee_codes)}))

    def issue(self, fact: BillIssued, terms: Terms, basis: InterestBasis) -> None:
        """Begin with the law of the bill's year, its class and its basis."""
        self.tax_year = fact.tax_year
        if fact.unpenalised_cents:
            self.penalised_part = _part_without(fact.unpenalised_cents, fact)
        if fact.interest_free_cents:
            self.interest_part = _part_without(fact.interest_free_cents, fact)
        interest = terms.interest.at(fact.tax_year)
        if basis is InterestBasis.FULL and (full := terms.basis(fact.tax_year)) is not None:
            interest, self.full = full.full, full
        self._base = BillLaw(interest, terms.penalty.at(fact.tax_year))
        if terms.payment_terms.keys:
            self._group = terms.payment_terms.at(fact.tax_year).group_of(
                fact.bill_class, fact.property_class
            )
        due = [each.due_on for each in fact.installments]
        self._on = min(due)
        self._dates = {
            BillingDate.ISSUED: fact.effective_on,
            BillingDate.FIRST_DUE: min(due),
            BillingDate.LAST_DUE: max(due),
            BillingDate.ORIGINAL_FIRST_DUE: min(due),
            BillingDate.ORIGINAL_LAST_DUE: max(due),
        }
        self._choose()

    def correct(self, fact: BillCorrected, due: list[date]) -> None:
        """Compare dates anew after a correction."""
        self._dates[BillingDate.CORRECTED] = fact.effective_on
        self._dates[BillingDate.FIRST_DUE] = min(due)
        self._dates[BillingDate.LAST_DUE] = max(due)
        self._choose()

    def were_due(self, due: Collection[date]) -> None:
        """Remember the due dates a bill was issued with, where it is told again with others."""
        self._dates[BillingDate.ORIGINAL_FIRST_DUE] = min(due)
        self._dates[BillingDate.ORIGINAL_LAST_DUE] = max(due)
        self._choose()

    def hold(self, fact: AgencyHolding) -> None:
        self._held = fact.held
        self._choose()

    def settle(self, fact: CodeSettled) -> None:
        """Go by what a code says now, wherever it is on (RECV-059)."""
        self._settings[fact.code] = fact
        self._choose()

    def set_code(self, fact: CodeSet) -> None:
        """Put a code on; of several with rates the last one set counts (Q-35)."""
        if fact.charge_code:
            self._fee_codes.pop((fact.charge_code, fact.code), None)
            self._fee_codes[fact.charge_code, fact.code] = fact
        else:
            self._codes.pop(fact.code, None)
            self._codes[fact.code] = fact
        self._choose()

    def lift_code(self, fact: CodeLifted) -> None:
        if fact.charge_code:
            self._fee_codes.pop((fact.charge_code, fact.code), None)
        else:
            self._codes.pop(fact.code, None)
        self._choose()

    def ends_before(self, day: date) -> date | None:
        """Tell the earliest last day of a code, or of a rate, that is over on a day."""
        if not self._codes and not self._fee_codes and not self._table.rates:
            return None
        last = [
            each.through
            for each in (*self._codes.values(), *self._fee_codes.values())
            if each.through is not None and each.through < day
        ]
        if (end := self._table.rate_ends_before(self._on, day)) is not None:
            last.append(end)
        return min(last, default=None)

    def end(self, last_day: date) -> None:
        """Take off the codes whose last day this is; rates are those of the day after."""
        self._on = max(self._on, last_day + timedelta(days=1))
        self._codes = {code: each for code, each in self._codes.items() if each.through != last_day}
        self._fee_codes = {
            key: each for key, each in self._fee_codes.items() if each.through != last_day
        }
        self._choose()

    def _choose(self) -> None:
        if self._base is None:
            return
        law = self._in_force(self._base)
        self.defaults = law.defaults
        self.interest, self.penalty = law.interest, law.penalty
        self.acceleration = law.acceleration
        for each in self._codes.values():
            if (monthly := self._monthly(each)) is not None:
                self.interest = interest_of(*monthly, law.interest)
            if (penalty := self._penalty(each)) is not None:
                self.penalty = penalty_of(*penalty, law)
        if self.interest_part is not _WHOLE:
            self.interest = part_of(self.interest, self.interest_part)
        self.is_plain = not (self._codes or self._fee_codes) and (
            self.interest.ways is ORDINARY and not isinstance(self.penalty, PenaltySchedule)
        )
        self.fee_interest, self.fee_penalty = {}, {}
        for each in self._fee_codes.values():
            if (monthly := self._monthly(each)) is not None:
                self.fee_interest[each.charge_code] = interest_of(*monthly, law.interest)
            if (penalty := self._penalty(each)) is not None:
                self.fee_penalty[each.charge_code] = penalty_of(*penalty, law)

    def _in_force(self, law: BillLaw) -> BillLaw:
        """The law of the year, or what the first rule that applies says instead, on this day."""
        for rule in self._group.rules:
            if rule.applies(held=self._held, dates=self._dates):
                law = rule.of(law)
                break
        self._table = law.interest.ways
        if not self._table.rates:
            return law
        return replace(law, interest=rated(law.interest, self._on))

    def _monthly(self, code: CodeSet) -> tuple[str, Decimal] | None:
        """The rule and rate of a code on the bill: its own there, else what the code says."""
        if code.monthly_rate is not None:
            return f"code/{code.code}", code.monthly_rate
        said = self._settings.get(code.code)
        if said is None or said.monthly_rate is None:
            return None
        return f"code/{code.code}/{said.version}", said.monthly_rate

    def _penalty(self, code: CodeSet) -> tuple[str, Decimal] | None:
        if code.penalty_rate is not None:
            return f"code/{code.code}", code.penalty_rate
        said = self._settings.get(code.code)
        if said is None or said.penalty_rate is None:
            return None
        return f"code/{code.code}/{said.version}", said.penalty_rate


def _part_without(cents: int, fact: BillIssued) -> Fraction:
    whole = sum(each.amount_cents for each in fact.installments)
    return Fraction(whole - cents, whole)


def rated(term: InterestTerm, on: date) -> InterestTerm:
    """Give a law that has one rate after another the rate of a day."""
    if not term.ways.rates:
        return term
    rate = term.ways.rate_on(on)
    return replace(
        term,
        rule_id=f"{term.rule_id}/{rate.from_on}",
        numerator=rate.numerator,
        denominator=rate.denominator,
    )


def part_of(term: InterestTerm, part: Fraction) -> InterestTerm:
    """Let a part of the tax bear interest, as if the rate of all of it were so much lower."""
    numerator, denominator = term.ways.minimum_part
    least = Fraction(numerator, denominator) * part
    return replace(
        term,
        numerator=term.numerator * part.numerator,
        denominator=term.denominator * part.denominator,
        ways=replace(term.ways, minimum_part=least.as_integer_ratio()),
    )


def interest_of(rule_id: str, rate: Decimal, system: InterestTerm) -> InterestTerm:
    """The system's way of counting at the code's rate (RECV-018)."""
    numerator, denominator = rate.as_integer_ratio()
    ways = (
        replace(system.ways, rates=(), rate_when_paid=False) if system.ways.rates else system.ways
    )
    return replace(system, rule_id=rule_id, numerator=numerator, denominator=denominator, ways=ways)


def penalty_of(rule_id: str, rate: Decimal, law: BillLaw) -> PenaltyTerm:
    """The code's part of the tax, whatever the system's is."""
    rounding = law.penalty.rounding if law.penalty else law.interest.rounding
    return PenaltyTerm(rule_id, *rate.as_integer_ratio(), rounding)
