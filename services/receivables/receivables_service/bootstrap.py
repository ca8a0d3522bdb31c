"""Builds receivables' application; knows neither gRPC nor nameko."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from receivables_service import (
    events,
    fund_names,
    grounds,
    law,
    projections,
    receipts,
    rulebook,
)
from receivables_service.changes import (
    bill_corrections,
    bill_moves,
    modifications,
    special_payoffs,
)
from receivables_service.discounts import holds
from receivables_service.discounts import rulebook as discount_rulebook
from receivables_service.discounts.rulebook import DiscountTerms
from receivables_service.domain.terms import Terms
from receivables_service.fees import rulebook as fee_rulebook
from receivables_service.fees.rulebook import FeeBook
from receivables_service.grounds import Grounds
from receivables_service.held import import_exceptions, till_holds
from receivables_service.held import rulebook as held_rulebook
from receivables_service.held.rulebook import HeldTerms
from receivables_service.plans import rulebook as plan_rulebook
from receivables_service.plans.rulebook import PlanTerms
from receivables_service.reports import reported_returns
from taxkit import outbox
from taxkit.app import App, ServiceSpec
from taxkit.clock import Clock
from taxkit.db import Database
from taxkit.inbox import Work


@dataclass
class ReceivablesApp(App):
    terms: Terms
    held: HeldTerms
    plans: PlanTerms
    discounts: DiscountTerms
    fees: FeeBook
    grounds: Grounds

    def store_events(self, connection: Connection, work: Work) -> None:
        """Store what a command or a timer tells, with its transaction."""
        outbox.store(connection, self.settings.county, work.emitted)


def build(settings: Any, database: Database, clock: Clock) -> ReceivablesApp:
    directory = Path(settings.jurisdictions_dir) / settings.jurisdiction
    discounts = discount_rulebook.load(directory)
    terms = replace(rulebook.load(directory), offers_discounts=discounts.offers_any)
    held = held_rulebook.load(directory)
    plans = plan_rulebook.load(directory)
    plans.check_rules(terms.allocation_rules)
    return ReceivablesApp(
        settings,
        database,
        clock,
        "receivables",
        terms=terms,
        held=held,
        plans=plans,
        discounts=discounts,
        fees=fee_rulebook.load(directory),
        grounds=grounds.load(directory, law.FILES),
    )


SPEC = ServiceSpec(
    name="receivables",
    build=build,
    subscriptions=(
        projections.BILL_CREATED,
        projections.PAYMENT_POSTED,
        projections.PAYMENT_REVERSED,
        bill_corrections.BILL_CORRECTED,
        bill_moves.BILL_MOVED,
        modifications.BILL_MODIFIED,
        special_payoffs.SPECIAL_PAYOFF,
        receipts.SESSION_CLOSED,
        holds.HOLD_PLACED,
        holds.HOLD_RELEASED,
        reported_returns.PAYMENT_RETURN_REPORTED,
        import_exceptions.IMPORT_LINE_EXCEPTION,
        fund_names.FUND_NAMED,
        till_holds.MONEY_HOLD_CHANGED,
    ),
    publishes=events.PUBLISHED,
    # What the ledger makes of the facts, which are sealed.
    unsealed=("postings", "ledger_entries"),
)
