"""Levy's law in one jurisdiction, by tax year."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from levy_service.domain.billing import BillingTerms
from levy_service.domain.correction import CorrectionTerms
from levy_service.domain.credits import NO_CREDITS, CreditTerms
from levy_service.domain.increment import IncrementTerms
from levy_service.domain.installments import Due, InstallmentPlan, SinglePayment
from levy_service.domain.rates import RateUnit
from levy_service.domain.valuation import ValueTerms
from levy_service.law_rows import (
    LAW_FILE,
    SCHEMA,
    BillLaw,
    ClassesLaw,
    ClassLaw,
    CorrectionLaw,
    DueDates,
    DueRuleLaw,
    InstallmentLaw,
    ParcelNumberForm,
)
from taxkit.calendar import BusinessCalendar
from taxkit.dated import Dated, NoTermInForce
from taxkit.lawpack import LawFile, Term, load_terms
from taxkit.packvalues import PackError

# Due dates lie up to a few years later, and must be dates.
_YEAR_MAX: Final = 9000
# What the roll brings is the net value.
AS_ON_THE_ROLL: Final = ValueTerms((), {})


@dataclass(frozen=True, slots=True)
class YearLaw:
    """What a roll of one tax year is judged and billed by."""

    billing: BillingTerms
    parcel_number: re.Pattern[str]
    increment: IncrementTerms
    value: ValueTerms


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
    value: Dated[int, Term[ValueTerms]] | None
    credits: Dated[int, Term[CreditTerms]] | None
    classes: Dated[int, Term[ClassesLaw]] | None

    def year(self, tax_year: int, mailed_on: date | None = None, bill_class: str = "") -> YearLaw:
        """Gather all of a year's law; a year the law on file does not know is refused."""
        form = self.parcel_number.at(tax_year).value
        value = self.value.at(tax_year).value.in_year(tax_year) if self.value else AS_ON_THE_ROLL
        return YearLaw(
            self.terms(tax_year, mailed_on, bill_class),
            re.compile(form.pattern),
            self.increment.at(tax_year).value,
            value,
        )

    def terms(
        self, tax_year: int, mailed_on: date | None = None, bill_class: str = ""
    ) -> BillingTerms:
        """Gather what a year's bills need; `mailed_on` is for bills that went out late."""
        if tax_year > _YEAR_MAX:
            raise NoTermInForce(f"{self.jurisdiction_id}: no calendar has a year {tax_year}")
        bill = self.bill.at(tax_year)
        own = self._of_class(tax_year, bill_class)
        law = own.bill or bill.value
        plan, plan_rules = self._plan(tax_year, mailed_on, own)
        classed = [self.classes.at(tax_year).rule_id] if self.classes and own != ClassLaw() else []
        return BillingTerms(
            total_rounding=law.total_rounding,
            line_rounding=law.line_rounding,
            residual_agency_code=law.residual_agency_code,
            plan=plan,
            rule_ids=tuple(dict.fromkeys((bill.rule_id, *plan_rules, *classed))),
            method=law.method,
            residual_to=law.residual_to,
            total_step_cents=law.total_step_cents,
            line_step_cents=law.line_step_cents,
            rate_unit=self.rates.at(tax_year).value,
            credits=self.credits.at(tax_year).value if self.credits else NO_CREDITS,
        )

    def correction(self, tax_year: int, bill_class: str = "") -> CorrectionTerms:
        """Gather what a correction of a year's bills needs."""
        spread = self.corrections.at(tax_year)
        rule_ids = (self.bill.at(tax_year).rule_id, spread.rule_id)
        terms = self.terms(tax_year, bill_class=bill_class)
        law = spread.value
        return CorrectionTerms(terms, law.spread, rule_ids, law.grace_days)

    def _of_class(self, tax_year: int, bill_class: str) -> ClassLaw:
        found = self.classes.at(tax_year).value.of if self.classes else {}
        return found.get(bill_class, ClassLaw())

    def _plan(
        self, tax_year: int, mailed_on: date | None, own: ClassLaw
    ) -> tuple[InstallmentPlan, tuple[str, ...]]:
        parts = self.installments.at(tax_year)
        law = own.installments or parts.value
        due, single_due, rule_id = self._due(tax_year, mailed_on, own)
        single = None
        if law.single_up_to_cents is not None:
            # Without a day of its own the whole is due with the first part.
            single = SinglePayment(law.single_up_to_cents, single_due or due[0])
        plan = InstallmentPlan(
            law.shares, law.share_of, law.rounding, law.odd_cents, due, law.step_cents, single
        )
        return plan, (parts.rule_id, rule_id)

    def _due(
        self, tax_year: int, mailed_on: date | None, own: ClassLaw
    ) -> tuple[tuple[Due, ...], Due | None, str]:
        listed = None if own.due_rule else self._listed(tax_year)
        if listed is not None:
            dates = listed.value
            payable = dates.payable_on or (None,) * len(dates.due_on)
            due = tuple(Due(*pair) for pair in zip(dates.due_on, payable, strict=True))
            return due, None, listed.rule_id
        law, rule_id = own.due_rule, ""
        if law is None:
            assert self.due_rule is not None, self.jurisdiction_id
            term = self.due_rule.at(tax_year)
            law, rule_id = term.value, term.rule_id
        elif self.classes is not None:
            rule_id = self.classes.at(tax_year).rule_id

        def roll(day: date) -> date:
            return self.calendar.roll(day, law.weekend)

        due = law.rule.due(tax_year, roll, mailed_on)
        return due, law.rule.single_due(tax_year, roll, mailed_on), rule_id

    def _listed(self, tax_year: int) -> Term[DueDates] | None:
        """A year's own dates; a year that is not listed is refused where there is no rule."""
        if self.due_dates is None:
            return None
        if self.due_rule is not None and tax_year not in self.due_dates.keys:
            return None
        return self.due_dates.at(tax_year)


def load(directory: Path) -> Rulebook:
    """Read levy's file of a jurisdiction's folder; PackError names file, line and field."""
    found = rulebook_of(load_terms(directory, LAW_FILE, SCHEMA))
    if found.due_dates is None and found.due_rule is None:
        where = (directory / LAW_FILE, 1)
        raise PackError(where, "due_dates", "neither due_dates nor due_rule", "one of the two")
    _check_plans(found, directory / LAW_FILE)
    return found


def rulebook_of(law: LawFile) -> Rulebook:
    """Give the law as written the types it is asked by."""
    return Rulebook(
        jurisdiction_id=law.jurisdiction.jurisdiction_id,
        pack_version=law.pack_version,
        calendar=law.jurisdiction.business_calendar(),
        due_dates=law.by_year_if_there("due_dates", DueDates),
        due_rule=law.by_year_if_there("due_rule", DueRuleLaw),
        rates=law.by_year("rates", RateUnit),
        bill=law.by_year("bill", BillLaw),
        installments=law.by_year("installments", InstallmentLaw),
        corrections=law.by_year("corrections", CorrectionLaw),
        parcel_number=law.by_year("parcel_number", ParcelNumberForm),
        increment=law.by_year("increment", IncrementTerms),
        value=law.by_year_if_there("value", ValueTerms),
        credits=law.by_year_if_there("credits", CreditTerms),
        classes=law.by_year_if_there("classes", ClassesLaw),
    )


def _check_plans(rulebook: Rulebook, file: Path) -> None:
    """Shares and dates stand in two sections: a year where they do not fit is refused on load."""
    sections = (rulebook.due_dates, rulebook.due_rule, rulebook.installments, rulebook.classes)
    years = {year for section in sections if section is not None for year, _ in section}
    terms = [] if rulebook.classes is None else [term for _, term in rulebook.classes]
    classes = {"", *(name for term in terms for name in term.value.of)}
    for year in sorted(years):
        for bill_class in sorted(classes):
            try:
                rulebook.terms(year, bill_class=bill_class)
            except NoTermInForce:
                continue
            except ValueError as error:
                of = f"{year}, class {bill_class}" if bill_class else f"{year}"
                wanted = "shares and dates that go together"
                raise PackError((file, 1), "installments", f"{error} in {of}", wanted) from error
