"""Levy's nameko service: wiring only."""

from levy_service import projections, returns
from levy_service.bootstrap import SPEC
from taxkit.worker import Application, consume, park_dead_letters, tidy_inbox


class LevyWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_balance_changed = consume(projections.BALANCE_CHANGED)
    on_trust_tax_bill_settled = consume(returns.TRUST_TAX_BILL_SETTLED)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()


WORKER = LevyWorker
