"""SQL of what baskets keep of money held. Which holds stand follows from what is on record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.domain.money_holds import MoneyHold
from cashiering_service.till import held_store
from taxkit.rows import Columns

KEYS = held_store.KEYS
_ROWS = Columns(
    {
        "hold_id": "uuid",
        "basket_id": "uuid",
        "kind": "text",
        "reference": "text",
        "amount_cents": "bigint",
        "held_by": "text",
        "until": "timestamptz",
        "traceparent": "text",
        "recorded_at": "timestamptz",
    }
)
_ENDS = Columns(
    {"hold_id": "uuid", "outcome": "text", "ended_by": "text", "recorded_at": "timestamptz"}
)
_HOLD = "h.hold_id, h.basket_id, h.kind, h.reference, h.amount_cents, h.until"
_UNENDED = "not exists (select from money_hold_ends e where e.hold_id = h.hold_id)"
# What ended one though nobody let it go; null as long as it stands.
_OUTCOME = (
    "case when b.state = 'posted' then 'paid' when b.state = 'closed' then 'closed'"
    " when not exists (select from basket_lines l where l.basket_id = b.basket_id) then 'emptied'"
    " when h.until <= %(now)s then 'expired' end"
)
# But for its time, by the clock of whoever asks.
_STANDS = (
    f"{_UNENDED} and b.state in ('open', 'paused', 'posting')"
    " and exists (select from basket_lines l where l.basket_id = b.basket_id)"
)
STANDING = (
    f"select {_HOLD} from money_holds h join baskets b using (basket_id)"
    f" where {_STANDS} and exists (select from {KEYS.source}"
    " where v.kind = h.kind and v.reference = h.reference) order by h.hold_id"
)


def standing(connection: Connection, key: tuple[str, str]) -> list[MoneyHold]:
    rows = connection.exec_driver_sql(STANDING, KEYS.params([key]))
    return [MoneyHold(*row) for row in rows]


def keep(connection: Connection, row: Sequence[object]) -> None:
    _ROWS.insert(connection, "money_holds", [row])


def end(connection: Connection, rows: Sequence[Sequence[object]]) -> None:
    _ENDS.insert(connection, "money_hold_ends", rows)


def of_basket(connection: Connection, basket_id: UUID) -> Sequence[Any]:
    """Every hold of a basket with what became of it, oldest first."""
    return connection.exec_driver_sql(
        f"select h.*, e.outcome, e.ended_by, {_STANDS} as stands from money_holds h"
        " join baskets b using (basket_id) left join money_hold_ends e using (hold_id)"
        " where h.basket_id = %s order by h.hold_id",
        (basket_id,),
    ).all()


def hold(connection: Connection, hold_id: UUID) -> Any:
    """One that is not ended, under lock; with who is at its basket by now."""
    return connection.exec_driver_sql(
        "select h.*, s.cashier from money_holds h join baskets b using (basket_id)"
        f" join sessions s using (session_id) where h.hold_id = %s and {_UNENDED}"
        " for update of h",
        (hold_id,),
    ).one_or_none()


def kept_by(connection: Connection, basket_id: UUID, now: datetime) -> Sequence[Any]:
    """Who keeps money for a basket, and who is at it by now, hold by hold."""
    return connection.exec_driver_sql(
        "select h.hold_id, h.held_by, s.cashier from money_holds h join baskets b using (basket_id)"
        f" join sessions s using (session_id) where h.basket_id = %s and h.until > %s"
        f" and {_STANDS} order by h.hold_id",
        (basket_id, now),
    ).all()


def take_over(connection: Connection, now: Any, limit: int) -> Sequence[Any]:
    """Holds that ended by themselves and of which nobody was told; no other worker takes them."""
    return connection.exec_driver_sql(
        f"select h.*, {_OUTCOME} as outcome from money_holds h join baskets b using (basket_id)"
        f" where {_UNENDED} and {_OUTCOME} is not null"
        " order by h.hold_id limit %(limit)s for update of h skip locked",
        {"now": now, "limit": limit},
    ).all()
