"""Builds distribution's application; knows neither gRPC nor nameko."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distribution_service import (
    allocations,
    corrections,
    discounts,
    events,
    funds,
    projections,
    returns,
    rulebook,
)
from distribution_service.accounts import liabilities, waivers
from distribution_service.rulebook import Rulebook
from taxkit.app import App, ServiceSpec
from taxkit.clock import Clock
from taxkit.db import Database


@dataclass
class DistributionApp(App):
    law: Rulebook


def build(settings: Any, database: Database, clock: Clock) -> DistributionApp:
    law = rulebook.load(Path(settings.jurisdictions_dir) / settings.jurisdiction)
    return DistributionApp(settings, database, clock, "distribution", law=law)


SPEC = ServiceSpec(
    name="distribution",
    build=build,
    subscriptions=(
        projections.BILL_CREATED,
        projections.FEE_ACCOUNT_OPENED,
        projections.PAYMENT_POSTED,
        projections.PAYMENT_REVERSED,
        projections.SESSION_CLOSED,
        corrections.BILL_CORRECTED,
        projections.DEPOSIT_MADE,
        returns.PAYMENT_RETURNED,
        returns.PAYMENT_CANCELLED,
        discounts.DISCOUNT_APPLIED,
        discounts.DISCOUNT_REVERSED,
        funds.FUND_NAMED,
        waivers.PENALTY_INTEREST_WAIVED,
        liabilities.SURPLUS_CHANGED,
        allocations.PAYMENT_ALLOCATED,
    ),
    publishes=events.PUBLISHED,
    # What the law makes of the ledger's postings, by the bill's lines.
    unsealed=("share_entries",),
)
