"""A second person accepts or rejects what value changes make of bills."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.runs import reserving
from levy_service.value_changes import correcting, registering, store
from levy_service.value_changes.correcting import Corrected
from taxkit.errors import Refusal, conflict, invalid, not_found
from taxkit.persons import is_among
from taxkit.telemetry import trace_id_of

DECIDED_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """The changes that are decided on: each by its id, or all of a batch that wait."""

    change_ids: Sequence[UUID]
    batch_id: UUID | None
    comment: str


def accept(
    app: LevyApp, connection: Connection, chosen: Chosen, asked: Asked
) -> tuple[int, Corrected]:
    """Change values and correct bills; a correction counts from its acceptance (LEVY-005)."""
    changes = _decided(app, connection, chosen, asked, accepted=True)
    store.bring_to_register(connection, [each.change_id for each in changes])
    registering.tell(app, connection, changes, asked)
    found = correcting.prospects(app, connection, changes)
    return len(changes), correcting.correct(app, connection, found, app.clock.today(), asked)


def reject(app: LevyApp, connection: Connection, chosen: Chosen, asked: Asked) -> int:
    """Neither value nor bill changes."""
    changes = _decided(app, connection, chosen, asked, accepted=False)
    outcomes = [(each.change_id, "rejected") for each in changes]
    store.settle(connection, outcomes, app.clock.now())
    return len(changes)


def _decided(
    app: LevyApp, connection: Connection, chosen: Chosen, asked: Asked, *, accepted: bool
) -> Sequence[Any]:
    """Note the decision on changes that wait, none of which the decider has posted."""
    store.lock(connection)
    changes = _waiting(connection, chosen)
    own = [each for each in changes if is_among(asked.user, (each.posted_by,))]
    if own:
        raise Refusal(
            "SECOND_PERSON_NEEDED",
            f"{asked.user} has posted {len(own)} of these changes: another person decides on them",
        )
    for tax_year in sorted({each.tax_year for each in changes}):
        reserving.hold_year(connection, tax_year)
        reserving.refuse_while_running(connection, tax_year)
    store.decide(
        connection,
        [each.change_id for each in changes],
        accepted,
        (
            chosen.comment,
            asked.user,
            app.clock.today(),
            trace_id_of(asked.traceparent),
            app.clock.now(),
        ),
    )
    return changes


def _waiting(connection: Connection, chosen: Chosen) -> Sequence[Any]:
    wanted = list(chosen.change_ids)
    if bool(wanted) is (chosen.batch_id is not None):
        raise invalid("CHANGES_OF_WHAT", "name changes, or a batch: one of the two", "change_ids")
    if len(wanted) > DECIDED_MAX or len(set(wanted)) < len(wanted):
        raise invalid(
            "CHANGES_INVALID", f"at most {DECIDED_MAX} changes, each of them once", "change_ids"
        )
    if chosen.batch_id is not None:
        wanted = store.waiting_of_batch(connection, chosen.batch_id)
        if not wanted:
            raise Refusal("NOTHING_WAITS", f"no change of batch {chosen.batch_id} waits")
    changes = store.changes(connection, wanted)
    if len(changes) < len(wanted):
        missing = sorted(set(wanted) - {each.change_id for each in changes})
        raise not_found("CHANGE_NOT_FOUND", f"there is no change {missing[0]}")
    for each in changes:
        if each.state != "waiting":
            raise conflict("CHANGE_SETTLED", f"change {each.change_id} is {each.state} already")
    return changes
