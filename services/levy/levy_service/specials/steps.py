"""What becomes of an assessment: a step on file, and the event that tells of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.domain.payoff import SpecialStatus
from levy_service.specials import store
from levy_service.specials.events import SPECIAL_ASSESSMENT_CHANGED, assessment_changed
from levy_service.specials.store import Step
from taxkit import ids, outbox
from taxkit.contracts import OutgoingEvent
from taxkit.telemetry import trace_id_of


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, why, on which day, in which trace; a batch of bills has none of its own."""

    user: str
    reason: str
    on: date
    traceparent: str


def take(
    app: LevyApp, connection: Connection, row: Any, action: str, status: SpecialStatus, by: By
) -> None:
    """Note one assessment's step; what is left of it is read as it is now."""
    left = store.left_cents(connection, row.assessment_id)
    keep(app, connection, [(row, action, status, left)], by)


def keep(
    app: LevyApp,
    connection: Connection,
    changed: Sequence[tuple[Any, str, SpecialStatus, int]],
    by: By,
) -> None:
    """Note steps of assessments, each as (row, action, status, what is left), and tell of them."""
    now = app.clock.now()
    steps = [
        Step(
            row.assessment_id, (row.step or 0) + 1, action, status.value, left, by.on, by.user,
            by.reason, trace_id_of(_trace(row, by)), now,
        )
        for row, action, status, left in changed
    ]  # fmt: skip
    store.insert_steps(connection, steps)
    told = [
        OutgoingEvent(
            ids.new_id(), SPECIAL_ASSESSMENT_CHANGED, f"special/{row.assessment_id}", step.step,
            now, assessment_changed(row, step), _trace(row, by),
        )
        for (row, *_), step in zip(changed, steps, strict=True)
    ]  # fmt: skip
    outbox.store(connection, app.settings.county, told)


def _trace(row: Any, by: By) -> str:
    """The command's trace; of a batch's many assessments each has its own, named as it is."""
    named = row.assessment_id.hex
    return by.traceparent or f"00-{named}-{named[16:]}-00"
