"""Tells of installments that a batch of bills asks for."""

from typing import Final

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.domain.payoff import SpecialStatus
from levy_service.specials import batches, steps, store
from levy_service.specials.steps import By

_USER: Final = "levy run"


def note(app: LevyApp, connection: Connection, tax_year: int) -> None:
    """Note which assessments are on the batch's bills, and what is left of each."""
    rows = batches.post(connection)
    if not rows:
        return
    states = store.tract_states(connection, [row.assessment_id for row in rows])
    changed = [
        (
            row,
            "posted",
            SpecialStatus.POSTED,
            sum(tract.left_cents for tract in states[row.assessment_id]),
        )
        for row in rows
    ]
    by = By(_USER, f"bills of {tax_year}", app.clock.today(), "")
    steps.keep(app, connection, changed, by)
