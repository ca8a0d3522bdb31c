"""Builds levy's application; knows neither gRPC nor nameko."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from levy_service import events, projections, returns, rulebook
from levy_service.guard import runs as guard_runs
from levy_service.moves import coded
from levy_service.rulebook import Rulebook
from levy_service.runs import limits_law
from levy_service.runs.limits_law import LevyLimits
from levy_service.settings import LevySettings
from levy_service.supplements import rulebook as supplements_rulebook
from levy_service.supplements.rulebook import Supplements
from levy_service.trust_taxes import rulebook as trust_tax_rulebook
from levy_service.trust_taxes.rulebook import TrustTaxes
from levy_service.value_changes import rulebook as change_reasons_rulebook
from levy_service.value_changes.rulebook import Reasons
from taxkit.app import App, ServiceSpec
from taxkit.clock import Clock
from taxkit.db import Database


@dataclass
class LevyApp(App):
    law: Rulebook
    trust_taxes: TrustTaxes
    # Why values may change after the roll, and what follows.
    change_reasons: Reasons
    # What may be added to a roll later, and which bills it makes.
    supplements: Supplements
    # How far levies may go, where the pack says so.
    levy_limits: LevyLimits | None = None


def build(settings: Any, database: Database, clock: Clock) -> LevyApp:
    pack = Path(settings.jurisdictions_dir, settings.jurisdiction)
    law, limits = rulebook.load(pack), limits_law.load_if_there(pack)
    trusts = trust_tax_rulebook.load(pack)
    return LevyApp(
        settings,
        database,
        clock,
        "levy",
        law=law,
        trust_taxes=trusts,
        change_reasons=change_reasons_rulebook.load(pack),
        supplements=supplements_rulebook.load(pack),
        levy_limits=limits,
    )


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
    # What rates make of values, as the sealed bills and runs say; and what is open to change
    # until it is closed.
    unsealed=(
        "bill_lines",
        "installments",
        "levy_preview_rows",
        "modifications",
        "modification_bills",
        "modification_fees",
    ),
    lasting_keys=("LoadRoll", "LoadSpecials", "LoadSupplement", "PostValueChanges"),
    settings=LevySettings,
)
