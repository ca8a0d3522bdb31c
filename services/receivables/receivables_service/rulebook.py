"""Reads a jurisdiction's receivables.yaml into the terms the domain derives under."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from receivables_service.allocation import rulebook as allocation_rulebook
from receivables_service.allocation.rulebook import AllocationLaw, AllocationRulesLaw
from receivables_service.domain.correction_terms import BaseDates, GraceTerm
from receivables_service.domain.terms import (
    DefaultTerm,
    ReturnedCheckTerm,
    Terms,
    UnappliedKind,
    UnappliedTerm,
)
from receivables_service.rates import rulebook as rates_rulebook
from receivables_service.rates.interest_rulebook import InterestLaw
from receivables_service.rates.rulebook import (
    InterestBasisLaw,
    PaymentTermsLaw,
    PenaltyLaw,
    RefundLaw,
    whole_or_none,
)
from taxkit.dated import Dated
from taxkit.lawpack import LawFile, Section, Term, load_terms

K = TypeVar("K", int, date)
V = TypeVar("V")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DefaultLaw:
    """The last day before default, some years after the tax year; `declared: false` for never."""

    declared: bool
    month: int | None = None
    day: int | None = None
    years_after: int | None = None

    def __post_init__(self) -> None:
        whole_or_none(self.declared, month=self.month, day=self.day, years_after=self.years_after)
        if self.month is not None and self.day is not None:
            # Any year but a leap year: the day has to be there in each.
            date(2001, self.month, self.day)
        if self.years_after is not None and self.years_after < 0:
            raise ValueError(f"a default {-self.years_after} years before the tax year")


@dataclass(frozen=True, slots=True)
class CorrectionGraceLaw:
    """Days without penalty after a correction; `granted: false` where there are none."""

    granted: bool
    days: int | None = None

    def __post_init__(self) -> None:
        whole_or_none(self.granted, days=self.days)
        if self.days is not None and self.days < 0:
            raise ValueError(f"a grace of {self.days} days")


@dataclass(frozen=True, slots=True)
class ReturnedCheckLaw:
    """The fee on a returned check; `charged: false` where there is none."""

    charged: bool
    fee_cents: int | None = None
    charge_code: str | None = None

    def __post_init__(self) -> None:
        whole_or_none(self.charged, fee_cents=self.fee_cents, charge_code=self.charge_code)
        if self.fee_cents is not None and self.fee_cents <= 0:
            raise ValueError(f"a fee of {self.fee_cents} cents")


@dataclass(frozen=True, slots=True)
class UnappliedLaw:
    overpayment: UnappliedKind
    before_bill: UnappliedKind


@dataclass(frozen=True, slots=True)
class DistrictDatesLaw:
    """A district's Begin Date and H2 Begin Date; either may be left blank.

    Where a missed first installment makes the whole bill delinquent, all of it bears interest from
    the Begin Date.
    """

    district: str
    begin_on: date | None = None
    h2_begin_on: date | None = None
    whole_bill_when_first_missed: bool = False


@dataclass(frozen=True, slots=True)
class BaseDatesLaw:
    """From which days interest on items with a changed due date is counted, by district."""

    districts: tuple[DistrictDatesLaw, ...] = ()

    def __post_init__(self) -> None:
        names = [each.district for each in self.districts]
        if len(set(names)) < len(names):
            raise ValueError(f"the districts {', '.join(names)}, one of them twice")


SCHEMA = {
    "interest": Section("tax_year", InterestLaw),
    "allocation": Section("effective_on", AllocationLaw),
    "unapplied": Section("effective_on", UnappliedLaw),
    "penalty": Section("tax_year", PenaltyLaw),
    "default": Section("tax_year", DefaultLaw),
    "correction_grace": Section("effective_on", CorrectionGraceLaw),
    "allocation_rules": Section("effective_on", AllocationRulesLaw),
    "base_dates": Section("tax_year", BaseDatesLaw),
    "returned_check": Section("effective_on", ReturnedCheckLaw),
    "interest_basis": Section("tax_year", InterestBasisLaw),
    "payment_terms": Section("tax_year", PaymentTermsLaw),
    "refunds": Section("effective_on", RefundLaw),
}


def load(directory: Path) -> Terms:
    """Load one jurisdiction's folder; anything unclear in it stops the start of the service."""
    return terms_of(load_terms(directory, "receivables.yaml", SCHEMA))


def terms_of(law: LawFile) -> Terms:
    """Turn the law as written into the values the domain calculates with."""
    calendar = law.jurisdiction.business_calendar()
    return Terms(
        pack_version=law.pack_version,
        interest=_each(
            law.by_year("interest", InterestLaw),
            partial(rates_rulebook.interest, calendar=calendar),
        ),
        allocation=_each(law.by_date("allocation", AllocationLaw), allocation_rulebook.order),
        unapplied=_each(law.by_date("unapplied", UnappliedLaw), _unapplied),
        penalty=_each(
            law.by_year("penalty", PenaltyLaw), partial(rates_rulebook.penalty, calendar=calendar)
        ),
        default=_each(law.by_year("default", DefaultLaw), _default),
        correction_grace=_each(law.by_date("correction_grace", CorrectionGraceLaw), _grace),
        allocation_rules=_each(
            law.by_date("allocation_rules", AllocationRulesLaw), allocation_rulebook.named_orders
        ),
        base_dates=_each(law.by_year("base_dates", BaseDatesLaw), _base_dates),
        returned_check=_each(law.by_date("returned_check", ReturnedCheckLaw), _returned_check),
        interest_basis=_each(
            law.by_year("interest_basis", InterestBasisLaw),
            partial(rates_rulebook.basis, calendar=calendar),
        ),
        payment_terms=_each(
            law.by_year("payment_terms", PaymentTermsLaw),
            partial(rates_rulebook.payment_terms, calendar=calendar),
        ),
        refunds=_each(law.by_date("refunds", RefundLaw), rates_rulebook.refund),
    )


def _each(section: Dated[K, Term[V]], convert: Callable[[Term[V]], T]) -> Dated[K, T]:
    return Dated(section.name, section.keys, tuple(map(convert, section.values)))


def _unapplied(term: Term[UnappliedLaw]) -> UnappliedTerm:
    return UnappliedTerm(term.rule_id, term.value.overpayment, term.value.before_bill)


def _default(term: Term[DefaultLaw]) -> DefaultTerm | None:
    law = term.value
    if law.month is None or law.day is None or law.years_after is None:
        return None
    return DefaultTerm(term.rule_id, law.month, law.day, law.years_after)


def _grace(term: Term[CorrectionGraceLaw]) -> GraceTerm | None:
    return None if term.value.days is None else GraceTerm(term.rule_id, term.value.days)


def _returned_check(term: Term[ReturnedCheckLaw]) -> ReturnedCheckTerm | None:
    law = term.value
    if law.fee_cents is None or law.charge_code is None:
        return None
    return ReturnedCheckTerm(term.rule_id, law.charge_code, law.fee_cents)


def _base_dates(term: Term[BaseDatesLaw]) -> Mapping[str, BaseDates]:
    return {
        each.district: BaseDates(each.begin_on, each.h2_begin_on, each.whole_bill_when_first_missed)
        for each in term.value.districts
    }
