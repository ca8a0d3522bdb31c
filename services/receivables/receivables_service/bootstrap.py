"""Builds receivables' application; knows neither gRPC nor nameko."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from receivables_service import bill_corrections, events, projections, rulebook
from receivables_service.domain.terms import Terms
from taxkit import outbox
from taxkit.app import App, ServiceSpec
from taxkit.clock import Clock
from taxkit.db import Database
from taxkit.inbox import Work


@dataclass
class ReceivablesApp(App):
    terms: Terms

    def store_events(self, connection: Connection, work: Work) -> None:
        """Store what a command or a timer tells, with its transaction."""
        outbox.store(connection, self.settings.county, work.emitted)


def build(settings: Any, database: Database, clock: Clock) -> ReceivablesApp:
    terms = rulebook.load(Path(settings.jurisdictions_dir) / settings.jurisdiction)
    return ReceivablesApp(settings, database, clock, "receivables", terms=terms)


SPEC = ServiceSpec(
    name="receivables",
    build=build,
    subscriptions=(
        projections.BILL_CREATED,
        projections.PAYMENT_POSTED,
        projections.PAYMENT_REVERSED,
        bill_corrections.BILL_CORRECTED,
    ),
    publishes=events.PUBLISHED,
)
