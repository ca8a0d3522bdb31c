"""Taxsale's nameko service: wiring only."""

from taxkit.worker import Application, consume, keep_house, park_dead_letters, tidy_inbox
from taxsale_service import projections, specials, successions
from taxsale_service.bootstrap import SPEC
from taxsale_service.hold_copies import SUBSCRIPTIONS as HOLDS


class TaxsaleWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_balance_changed = consume(projections.BALANCE_CHANGED)
    on_parcel_retired = consume(successions.PARCEL_RETIRED)
    on_special_assessment_changed = consume(specials.SPECIAL_ASSESSMENT_CHANGED)
    on_special_payoff = consume(specials.SPECIAL_PAYOFF)
    on_hold_placed = consume(HOLDS["on_hold_placed"])
    on_hold_released = consume(HOLDS["on_hold_released"])
    on_plan_status_changed = consume(HOLDS["on_plan_status_changed"])
    on_flag_changed = consume(HOLDS["on_flag_changed"])
    on_code_setting_changed = consume(HOLDS["on_code_setting_changed"])
    on_bill_code_changed = consume(HOLDS["on_bill_code_changed"])
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()
    keep = keep_house()


WORKER = TaxsaleWorker
