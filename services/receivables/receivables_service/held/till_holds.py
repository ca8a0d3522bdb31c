"""What baskets at the counter keep of held money: reserved here, so that no procedure takes it."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from receivables_service.held import items as held_items
from taxkit import ids
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work

_HELD, _SURPLUS = "held", "surplus"
# In the order in which tenders lock them; a hold the ledger cannot give leaves all as it is.
_LOCK = (
    "select i.item_id, i.reserved_by, i.state, c.opened_at from held_items i"
    " left join held_cases c using (case_id) where i.item_id = any(%b::uuid[])"
    " order by i.opened_on, i.receipt_id, i.item_id for update of i"
)
_RESERVE = (
    "update held_items i set reserved_by = v.whom"
    " from unnest(%b::uuid[], %b::text[]) as v (id, whom) where i.item_id = v.id"
)


class MoneyHoldSeen(ReaderSchema):
    held_for = fields.String(required=True)
    kind = fields.String(required=True)
    reference = fields.String(required=True)
    state = fields.String(required=True)


def on_money_hold_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Reserve what is free for whom it is kept; let go what was reserved for them (RECV-042)."""
    wanted = [
        (item_id, event)
        for event in events
        if event.data["kind"] == _SURPLUS and (item_id := ids.parse_id(event.data["reference"]))
    ]
    if not wanted:
        return
    rows = work.connection.exec_driver_sql(_LOCK, ([item_id for item_id, _ in wanted],))
    known = {row.item_id: row for row in rows}
    reserved = {item_id: row.reserved_by for item_id, row in known.items()}
    causes = {}
    for item_id, event in wanted:
        if item_id not in known:
            continue
        whom, by = event.data["held_for"], reserved[item_id]
        free = not by and _is_free(known[item_id], event)
        if event.data["state"] == _HELD and free:
            reserved[item_id], causes[item_id] = whom, event
        elif event.data["state"] != _HELD and by == whom:
            reserved[item_id], causes[item_id] = "", event
    if causes:
        _write(work, {item_id: reserved[item_id] for item_id in causes}, causes)


def _is_free(item: Any, event: IncomingEvent) -> bool:
    """Whether nobody had it when it was kept: a case that began since waits for the basket."""
    return item.state == "open" or (item.opened_at is not None and event.time < item.opened_at)


def _write(work: Work, reserved: dict[Any, str], causes: dict[Any, IncomingEvent]) -> None:
    work.connection.exec_driver_sql(_RESERVE, (list(reserved), list(reserved.values())))
    for item_id, cause in causes.items():
        held_items.restate(work, [item_id], cause)


MONEY_HOLD_CHANGED = Subscription(
    owner="cashiering",
    event="MoneyHoldChanged.v1",
    method="on_money_hold_changed",
    schema=MoneyHoldSeen(),
    handle=on_money_hold_changed,
    ordering=Ordering.NEWEST,
)
