"""Reads a jurisdiction's plans.yaml: the kinds of payment plan it knows."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from receivables_service.domain.plans import PlanType
from receivables_service.domain.terms import AllocationRules
from taxkit.dated import Dated
from taxkit.errors import not_found
from taxkit.lawpack import Section, Term, has_file, load_terms

FILE = "plans.yaml"


@dataclass(frozen=True, slots=True)
class PlanLaw:
    types: tuple[PlanType, ...]

    def __post_init__(self) -> None:
        codes = [each.code for each in self.types]
        if len(set(codes)) < len(codes):
            raise ValueError(f"the plan types {', '.join(codes)}, one of them twice")


class PlanTerms:
    """The plan types in force on a day."""

    def __init__(self, terms: Dated[date, Term[PlanLaw]]) -> None:
        self._terms = terms

    def check_rules(self, rules: Dated[date, AllocationRules]) -> None:
        """Refuse a type whose order of allocation the newest rules do not know."""
        for term in self._terms.values:
            for each in term.value.types:
                if each.allocation_rule:
                    rules.values[-1].find(each.allocation_rule, "")

    def types(self, day: date) -> tuple[PlanType, ...]:
        return self._terms.at(day).value.types

    def rule_id(self, code: str, day: date) -> str:
        """Name the term that a plan type is of, as the ledger's rows name it."""
        return f"{self._terms.at(day).rule_id}/{code}"

    def type_of(self, code: str, day: date) -> PlanType:
        for each in self.types(day):
            if each.code == code:
                return each
        known = ", ".join(each.code for each in self.types(day)) or "none"
        raise not_found("PLAN_TYPE_UNKNOWN", f"no plan type {code!r}: there is {known}")


SCHEMA = {"plans": Section("effective_on", PlanLaw)}


def load(directory: Path) -> PlanTerms:
    """Load a jurisdiction's file; one without any knows no plans."""
    if not has_file(directory, FILE):
        return PlanTerms(Dated(f"{directory.name}/plans", (), ()))
    law = load_terms(directory, FILE, SCHEMA)
    return PlanTerms(law.by_date("plans", PlanLaw))
