"""Cashiering's nameko service: wiring only."""

from taxkit.worker import Application, consume, park_dead_letters, tidy_inbox

from cashiering_service import projections
from cashiering_service.bootstrap import SPEC


class CashieringWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_balance_changed = consume(projections.BALANCE_CHANGED)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()


WORKER = CashieringWorker
