"""Receivables' nameko service: wiring only."""

from receivables_service import projections
from receivables_service.bootstrap import SPEC
from taxkit.worker import Application, consume, park_dead_letters, tidy_inbox


class ReceivablesWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_bill_created = consume(projections.BILL_CREATED)
    on_payment_posted = consume(projections.PAYMENT_POSTED)
    on_payment_reversed = consume(projections.PAYMENT_REVERSED)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()


WORKER = ReceivablesWorker
