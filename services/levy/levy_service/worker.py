"""Levy's nameko service: wiring only."""

from levy_service import projections
from levy_service.bootstrap import SPEC
from taxkit.worker import Application, consume, park_dead_letters, tidy_inbox


class LevyWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_balance_changed = consume(projections.BALANCE_CHANGED)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()


WORKER = LevyWorker
