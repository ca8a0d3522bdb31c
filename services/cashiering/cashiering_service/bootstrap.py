"""Builds cashiering's application; knows neither gRPC nor nameko."""

from dataclasses import dataclass, replace
from typing import Any

from cashiering_service import events, part_law, projections, rulebook
from cashiering_service.baskets import (
    code_projections,
    hold_projections,
    party_projections,
    plan_projections,
    retired_parcels,
)
from cashiering_service.baskets import projections as basket_projections
from cashiering_service.corrections import marks
from cashiering_service.discounts import projections as program_projections
from cashiering_service.part_law import PartLaw
from cashiering_service.receipts import discounts
from cashiering_service.rulebook import Rulebook
from cashiering_service.sessions.counter_settings import CounterSettings
from cashiering_service.settings import CashieringSettings
from cashiering_service.till import held_projections
from taxkit.app import App, ServiceSpec
from taxkit.clock import Clock
from taxkit.db import Database


@dataclass
class CashieringApp(App):
    law: Rulebook
    counter: CounterSettings
    parts: PartLaw


def build(settings: Any, database: Database, clock: Clock) -> CashieringApp:
    counter = CounterSettings(database)
    written = rulebook.load(settings.jurisdictions_dir, settings.jurisdiction)
    law = replace(written, set_here=counter.all)
    parts = part_law.load(settings.jurisdictions_dir, settings.jurisdiction)
    return CashieringApp(
        settings,
        database,
        clock,
        "cashiering",
        law=law,
        counter=counter,
        parts=replace(parts, set_here=counter.all),
    )


SPEC = ServiceSpec(
    name="cashiering",
    build=build,
    subscriptions=(
        projections.BALANCE_CHANGED,
        basket_projections.BILL_CREATED,
        held_projections.SURPLUS_CHANGED,
        held_projections.ESCROW_CHANGED,
        plan_projections.PLAN_STATUS_CHANGED,
        plan_projections.FLAG_CHANGED,
        code_projections.CODE_SETTING_CHANGED,
        code_projections.BILL_CODE_CHANGED,
        hold_projections.HOLD_PLACED,
        hold_projections.HOLD_RELEASED,
        party_projections.PARTIES_CHANGED,
        party_projections.LENDER_CHANGED,
        retired_parcels.PARCEL_RETIRED,
        marks.PAYMENT_RETURNED,
        marks.PAYMENT_CANCELLED,
        discounts.DISCOUNT_APPLIED,
        discounts.DISCOUNT_REVERSED,
        discounts.DISCOUNT_NOT_GRANTED,
        program_projections.DISCOUNT_PROGRAM_CHANGED,
        program_projections.DISCOUNT_PROOF_FILED,
    ),
    publishes=events.PUBLISHED,
    lasting_keys=("ImportRemittance", "ImportReturns", "PrepareImport"),
    settings=CashieringSettings,
)
