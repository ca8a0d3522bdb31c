"""Receivables' nameko service: wiring only."""

from datetime import timedelta

from receivables_service import fund_names, projections, receipts
from receivables_service.bootstrap import SPEC
from receivables_service.changes import (
    bill_corrections,
    bill_moves,
    due_changes,
    modifications,
    special_payoffs,
)
from receivables_service.discounts import announcing, holds, reminding
from receivables_service.held import import_exceptions, till_holds
from receivables_service.plans import days as plan_days
from receivables_service.reports import reported_returns, tieout
from taxkit.worker import Application, consume, keep_house, park_dead_letters, pulse, tidy_inbox

_DUE_SECONDS = 60
"""How often bills are looked for whose day has come; by an index, so that it costs nothing."""

_TIEOUT_SECONDS = 30


class ReceivablesWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_bill_created = consume(projections.BILL_CREATED)
    on_bill_corrected = consume(bill_corrections.BILL_CORRECTED)
    on_bill_moved = consume(bill_moves.BILL_MOVED)
    on_bill_modified = consume(modifications.BILL_MODIFIED)
    on_special_payoff = consume(special_payoffs.SPECIAL_PAYOFF)
    on_payment_posted = consume(projections.PAYMENT_POSTED)
    on_payment_reversed = consume(projections.PAYMENT_REVERSED)
    on_session_closed = consume(receipts.SESSION_CLOSED)
    on_hold_placed = consume(holds.HOLD_PLACED)
    on_hold_released = consume(holds.HOLD_RELEASED)
    on_payment_return_reported = consume(reported_returns.PAYMENT_RETURN_REPORTED)
    on_import_line_exception = consume(import_exceptions.IMPORT_LINE_EXCEPTION)
    on_fund_named = consume(fund_names.FUND_NAMED)
    on_money_hold_changed = consume(till_holds.MONEY_HOLD_CHANGED)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()
    keep = keep_house()

    @pulse(interval=_DUE_SECONDS, expected_exceptions=(Exception,))  # type: ignore[untyped-decorator]
    def pass_the_day(self) -> None:
        """Declare what defaulted by the end of yesterday, and end the graces that are over."""
        today = self.app.clock.today()
        due_changes.run_all(self.app, due_changes.declare_defaults, today - timedelta(days=1))
        due_changes.run_all(self.app, due_changes.end_graces, today)
        plan_days.pass_day(self.app, today)
        announcing.announce(self.app, today)
        reminding.remind(self.app, today)

    @pulse(interval=_TIEOUT_SECONDS, expected_exceptions=(Exception,))  # type: ignore[untyped-decorator]
    def measure(self) -> None:
        """Say by how much the ledger differs from what it was told."""
        tieout.measure(self.app)


WORKER = ReceivablesWorker
