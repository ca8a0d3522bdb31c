"""Payment plans, and graces that are over, as notifications hears of them (NOTI-006)."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields, post_load

from notifications_service import projections
from notifications_service.seen import PersonSeen
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work


class PlanStatusChangedSeen(ReaderSchema):
    """What the templates may name; the plan's status is the stage that chooses among them."""

    plan_number = fields.String(required=True)
    plan_type = fields.String(required=True)
    parcel_number = fields.String(required=True)
    status = fields.String(required=True)
    deficiencies = fields.List(fields.String(), required=True)
    changed_on = fields.Date(required=True)
    owner = fields.Nested(PersonSeen, load_default=None)

    @post_load
    def stage_it(self, data: Mapping[str, Any], **_: object) -> dict[str, Any]:
        return {**data, "stage": data["status"]}


class GraceExpiredSeen(ReaderSchema):
    """What the template may name."""

    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    grace_ended_on = fields.Date(required=True)
    penalty_cents = fields.Integer(required=True, strict=True)
    open_cents = fields.Integer(required=True, strict=True)
    owner = fields.Nested(PersonSeen, load_default=None)


def on_plan_status_changed(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Queue what a plan's new status calls for; of one whose owner was not told, nothing."""
    _queue(app, work, events)


def on_grace_expired(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Queue a word of the penalty that the days gone by have brought."""
    _queue(app, work, events)


def _queue(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """By the pack of the day it was told: a grace may be found over long after its last day."""
    named = [event for event in events if event.data["owner"] is not None]
    projections.queue(app, work, [(each, work.clock.date_of(each.time)) for each in named])


# Each status is a word of its own: an older one that comes late is said late, not dropped.
PLAN_STATUS_CHANGED = Subscription(
    owner="receivables",
    event="PlanStatusChanged.v1",
    method="on_plan_status_changed",
    schema=PlanStatusChangedSeen(),
    handle=on_plan_status_changed,
    ordering=Ordering.ANY,
)
GRACE_EXPIRED = Subscription(
    owner="receivables",
    event="GraceExpired.v1",
    method="on_grace_expired",
    schema=GraceExpiredSeen(),
    handle=on_grace_expired,
    ordering=Ordering.ANY,
)
SUBSCRIPTIONS = (PLAN_STATUS_CHANGED, GRACE_EXPIRED)
