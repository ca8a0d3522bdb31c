"""What is missed of money that was spent and then taken back, and what is missed no more."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.accounts import KnownFact
from receivables_service.domain.facts import DrawnFor, MoneyDrawn
from receivables_service.held import store as held_store
from receivables_service.held.store import Drawn
from taxkit import ids
from taxkit.contracts import IncomingEvent
from taxkit.inbox import Work

SOURCE_REVERSED = "SOURCE_REVERSED"
_MISSED = (
    "d.receipt_id = any(%b::uuid[])"
    " and exists (select from held_returns r where r.draw_id = d.draw_id and r.shortfall)"
)
_SETTLE = (
    "update held_exceptions e set settled_at = %s, settled_by = v.whom"
    " from unnest(%b::text[], %b::text[]) as v (draw, whom)"
    " where e.reference = v.draw and e.reason = %s and e.settled_at is null"
)


def missed(connection: Connection, receipt_ids: Sequence[UUID]) -> list[Drawn]:
    """What receipts tendered of money that was taken back while they stood."""
    return held_store.draws_where(connection, _MISSED, [list(receipt_ids)])


def lifted(drawn: Drawn, event: IncomingEvent) -> KnownFact:
    """The fact that a tender which made a shortfall has been taken back itself."""
    given, item = event.data, drawn.item
    fact = MoneyDrawn(
        ids.derived_id(drawn.row.draw_id, "shortfall lifted"),
        max(given["effective_on"], item.opened_on),
        given["recorded_at"],
        item.receipt_id,
        item.payment_fact_id,
        drawn.row.amount_cents,
        DrawnFor.SHORTFALL,
    )
    return KnownFact(fact, given["business_date"])


def settle(work: Work, lifted_draws: Sequence[Drawn]) -> None:
    """Nobody has to see to them any more: the receipt that was taken back stands for who did."""
    if lifted_draws:
        draws = [str(each.row.draw_id) for each in lifted_draws]
        whom = [f"receipt/{each.row.receipt_id}" for each in lifted_draws]
        values = (work.clock.now(), draws, whom, SOURCE_REVERSED)
        work.connection.exec_driver_sql(_SETTLE, values)
