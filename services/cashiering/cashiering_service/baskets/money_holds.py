"""Commands that keep held money for a basket, let it go, and tell the ledger of both (CASH-036)."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import commands
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.domain.basket import Basket, check_changeable
from cashiering_service.domain.held import RESERVED_FOR, Key, check_takeable
from cashiering_service.domain.money_holds import (
    as_seen_by,
    check_once,
    check_own,
    held_for,
    keepable,
)
from cashiering_service.till import held_store, hold_store
from cashiering_service.till.events import MONEY_HOLD_CHANGED
from taxkit import ids
from taxkit.errors import Refusal, not_found

_AT_ONCE = 100
_BY_ITSELF = "the counter"


def hold(
    app: CashieringApp, connection: Connection, asked: Asked, basket: Basket, key: Key, cents: int
) -> UUID:
    """Keep held money for a basket: no other till takes it, and no procedure begins with it."""
    basket_id = basket.basket_id
    check_changeable(basket, None)
    if not basket.lines:
        raise Refusal("BASKET_EMPTY", "there is nothing in the basket that money could pay")
    now = app.clock.now()
    money = held_store.lock(connection, [key])
    holds = hold_store.standing(connection, key)
    check_once(basket_id, key, holds, now)
    seen = as_seen_by(basket_id, money, holds, now).get(key)
    kept = keepable(seen, cents, now) if seen else cents
    tenderable = app.law.tenderable(basket.session.business_date)
    check_takeable(key, max(kept, 1), seen, tenderable, now)
    hold_id = ids.new_id()
    row = (
        hold_id, basket_id, *key, kept, asked.user, now + RESERVED_FOR, asked.traceparent, now,
    )  # fmt: skip
    hold_store.keep(connection, row)
    _tell(app, connection, asked, hold_store.hold(connection, hold_id), "held")
    return hold_id


def release(app: CashieringApp, connection: Connection, asked: Asked, hold_id: UUID) -> UUID:
    """Let one's own go again, or anybody's with the right for that; gives whose it was."""
    row = hold_store.hold(connection, hold_id)
    if row is None:
        raise not_found("MONEY_HOLD_NOT_FOUND", f"no hold {hold_id} stands")
    check_own([row], asked.user, any_hold=asked.any_hold)
    hold_store.end(connection, [(hold_id, "released", asked.user, app.clock.now())])
    _tell(app, connection, asked, row, "released")
    basket_id: UUID = row.basket_id
    return basket_id


def end_over(app: CashieringApp) -> int:
    """Tell of holds that ended with their basket, or by their time; a worker's timer does."""
    now = app.clock.now()
    with app.database.begin() as connection:
        rows = hold_store.take_over(connection, now, _AT_ONCE)
        if rows:
            hold_store.end(
                connection, [(row.hold_id, row.outcome, _BY_ITSELF, now) for row in rows]
            )
        for row in rows:
            _tell(app, connection, Asked(_BY_ITSELF, row.traceparent), row, row.outcome)
    return len(rows)


def _tell(app: CashieringApp, connection: Connection, asked: Asked, row: Any, state: str) -> None:
    data = {
        "hold_id": str(row.hold_id),
        "basket_id": str(row.basket_id),
        "held_for": held_for(row.basket_id),
        "kind": row.kind,
        "reference": row.reference,
        "amount_cents": row.amount_cents,
        "state": state,
        "until": row.until.isoformat(),
    }
    sequence = 1 if state == "held" else 2
    subject = f"hold/{row.hold_id}"
    commands.tell(app, connection, asked, MONEY_HOLD_CHANGED, subject, sequence, data)
