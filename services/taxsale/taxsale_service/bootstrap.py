"""Builds taxsale's application; knows neither gRPC nor nameko."""

from dataclasses import dataclass
from typing import Any

from taxkit.app import App, ServiceSpec
from taxkit.clock import Clock
from taxkit.db import Database

from taxsale_service import events, projections, rulebook
from taxsale_service.domain.standing import SaleTerms
from taxsale_service.rulebook import Rulebook


@dataclass
class TaxsaleApp(App):
    law: Rulebook

    def sale_terms(self, tax_year: int) -> SaleTerms:
        return self.law.at(tax_year)


def build(settings: Any, database: Database, clock: Clock) -> TaxsaleApp:
    law = rulebook.load(settings.jurisdictions_dir, settings.jurisdiction)
    return TaxsaleApp(settings, database, clock, "taxsale", law=law)


SPEC = ServiceSpec(
    name="taxsale",
    build=build,
    subscriptions=(projections.BALANCE_CHANGED,),
    publishes=events.PUBLISHED,
)
