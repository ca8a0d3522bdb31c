"""Reads what the jurisdiction says of baskets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain import counter_settings, parcel_rules
from cashiering_service.domain.basket_terms import BasketTerms
from cashiering_service.domain.counter_settings import SettingSet
from cashiering_service.domain.part_payments import ANY_PART, PartPayments
from cashiering_service.part_law import PartLaw
from taxkit.dated import Dated
from taxkit.lawpack import Section, Term, load_terms

FILE = "cashiering_baskets.yaml"
SCHEMA = {"baskets": Section("business_date", BasketTerms)}


@dataclass(frozen=True, slots=True)
class BasketLaw:
    """The rules of baskets in force by business date."""

    terms: Dated[date, Term[BasketTerms]]
    # What the office has set for its counters.
    set_here: Callable[[], Sequence[SettingSet]] = tuple
    parts: PartLaw | None = None

    def part_payments(self, business_date: date) -> PartPayments:
        return self.parts.at(business_date) if self.parts else ANY_PART

    @property
    def asks_of_parcels(self) -> bool:
        """Whether anything is asked of a parcel's other bills on any day: most counties do not."""
        return any(parcel_rules.asks(term.value) for _, term in self.terms) or any(
            (one.name, one.value) == (counter_settings.DEFAULTED_IN_FULL, counter_settings.ON)
            for one in self.set_here()
        )

    def remembered(self) -> Callable[[date], BasketTerms]:
        """The terms of days, each put together once: for a batch, whose days are few."""
        known: dict[date, BasketTerms] = {}

        def at(day: date) -> BasketTerms:
            if day not in known:
                known[day] = self.at(day)
            return known[day]

        return at

    def at(self, business_date: date) -> BasketTerms:
        law = self.terms.at(business_date).value
        return counter_settings.basket_terms(law, business_date, self.set_here())


def of_counters(app: CashieringApp) -> BasketLaw:
    """The rules as they are at this county's counters, with what is set there."""
    law = load(app.settings.jurisdictions_dir, app.settings.jurisdiction)
    return replace(law, set_here=app.counter.all, parts=app.parts)


def load(jurisdictions_dir: str, jurisdiction: str) -> BasketLaw:
    law = load_terms(Path(jurisdictions_dir) / jurisdiction, FILE, SCHEMA)
    return BasketLaw(law.by_date("baskets", BasketTerms))
