"""Cashiering's read copies of money held: surpluses and escrow accounts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from marshmallow import fields, validate

from cashiering_service.domain.held import ESCROW, SURPLUS, HeldMoney, told
from cashiering_service.till import held_store
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX

_CENTS = validate.Range(0, CENTS_MAX)


class SurplusChangedSeen(ReaderSchema):
    surplus_item_id = fields.UUID(required=True)
    category = fields.String(required=True)
    subcode = fields.String(required=True)
    parcel_number = fields.String(required=True)
    owner = fields.String(required=True)
    open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    state = fields.String(required=True)


class EscrowChangedSeen(ReaderSchema):
    escrow_account = fields.String(required=True)
    name = fields.String(required=True)
    available_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    closed = fields.Boolean(required=True)


def on_surplus_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each surplus as told last; what went off it ends what tills reserved."""
    _keep(work, events, _surplus)


def on_escrow_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each escrow account as told last, the same way."""
    _keep(work, events, _escrow)


def _keep(
    work: Work,
    events: Sequence[IncomingEvent],
    read: Callable[[Mapping[str, Any]], HeldMoney],
) -> None:
    """Fold the events in their order: each drop of what is open is a draw of its own."""
    ordered = [read(event.data) for event in sorted(events, key=lambda one: one.sequence)]
    known = held_store.lock(work.connection, {(one.kind, one.reference) for one in ordered})
    for one in ordered:
        key = (one.kind, one.reference)
        known[key] = told(known.get(key), one)
    held_store.keep(work.connection, known.values())


def _surplus(given: Mapping[str, Any]) -> HeldMoney:
    return HeldMoney(
        SURPLUS,
        str(given["surplus_item_id"]),
        given["subcode"],
        given["owner"],
        given["parcel_number"],
        given["open_cents"],
        given["state"],
    )


def _escrow(given: Mapping[str, Any]) -> HeldMoney:
    state = "closed" if given["closed"] else "open"
    return HeldMoney(
        ESCROW, given["escrow_account"], ESCROW, given["name"], "", given["available_cents"], state
    )


SURPLUS_CHANGED = Subscription(
    owner="receivables",
    event="SurplusChanged.v1",
    method="on_surplus_changed",
    schema=SurplusChangedSeen(),
    handle=on_surplus_changed,
    ordering=Ordering.NEWEST,
)
ESCROW_CHANGED = Subscription(
    owner="receivables",
    event="EscrowChanged.v1",
    method="on_escrow_changed",
    schema=EscrowChangedSeen(),
    handle=on_escrow_changed,
    ordering=Ordering.NEWEST,
)
