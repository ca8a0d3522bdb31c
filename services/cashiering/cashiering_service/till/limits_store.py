"""SQL of what cashiers may do, and of what second persons allowed them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.domain.limits import LimitsSet, MayTake
from taxkit.rows import Columns

_SAID = (
    "cashier, effective_from, max_interest_waiver_cents, max_penalty_waiver_cents,"
    " tolerance_cents, overrides_allowed, may_take"
)
OF_CASHIERS = (
    f"select {_SAID} from cashier_limits where cashier = any(%b::text[]) order by limits_id"
)
# The same as one value, beside something else that is read.
AS_ONE = (
    f"(select json_agg(json_build_array({_SAID}) order by limits_id)"
    " from cashier_limits where cashier = any(%b::text[]))"
)
_LIMITS = Columns(
    {
        "limits_id": "uuid",
        "cashier": "text",
        "effective_from": "date",
        "max_interest_waiver_cents": "bigint",
        "max_penalty_waiver_cents": "bigint",
        "tolerance_cents": "bigint",
        "overrides_allowed": "boolean",
        "may_take": "text",
        "set_by": "text",
        "trace_id": "uuid",
        "recorded_at": "timestamptz",
    }
)
_GRANTS = Columns(
    {
        "grant_id": "uuid",
        "order_key": "text",
        "action": "text",
        "cashier": "text",
        "approver": "text",
        "limit_cents": "bigint",
        "amount_cents": "bigint",
        "reason": "text",
        "trace_id": "uuid",
        "recorded_at": "timestamptz",
    }
)


def limits_set(row: Sequence[Any]) -> LimitsSet:
    """What was set, from a row of the limits' columns."""
    cashier, start, interest, penalty, tolerance, overrides, may_take = row
    taken = MayTake(may_take) if may_take else None
    return LimitsSet(cashier, start, interest, penalty, tolerance, overrides, taken)


def limits_sets(as_one: Sequence[Any] | None) -> list[LimitsSet]:
    """What was set, from AS_ONE."""
    return [
        limits_set((cashier, date.fromisoformat(start), *said))
        for cashier, start, *said in as_one or ()
    ]


def settings_of(connection: Connection, cashier: str) -> list[LimitsSet]:
    """What was set for a cashier and for everybody, in the order it was set."""
    rows = connection.exec_driver_sql(OF_CASHIERS, (["", cashier],))
    return [limits_set(tuple(row)) for row in rows]


def history_of(connection: Connection, cashier: str) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from cashier_limits where cashier = any(%s::text[]) order by limits_id",
        (["", cashier],),
    ).all()


def add_limits(connection: Connection, row: Sequence[object]) -> None:
    _LIMITS.insert(connection, "cashier_limits", [row])


def add_grant(connection: Connection, row: Sequence[object]) -> None:
    _GRANTS.insert(connection, "override_grants", [row])


def grant(connection: Connection, grant_id: UUID) -> Any:
    return connection.exec_driver_sql(
        "select g.*, u.receipt_id, u.used_at from override_grants g"
        " left join override_uses u using (grant_id) where g.grant_id = %s",
        (grant_id,),
    ).one()


def grants(connection: Connection, order_key: str, after: UUID, limit: int) -> Sequence[Any]:
    """Grants with what used them up, oldest first; of one order when a key is given."""
    return connection.exec_driver_sql(
        "select g.*, u.receipt_id, u.used_at from override_grants g"
        " left join override_uses u using (grant_id)"
        " where (%(key)s = '' or g.order_key = %(key)s) and g.grant_id > %(after)s"
        " order by g.grant_id limit %(limit)s",
        {"key": order_key, "after": after, "limit": limit},
    ).all()
