"""Builds levy's application; knows neither gRPC nor nameko."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from levy_service import events, projections, returns, rulebook
from levy_service.guard import runs as guard_runs
from levy_service.moves import coded
from levy_service.rulebook import Rulebook
from levy_service.settings import LevySettings
from taxkit.app import App, ServiceSpec
from taxkit.clock import Clock
from taxkit.db import Database


@dataclass
class LevyApp(App):
    law: Rulebook


def build(settings: Any, database: Database, clock: Clock) -> LevyApp:
    law = rulebook.load(Path(settings.jurisdictions_dir, settings.jurisdiction))
    return LevyApp(settings, database, clock, "levy", law=law)


SPEC = ServiceSpec(
    name="levy",
    build=build,
    subscriptions=(
        projections.BALANCE_CHANGED,
        returns.TRUST_TAX_BILL_SETTLED,
        guard_runs.IMPORT_RUN_STARTED,
        guard_runs.IMPORT_RUN_FINISHED,
        coded.CODE_SETTING_CHANGED,
        coded.BILL_CODE_CHANGED,
    ),
    publishes=events.PUBLISHED,
    settings=LevySettings,
)
