"""Reads a jurisdiction's taxsale.yaml into the dates the domain judges by."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from taxkit.dated import Dated, NoTermInForce
from taxkit.lawpack import LawFile, Section, Term, load_terms
from taxsale_service.domain.holds import ANY, EVERY_STAY, HoldTerms, Source
from taxsale_service.domain.specials import PayoffTerms
from taxsale_service.domain.standing import (
    AnnualSale,
    DelinquencyTerms,
    EligibilityTerms,
    SaleTerms,
)


class Unpaid(StrEnum):
    """Which due date makes a bill delinquent: the earliest with money open."""

    EARLIEST_UNPAID = "earliest_unpaid"


class Final(StrEnum):
    """Which due date the way to the sale is counted from: the bill's last, or the first unpaid."""

    LAST = "last"
    EARLIEST_UNPAID = "earliest_unpaid"


@dataclass(frozen=True, slots=True)
class DelinquencyLaw:
    installment: Unpaid
    days_after_due: int

    def __post_init__(self) -> None:
        _check_days(self.days_after_due)


@dataclass(frozen=True, slots=True)
class EligibilityLaw:
    installment: Final
    days_after_due: int

    def __post_init__(self) -> None:
        _check_days(self.days_after_due)


@dataclass(frozen=True, slots=True)
class AnnualSaleLaw:
    begins_on: date


@dataclass(frozen=True, slots=True)
class SpecialPayoffLaw:
    """From which amount left an assessment has to be paid off before a buyer may pay."""

    open_from_cents: int

    def __post_init__(self) -> None:
        if self.open_from_cents < 1:
            raise ValueError(f"open_from_cents {self.open_from_cents}: at least one cent")


@dataclass(frozen=True, slots=True)
class SaleHoldsLaw:
    """What keeps a bill from being offered: words of the form source/kind, kind may be any."""

    kept_by: tuple[str, ...]

    def __post_init__(self) -> None:
        for word in self.kept_by:
            source, _, kind = word.partition("/")
            if source not in set(Source) or not kind or " " in word:
                known = ", ".join(f"{each}/kind" for each in Source)
                raise ValueError(f"{word!r} is none of {known}, with {ANY} for every kind")


SCHEMA = {
    "delinquency": Section("tax_year", DelinquencyLaw),
    "sale_eligibility": Section("tax_year", EligibilityLaw),
    # Where no sale's days are known, bills become eligible by the rule alone.
    "annual_sale": Section("tax_year", AnnualSaleLaw, exact=True, optional=True),
    "special_payoffs": Section("tax_year", SpecialPayoffLaw, optional=True),
    "sale_holds": Section("tax_year", SaleHoldsLaw, optional=True),
}


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The way to the sale, by tax year."""

    pack_version: str
    delinquency: Dated[int, Term[DelinquencyLaw]]
    eligibility: Dated[int, Term[EligibilityLaw]]
    annual_sales: Dated[int, Term[AnnualSaleLaw]] | None
    special_payoffs: Dated[int, Term[SpecialPayoffLaw]] | None
    sale_holds: Dated[int, Term[SaleHoldsLaw]] | None = None

    def at(self, tax_year: int) -> SaleTerms:
        """Give a tax year's terms; a year before the first on file raises NoTermInForce."""
        delinquency = self.delinquency.at(tax_year)
        eligibility = self.eligibility.at(tax_year)
        return SaleTerms(
            pack_version=self.pack_version,
            delinquency=DelinquencyTerms(delinquency.rule_id, delinquency.value.days_after_due),
            eligibility=EligibilityTerms(
                eligibility.rule_id,
                eligibility.value.days_after_due,
                of_first_unpaid=eligibility.value.installment is Final.EARLIEST_UNPAID,
            ),
            annual_sale=self._annual_sale(tax_year),
        )

    def payoffs(self, tax_year: int) -> PayoffTerms:
        """A sale's criteria; where the law names none, only a payoff that is due counts."""
        if self.special_payoffs is None:
            return PayoffTerms("", None)
        try:
            term = self.special_payoffs.at(tax_year)
        except NoTermInForce:
            return PayoffTerms("", None)
        return PayoffTerms(term.rule_id, term.value.open_from_cents)

    def holds(self, tax_year: int) -> HoldTerms:
        """What keeps a year's bills from a sale; every stay where the law names nothing."""
        if self.sale_holds is None:
            return EVERY_STAY
        try:
            term = self.sale_holds.at(tax_year)
        except NoTermInForce:
            return EVERY_STAY
        return HoldTerms(term.rule_id, frozenset(term.value.kept_by))

    def _annual_sale(self, tax_year: int) -> AnnualSale | None:
        if self.annual_sales is None:
            return None
        try:
            sale = self.annual_sales.at(tax_year)
        except NoTermInForce:
            return None
        return AnnualSale(sale.rule_id, sale.value.begins_on)


def load(directory: Path) -> Rulebook:
    """Load one jurisdiction's folder; anything unclear in it stops the start of the service."""
    return rulebook_of(load_terms(directory, "taxsale.yaml", SCHEMA))


def rulebook_of(law: LawFile) -> Rulebook:
    return Rulebook(
        pack_version=law.pack_version,
        delinquency=law.by_year("delinquency", DelinquencyLaw),
        eligibility=law.by_year("sale_eligibility", EligibilityLaw),
        annual_sales=law.by_year_if_there("annual_sale", AnnualSaleLaw),
        special_payoffs=law.by_year_if_there("special_payoffs", SpecialPayoffLaw),
        sale_holds=law.by_year_if_there("sale_holds", SaleHoldsLaw),
    )


def _check_days(days: int) -> None:
    if not 0 <= days <= 36_500:
        raise ValueError(f"{days} days after the due date, which is not within a hundred years")
