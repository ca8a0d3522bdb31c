"""Builds taxsale's application; knows neither gRPC nor nameko."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taxkit.app import App, ServiceSpec
from taxkit.clock import Clock
from taxkit.dated import NoTermInForce
from taxkit.db import Database
from taxkit.errors import Refusal
from taxsale_service import events, hold_copies, projections, rulebook, specials, successions
from taxsale_service.domain.standing import SaleTerms
from taxsale_service.rulebook import Rulebook


@dataclass
class TaxsaleApp(App):
    law: Rulebook

    def sale_terms(self, tax_year: int) -> SaleTerms:
        """The law's dates for a tax year; refused where the law on file says nothing."""
        try:
            return self.law.at(tax_year)
        except NoTermInForce as error:
            raise Refusal("NO_LAW_IN_FORCE", str(error)) from error


def build(settings: Any, database: Database, clock: Clock) -> TaxsaleApp:
    law = rulebook.load(Path(settings.jurisdictions_dir, settings.jurisdiction))
    return TaxsaleApp(settings, database, clock, "taxsale", law=law)


SPEC = ServiceSpec(
    name="taxsale",
    build=build,
    subscriptions=(
        projections.BALANCE_CHANGED,
        successions.PARCEL_RETIRED,
        specials.SPECIAL_ASSESSMENT_CHANGED,
        specials.SPECIAL_PAYOFF,
        *hold_copies.SUBSCRIPTIONS.values(),
    ),
    publishes=events.PUBLISHED,
)
