"""What becomes of a payoff: a step of it, what follows for its assessment, both told of."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.domain.payoff import ENDED, SpecialStatus
from levy_service.specials import payoff_store, steps, store
from levy_service.specials.payoff_events import SPECIAL_PAYOFF, special_payoff
from levy_service.specials.payoff_store import (
    DUE,
    PAID,
    SETTLED,
    UNBILLED,
    WITHDRAWN,
    PayoffStepRow,
)
from levy_service.specials.steps import By
from taxkit import ids, outbox
from taxkit.contracts import OutgoingEvent

_ACTIONS: Final = {
    DUE: "payoff_due",
    PAID: "paid_off",
    UNBILLED: "payoff_unbilled",
    SETTLED: "payoff_settled",
    WITHDRAWN: "payoff_withdrawn",
}


def take(
    app: LevyApp, connection: Connection, payoff_id: UUID, assessment_id: UUID, state: str, by: By
) -> None:
    """Bring a payoff to a state; its assessment is paid in full once all of it is."""
    number = len(payoff_store.steps(connection, payoff_id)) + 1
    row = PayoffStepRow(payoff_id, number, state, by.on, by.user, by.reason, app.clock.now())
    payoff_store.insert_steps(connection, [row])
    special = store.assessment(connection, assessment_id)
    status = _status(connection, special)
    steps.take(app, connection, special, _ACTIONS[state], status, by)
    _tell(app, connection, payoff_id, by)


def _status(connection: Connection, special: Any) -> SpecialStatus:
    """Paid in full when every tract is paid off; otherwise what it was before.

    What was closed stays closed, whatever becomes of its payoffs.
    """
    if special.status == SpecialStatus.CLOSED:
        return SpecialStatus.CLOSED
    tracts = store.tract_states(connection, [special.assessment_id])[special.assessment_id]
    payoffs = payoff_store.of_assessment(connection, special.assessment_id)
    if all(each.paid_off for each in tracts) and all(each.state != DUE for each in payoffs):
        return SpecialStatus.PAID_IN_FULL
    past = reversed(store.steps(connection, special.assessment_id))
    return next(SpecialStatus(each.status) for each in past if each.status not in ENDED)


def tell_again(
    app: LevyApp, connection: Connection, assessment_ids: Sequence[UUID], by: By
) -> None:
    """Tell payoffs that are asked for once more, as their assessments are on another parcel."""
    asked = payoff_store.asked_for(connection, assessment_ids)
    now = app.clock.now()
    rows = [
        PayoffStepRow(
            row.payoff_id, row.step + 1, row.state, by.on, by.user, by.reason, now
        )
        for row in asked
    ]  # fmt: skip
    payoff_store.insert_steps(connection, rows)
    for row in asked:
        _tell(app, connection, row.payoff_id, by)


def _tell(app: LevyApp, connection: Connection, payoff_id: UUID, by: By) -> None:
    """Tell a payoff as its newest step has it, with its assessment."""
    row = payoff_store.payoff(connection, payoff_id)
    special = store.assessment(connection, row.assessment_id)
    told = special_payoff(row, payoff_store.tracts(connection, payoff_id), special, by)
    event = OutgoingEvent(
        ids.new_id(), SPECIAL_PAYOFF, f"special-payoff/{payoff_id}", row.step, app.clock.now(),
        told, by.traceparent,
    )  # fmt: skip
    outbox.store(connection, app.settings.county, [event])
