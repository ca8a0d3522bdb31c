"""Reads what the jurisdiction says of baskets."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cashiering_service.domain.basket_terms import BasketTerms
from taxkit.dated import Dated
from taxkit.lawpack import Section, Term, load_terms

_FILE = "cashiering_baskets.yaml"
_SCHEMA = {"baskets": Section("business_date", BasketTerms)}


@dataclass(frozen=True, slots=True)
class BasketLaw:
    """The rules of baskets in force by business date."""

    terms: Dated[date, Term[BasketTerms]]

    def at(self, business_date: date) -> BasketTerms:
        return self.terms.at(business_date).value


def load(jurisdictions_dir: str, jurisdiction: str) -> BasketLaw:
    law = load_terms(Path(jurisdictions_dir) / jurisdiction, _FILE, _SCHEMA)
    return BasketLaw(law.by_date("baskets", BasketTerms))
