"""Reads a jurisdiction's discounts.yaml: the programs it offers, dated by tax year."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from receivables_service.domain.discount_terms import Program, Roll
from taxkit.calendar import Roll as RollRule
from taxkit.dated import Dated, NoTermInForce
from taxkit.lawpack import Section, Term, load_jurisdiction, load_terms

FILE = "discounts.yaml"


@dataclass(frozen=True, slots=True)
class DiscountLaw:
    """The programs of a tax year; none where the law offers no discount, said with its citation."""

    programs: tuple[Program, ...] = ()
    # Agencies whose part of a bill is a special assessment.
    special_agencies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        codes = [each.code for each in self.programs]
        if len(set(codes)) < len(codes):
            raise ValueError(f"the programs {', '.join(codes)}, one of them twice")
        named = {code for each in self.programs for code in each.stacks_with}
        if unknown := sorted(named - {*codes}):
            raise ValueError(f"stacks with {', '.join(unknown)}, which is no program")


SCHEMA = {"discounts": Section("tax_year", DiscountLaw)}


class DiscountTerms:
    """The programs of each tax year, and the working days their last days are moved to."""

    def __init__(self, terms: Dated[int, Term[DiscountLaw]], roll: Roll) -> None:
        self._terms = terms
        self.roll = roll
        # Where no year offers any, nobody has to look.
        self.offers_any = any(term.value.programs for term in terms.values)

    def programs(self, tax_year: int | None) -> tuple[Program, ...]:
        """The programs of a year; none where the law on file does not reach."""
        law = self._law(tax_year)
        return law.value.programs if law else ()

    def program(self, tax_year: int | None, code: str) -> Program | None:
        return next((each for each in self.programs(tax_year) if each.code == code), None)

    def rule_id(self, tax_year: int) -> str:
        return self._terms.at(tax_year).rule_id

    def is_special(self, tax_year: int, agency_code: str) -> bool:
        law = self._law(tax_year)
        return law is not None and agency_code in law.value.special_agencies

    def _law(self, tax_year: int | None) -> Term[DiscountLaw] | None:
        if tax_year is None or not self.offers_any:
            return None
        try:
            return self._terms.at(tax_year)
        except NoTermInForce:
            return None


def load(directory: Path) -> DiscountTerms:
    """Load a jurisdiction's file; one without any offers no discount."""
    calendar = load_jurisdiction(directory).business_calendar()

    def roll(day: date) -> date:
        return calendar.roll(day, RollRule.FOLLOWING)

    if not (directory / FILE).exists():
        return DiscountTerms(Dated(f"{directory.name}/discounts", (), ()), roll)
    law = load_terms(directory, FILE, SCHEMA)
    return DiscountTerms(law.by_year("discounts", DiscountLaw), roll)
