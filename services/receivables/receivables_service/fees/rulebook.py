"""Reads a jurisdiction's fees.yaml: fee types, and accounts and templates of their rows."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from receivables_service.domain.fee_terms import FeeTemplate, FeeTerms, FeeType
from taxkit.dated import Dated
from taxkit.lawpack import Section, Term, has_file, load_terms

FILE = "fees.yaml"


@dataclass(frozen=True, slots=True)
class FeeLaw:
    """All of it, whole, as of a day."""

    types: tuple[FeeType, ...]
    account_codes: tuple[str, ...] = ()
    templates: tuple[FeeTemplate, ...] = ()

    def __post_init__(self) -> None:
        for name, codes in (
            ("fee type", [each.code for each in self.types]),
            ("template", [each.code for each in self.templates]),
        ):
            if len(set(codes)) < len(codes):
                raise ValueError(f"a {name} that is there twice")
        used = {row.account_code for each in self.templates for row in each.rows}
        if unknown := sorted(used - {*self.account_codes}):
            raise ValueError(f"the account {', '.join(unknown)}, which is not configured")


class FeeBook:
    """What fees there are on a day."""

    def __init__(self, terms: Dated[date, Term[FeeLaw]]) -> None:
        self._terms = terms

    def at(self, day: date) -> FeeTerms:
        """The fees of a day; of an office without a file, none."""
        if not self._terms.keys:
            return FeeTerms("none")
        term = self._terms.at(day)
        law = term.value
        return FeeTerms(
            term.rule_id,
            {each.code: each for each in law.types},
            frozenset(law.account_codes),
            {each.code: each for each in law.templates},
        )


SCHEMA = {"fees": Section("effective_on", FeeLaw)}


def load(directory: Path) -> FeeBook:
    """Load a jurisdiction's file; one without any offers no fees."""
    if not has_file(directory, FILE):
        return FeeBook(Dated(f"{directory.name}/fees", (), ()))
    return FeeBook(load_terms(directory, FILE, SCHEMA).by_date("fees", FeeLaw))
