"""Notifications' nameko service: wiring only."""

from typing import Any

from notifications_service import (
    discounts,
    holds,
    issued,
    plans,
    projections,
    requested,
    surplus,
    taken_back,
)
from notifications_service.alerts import incoming as alerts
from notifications_service.bootstrap import SPEC
from taxkit.worker import Application, consume, keep_house, park_dead_letters, pulse, tidy_inbox


def _send(self: Any) -> None:
    self.app.send_due()


class NotificationsWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_payment_posted = consume(projections.PAYMENT_POSTED)
    on_payment_reversed = consume(projections.PAYMENT_REVERSED)
    on_bill_corrected = consume(projections.BILL_CORRECTED)
    on_bill_created = consume(issued.BILL_CREATED)
    on_discount_applied = consume(discounts.DISCOUNT_APPLIED)
    on_discount_reversed = consume(discounts.DISCOUNT_REVERSED)
    on_discount_period_ending = consume(discounts.DISCOUNT_PERIOD_ENDING)
    on_surplus_changed = consume(surplus.SURPLUS_CHANGED)
    on_notice_requested = consume(requested.NOTICE_REQUESTED)
    on_discount_program_changed = consume(alerts.PROGRAM_CHANGED)
    on_code_setting_changed = consume(alerts.CODE_SETTING_CHANGED)
    on_import_run_finished = consume(alerts.IMPORT_RUN_FINISHED)
    on_payment_returned = consume(taken_back.PAYMENT_RETURNED)
    on_payment_cancelled = consume(taken_back.PAYMENT_CANCELLED)
    on_plan_status_changed = consume(plans.PLAN_STATUS_CHANGED)
    on_grace_expired = consume(plans.GRACE_EXPIRED)
    on_hold_placed = consume(holds.HOLD_PLACED)
    on_hold_released = consume(holds.HOLD_RELEASED)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()
    keep = keep_house()
    # Waits for notices itself, so it is begun again as soon as it returns.
    send = pulse(interval=0.05, expected_exceptions=(Exception,))(_send)


WORKER = NotificationsWorker
