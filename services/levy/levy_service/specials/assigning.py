"""Who is to see to a payoff that no bill asks for, and until when; each word of it is kept."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.specials import payoff_bills, store
from levy_service.specials.payoff_store import UNBILLED
from levy_service.specials.steps import By
from taxkit.errors import Refusal, invalid
from taxkit.rows import Columns

_ASSIGNMENTS = Columns(
    {
        "payoff_id": "uuid",
        "number": "integer",
        "assignee": "text",
        "due_on": "date",
        "assigned_by": "text",
        "reason": "text",
        "recorded_at": "timestamptz",
    }
)


class Assignment(NamedTuple):
    assignee: str
    # None where nobody waits for it.
    due_on: date | None


def assign(
    app: LevyApp, connection: Connection, payoff_id: UUID, wanted: Assignment, by: By
) -> None:
    """Give an open task to somebody; the newest word counts."""
    found = payoff_bills.found(connection, payoff_id)
    store.assessment(connection, found.assessment_id, lock=True)
    found = payoff_bills.found(connection, payoff_id)
    if found.state != UNBILLED:
        raise Refusal("PAYOFF_HAS_NO_TASK", f"the payoff is {found.state}: nobody has to see to it")
    if wanted.due_on is not None and wanted.due_on < by.on:
        raise invalid("DUE_ON_IN_PAST", f"{wanted.due_on} is before today, {by.on}", "due_on")
    before = of_payoff(connection, payoff_id)
    if before and Assignment(before[-1].assignee, before[-1].due_on) == wanted:
        raise Refusal("ASSIGNMENT_CHANGES_NOTHING", f"it is {wanted.assignee}'s until then already")
    row = (
        payoff_id, len(before) + 1, *wanted, by.user, by.reason, app.clock.now(),
    )  # fmt: skip
    _ASSIGNMENTS.insert(connection, "special_payoff_assignments", [row])


def of_payoff(connection: Connection, payoff_id: UUID) -> Sequence[Any]:
    """Every word of whose a task is, the first one first."""
    return connection.exec_driver_sql(
        "select * from special_payoff_assignments where payoff_id = %s order by number",
        (payoff_id,),
    ).all()
