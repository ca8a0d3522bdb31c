"""Levy's law in one jurisdiction, by tax year."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final

from levy_service.domain.billing import BillingTerms, BillMethod, ResidualTo
from levy_service.domain.correction import CorrectionTerms, Spread
from levy_service.domain.duedates import DueRule
from levy_service.domain.increment import IncrementTerms
from levy_service.domain.installments import (
    Due,
    InstallmentPlan,
    OddCents,
    ShareOf,
    SinglePayment,
    check_shares,
)
from levy_service.domain.rates import RateUnit
from taxkit.calendar import BusinessCalendar, Roll
from taxkit.dated import Dated, NoTermInForce
from taxkit.lawpack import Section, Term, load_terms
from taxkit.money import Rounding
from taxkit.packvalues import PackError

LAW_FILE: Final = "levy.yaml"


@dataclass(frozen=True, slots=True)
class DueDates:
    """One year's dates as they were set; `payable_on` where bills say since when they are due."""

    due_on: tuple[date, ...]
    payable_on: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        if not self.due_on or sorted(set(self.due_on)) != list(self.due_on):
            raise ValueError(f"due_on {', '.join(map(str, self.due_on))} is not in ascending order")
        if self.payable_on and len(self.payable_on) != len(self.due_on):
            raise ValueError(f"{len(self.payable_on)} payable_on for {len(self.due_on)} due_on")


@dataclass(frozen=True, slots=True)
class DueRuleLaw:
    """The days of every year, and where they move from weekends and holidays."""

    rule: DueRule
    weekend: Roll


@dataclass(frozen=True, slots=True)
class BillLaw:
    """Steps are what an amount is a multiple of: 1 cent, 100 for whole dollars."""

    method: BillMethod
    total_rounding: Rounding
    line_rounding: Rounding
    residual_to: ResidualTo
    residual_agency_code: str = ""
    total_step_cents: int = 1
    line_step_cents: int = 1

    def __post_init__(self) -> None:
        if (self.residual_to is ResidualTo.AGENCY) is not bool(self.residual_agency_code):
            raise ValueError(
                f"residual_to {self.residual_to}, residual_agency_code"
                f" {self.residual_agency_code!r}: a code for `agency`, and for no other"
            )
        if min(self.total_step_cents, self.line_step_cents) < 1:
            raise ValueError("a step is at least one cent")


@dataclass(frozen=True, slots=True)
class InstallmentLaw:
    """`single_up_to_cents`: bills up to it, it included, are paid in one."""

    shares: tuple[Decimal, ...]
    share_of: ShareOf
    rounding: Rounding
    odd_cents: OddCents
    step_cents: int = 1
    single_up_to_cents: int | None = None

    def __post_init__(self) -> None:
        check_shares(self.shares, self.share_of)
        if self.share_of is ShareOf.PRIOR_YEAR_TOTAL and self.odd_cents is not OddCents.LAST:
            raise ValueError("of estimates the last installment takes the rest: odd_cents is last")
        if self.step_cents < 1:
            raise ValueError("a step is at least one cent")


@dataclass(frozen=True, slots=True)
class CorrectionLaw:
    spread: Spread


@dataclass(frozen=True, slots=True)
class ParcelNumberForm:
    pattern: str

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern {self.pattern!r}: {error}") from error


# Dates set year by year are listed; a law that names month and day gives a rule. Where both are, a
# listed year is an exception to the rule.
SCHEMA: Final = MappingProxyType(
    {
        "due_dates": Section("tax_year", DueDates, exact=True, optional=True),
        "due_rule": Section("tax_year", DueRuleLaw, optional=True),
        "rates": Section("tax_year", RateUnit),
        "bill": Section("tax_year", BillLaw),
        "installments": Section("tax_year", InstallmentLaw),
        "corrections": Section("tax_year", CorrectionLaw),
        "parcel_number": Section("tax_year", ParcelNumberForm),
        "increment": Section("tax_year", IncrementTerms),
    }
)


@dataclass(frozen=True, slots=True)
class YearLaw:
    """What a roll of one tax year is judged and billed by."""

    billing: BillingTerms
    parcel_number: re.Pattern[str]
    increment: IncrementTerms


@dataclass(frozen=True, slots=True)
class Rulebook:
    jurisdiction_id: str
    pack_version: str
    calendar: BusinessCalendar
    due_dates: Dated[int, Term[DueDates]] | None
    due_rule: Dated[int, Term[DueRuleLaw]] | None
    rates: Dated[int, Term[RateUnit]]
    bill: Dated[int, Term[BillLaw]]
    installments: Dated[int, Term[InstallmentLaw]]
    corrections: Dated[int, Term[CorrectionLaw]]
    parcel_number: Dated[int, Term[ParcelNumberForm]]
    increment: Dated[int, Term[IncrementTerms]]

    def year(self, tax_year: int, mailed_on: date | None = None) -> YearLaw:
        """Gather all of a year's law; a year the law on file does not know is refused."""
        form = self.parcel_number.at(tax_year).value
        increment = self.increment.at(tax_year).value
        return YearLaw(self.terms(tax_year, mailed_on), re.compile(form.pattern), increment)

    def terms(self, tax_year: int, mailed_on: date | None = None) -> BillingTerms:
        """Gather what a year's bills need; `mailed_on` is for bills that went out late."""
        bill = self.bill.at(tax_year)
        law = bill.value
        plan, plan_rules = self._plan(tax_year, mailed_on)
        return BillingTerms(
            total_rounding=law.total_rounding,
            line_rounding=law.line_rounding,
            residual_agency_code=law.residual_agency_code,
            plan=plan,
            rule_ids=(bill.rule_id, *plan_rules),
            method=law.method,
            residual_to=law.residual_to,
            total_step_cents=law.total_step_cents,
            line_step_cents=law.line_step_cents,
            rate_unit=self.rates.at(tax_year).value,
        )

    def correction(self, tax_year: int) -> CorrectionTerms:
        """Gather what a correction of a year's bills needs."""
        spread = self.corrections.at(tax_year)
        rule_ids = (self.bill.at(tax_year).rule_id, spread.rule_id)
        return CorrectionTerms(self.terms(tax_year), spread.value.spread, rule_ids)

    def _plan(
        self, tax_year: int, mailed_on: date | None
    ) -> tuple[InstallmentPlan, tuple[str, ...]]:
        parts = self.installments.at(tax_year)
        law = parts.value
        due, single_due, rule_id = self._due(tax_year, mailed_on)
        single = None
        if law.single_up_to_cents is not None:
            # Without a day of its own the whole is due with the first part.
            single = SinglePayment(law.single_up_to_cents, single_due or due[0])
        plan = InstallmentPlan(
            law.shares, law.share_of, law.rounding, law.odd_cents, due, law.step_cents, single
        )
        return plan, (parts.rule_id, rule_id)

    def _due(
        self, tax_year: int, mailed_on: date | None
    ) -> tuple[tuple[Due, ...], Due | None, str]:
        listed = self._listed(tax_year)
        if listed is not None:
            dates = listed.value
            payable = dates.payable_on or (None,) * len(dates.due_on)
            due = tuple(Due(*pair) for pair in zip(dates.due_on, payable, strict=True))
            return due, None, listed.rule_id
        assert self.due_rule is not None, self.jurisdiction_id
        term = self.due_rule.at(tax_year)
        rule, weekend = term.value.rule, term.value.weekend

        def roll(day: date) -> date:
            return self.calendar.roll(day, weekend)

        due = rule.due(tax_year, roll, mailed_on)
        return due, rule.single_due(tax_year, roll, mailed_on), term.rule_id

    def _listed(self, tax_year: int) -> Term[DueDates] | None:
        """A year's own dates; a year that is not listed is refused where there is no rule."""
        if self.due_dates is None:
            return None
        if self.due_rule is not None and tax_year not in self.due_dates.keys:
            return None
        return self.due_dates.at(tax_year)


def load(directory: Path) -> Rulebook:
    """Read levy's file of a jurisdiction's folder; PackError names file, line and field."""
    law = load_terms(directory, LAW_FILE, SCHEMA)
    due_dates = law.by_year_if_there("due_dates", DueDates)
    due_rule = law.by_year_if_there("due_rule", DueRuleLaw)
    if due_dates is None and due_rule is None:
        where = (directory / LAW_FILE, 1)
        raise PackError(where, "due_dates", "neither due_dates nor due_rule", "one of the two")
    found = Rulebook(
        jurisdiction_id=law.jurisdiction.jurisdiction_id,
        pack_version=law.pack_version,
        calendar=law.jurisdiction.business_calendar(),
        due_dates=due_dates,
        due_rule=due_rule,
        rates=law.by_year("rates", RateUnit),
        bill=law.by_year("bill", BillLaw),
        installments=law.by_year("installments", InstallmentLaw),
        corrections=law.by_year("corrections", CorrectionLaw),
        parcel_number=law.by_year("parcel_number", ParcelNumberForm),
        increment=law.by_year("increment", IncrementTerms),
    )
    _check_plans(found, directory / LAW_FILE)
    return found


def _check_plans(rulebook: Rulebook, file: Path) -> None:
    """Shares and dates stand in two sections: a year where they do not fit is refused on load."""
    sections = (rulebook.due_dates, rulebook.due_rule, rulebook.installments)
    years = {year for section in sections if section is not None for year, _ in section}
    for year in sorted(years):
        try:
            rulebook.terms(year)
        except NoTermInForce:
            continue
        except ValueError as error:
            raise PackError(
                (file, 1), "installments", f"{error} in {year}", "shares and dates that go together"
            ) from error
