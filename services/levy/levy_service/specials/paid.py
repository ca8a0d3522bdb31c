"""Payoffs that were paid, or are owed again: looked for by a timer, not by every balance."""

from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.specials import payoff_bills, payoff_facts, payoff_steps, store
from levy_service.specials.payoff_store import DUE, PAID
from levy_service.specials.steps import By
from taxkit import logs

_log = logs.get(__name__)
_BY = "receivables"


def follow(app: LevyApp) -> int:
    """Bring payoffs to what receivables says of their bills; gives how many were moved."""
    with app.database.begin() as connection:
        moved = payoff_facts.moved(connection)
    done = 0
    for payoff_id in moved:
        try:
            done += app.database.run(partial(_follow, app, payoff_id))
        except Exception:
            # The others need not wait for it; it is tried again with the next round.
            _log.exception("a payoff cannot follow its bill", payoff_id=str(payoff_id))
    return done


def _follow(app: LevyApp, payoff_id: UUID, connection: Connection) -> int:
    row = payoff_bills.found(connection, payoff_id)
    store.assessment(connection, row.assessment_id, lock=True)
    # Read again under the lock: another worker may have been there.
    row = payoff_bills.found(connection, payoff_id)
    if row.state not in (DUE, PAID):
        return 0
    paid = payoff_facts.received_for(connection, row).is_paid
    state = PAID if paid else DUE
    if row.state == state:
        return 0
    reason = "what its bill asks for with it is paid" if paid else "it is owed again"
    by = By(_BY, reason, app.clock.today(), "")
    payoff_steps.take(app, connection, payoff_id, row.assessment_id, state, by)
    return 1
