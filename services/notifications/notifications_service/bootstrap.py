"""Builds notifications' application; knows neither gRPC nor nameko."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from notifications_service import (
    discounts,
    events,
    holds,
    issued,
    plans,
    projections,
    requested,
    rulebook,
    surplus,
    taken_back,
)
from notifications_service.alerts import incoming as alerts
from notifications_service.domain.outcome import RetryPolicy
from notifications_service.domain.plaintext import address_trouble
from notifications_service.postbox import Postbox, mail_server
from notifications_service.rulebook import Rulebook
from notifications_service.sender import Sender
from notifications_service.settings import NotificationsSettings
from notifications_service.wake import Wake
from taxkit.app import App, ServiceSpec
from taxkit.clock import Clock
from taxkit.db import Database


@dataclass
class NotificationsApp(App):
    law: Rulebook
    sender: Sender
    wake: Wake

    def send_due(self, wait_seconds: float = 1.0) -> None:
        """Send what is due, then wait for more."""
        self.wake.listen()
        if not self.sender.send_due():
            self.wake.wait(wait_seconds)

    def close(self) -> None:
        super().close()
        self.wake.close()


def build(settings: Any, database: Database, clock: Clock) -> NotificationsApp:
    law = rulebook.load(Path(settings.jurisdictions_dir) / settings.jurisdiction)
    if settings.notice_sender and (trouble := address_trouble(settings.notice_sender)):
        raise ValueError(f"MILLAGE_NOTICE_SENDER: {trouble}")
    retry = RetryPolicy(
        attempts_max=settings.notice_attempts,
        first_rest=timedelta(seconds=settings.notice_retry_seconds),
    )
    postbox = Postbox(mail_server(settings.smtp_url), settings.smtp_timeout_seconds)
    return NotificationsApp(
        settings,
        database,
        clock,
        "notifications",
        law=law,
        sender=Sender(database, clock, settings.county, postbox, retry),
        wake=Wake(settings.database_url),
    )


SPEC = ServiceSpec(
    name="notifications",
    build=build,
    subscriptions=(
        projections.PAYMENT_POSTED,
        projections.PAYMENT_REVERSED,
        projections.BILL_CORRECTED,
        issued.BILL_CREATED,
        discounts.DISCOUNT_APPLIED,
        discounts.DISCOUNT_REVERSED,
        discounts.DISCOUNT_PERIOD_ENDING,
        surplus.SURPLUS_CHANGED,
        requested.NOTICE_REQUESTED,
        *alerts.SUBSCRIPTIONS,
        *taken_back.SUBSCRIPTIONS,
        *plans.SUBSCRIPTIONS,
        holds.HOLD_PLACED,
        holds.HOLD_RELEASED,
    ),
    publishes=events.PUBLISHED,
    settings=NotificationsSettings,
)
