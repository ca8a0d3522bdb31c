"""Money received that is held for somebody and so is no agency's: a liability (DIST-016)."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import Connection

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX
from taxkit.rows import Columns

_HELD = Columns(
    {
        "surplus_item_id": "uuid",
        "category": "text",
        "subcode": "text",
        "receipt_id": "uuid",
        "tax_year": "integer",
        "open_cents": "bigint",
    }
)
_NEWER = """
on conflict (surplus_item_id) do update set category = excluded.category,
    subcode = excluded.subcode, receipt_id = coalesce(excluded.receipt_id, held_money.receipt_id),
    tax_year = coalesce(excluded.tax_year, held_money.tax_year), open_cents = excluded.open_cents
"""
_TOTALS = """
select category, subcode, count(*) as item_count, sum(open_cents)::bigint as open_cents
from held_money where open_cents > 0 group by 1, 2 order by 1, 2
"""


class SurplusChangedSeen(ReaderSchema):
    surplus_item_id = fields.UUID(required=True)
    category = fields.String(required=True)
    subcode = fields.String(required=True)
    receipt_id = fields.UUID(load_default=None)
    tax_year = fields.Integer(load_default=None, strict=True, allow_none=True)
    open_cents = fields.Integer(required=True, strict=True, validate=validate.Range(0, CENTS_MAX))


def on_surplus_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep what is open of each item of held money: its newest state counts."""
    rows = {
        event.data["surplus_item_id"]: tuple(event.data[name] for name in _HELD.types)
        for event in events
    }
    _HELD.insert(work.connection, "held_money", [rows[key] for key in sorted(rows)], _NEWER)


def totals(connection: Connection) -> Sequence[Any]:
    """What is held now, by category and subcode."""
    return connection.exec_driver_sql(_TOTALS).all()


SURPLUS_CHANGED = Subscription(
    owner="receivables",
    event="SurplusChanged.v1",
    method="on_surplus_changed",
    schema=SurplusChangedSeen(),
    handle=on_surplus_changed,
    ordering=Ordering.NEWEST,
)
