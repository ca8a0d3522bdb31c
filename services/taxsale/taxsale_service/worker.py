"""Taxsale's nameko service: wiring only."""

from taxkit.worker import Application, consume, keep_house, park_dead_letters, tidy_inbox
from taxsale_service import projections, specials, successions
from taxsale_service.bootstrap import SPEC


class TaxsaleWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_balance_changed = consume(projections.BALANCE_CHANGED)
    on_parcel_retired = consume(successions.PARCEL_RETIRED)
    on_special_assessment_changed = consume(specials.SPECIAL_ASSESSMENT_CHANGED)
    on_special_payoff = consume(specials.SPECIAL_PAYOFF)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()
    keep = keep_house()


WORKER = TaxsaleWorker
