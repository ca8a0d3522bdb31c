"""Cashiering's read copies of payment plans and flags."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns


class PlanStatusChangedSeen(ReaderSchema):
    plan_number = fields.String(required=True)
    status = fields.String(required=True)
    bill_ids = fields.List(fields.UUID(), required=True)


class FlagChangedSeen(ReaderSchema):
    subject_kind = fields.String(
        required=True, validate=validate.OneOf(["parcel", "party", "plan", "bill"])
    )
    subject = fields.String(required=True)
    flag = fields.String(required=True)
    on = fields.Boolean(required=True)


_PLANS = Columns({"plan_number": "text", "status": "text"})
_PLAN_BILLS = Columns({"plan_number": "text", "bill_id": "uuid"})
_FLAGS = Columns(
    {
        "subject_kind": "text",
        "subject": "text",
        "flag": "text",
        "is_on": "boolean",
        "sequence": "bigint",
    }
)


def on_plan_status_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each plan's newest status and the bills that are in it."""
    newest = {event.data["plan_number"]: event.data for event in events}
    plans = [(number, given["status"]) for number, given in sorted(newest.items())]
    _PLANS.insert(
        work.connection,
        "plans",
        plans,
        "on conflict (plan_number) do update set status = excluded.status",
    )
    work.connection.exec_driver_sql(
        "delete from plan_bills where plan_number = any(%s::text[])", (sorted(newest),)
    )
    _PLAN_BILLS.insert(
        work.connection,
        "plan_bills",
        [
            (number, bill_id)
            for number, given in sorted(newest.items())
            for bill_id in sorted(set(given["bill_ids"]))
        ],
    )


def on_flag_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep whether each flag is on: the highest sequence of a flag counts, whatever came first."""
    newest: dict[tuple[str, str, str], tuple[bool, int]] = {}
    for event in events:
        given = event.data
        key = (given["subject_kind"], given["subject"], given["flag"])
        if key not in newest or newest[key][1] < event.sequence:
            newest[key] = (given["on"], event.sequence)
    _FLAGS.insert(
        work.connection,
        "flags",
        [(*key, *state) for key, state in sorted(newest.items())],
        "on conflict (subject_kind, subject, flag) do update"
        " set is_on = excluded.is_on, sequence = excluded.sequence"
        " where excluded.sequence > flags.sequence",
    )


PLAN_STATUS_CHANGED = Subscription(
    owner="receivables",
    event="PlanStatusChanged.v1",
    method="on_plan_status_changed",
    schema=PlanStatusChangedSeen(),
    handle=on_plan_status_changed,
    ordering=Ordering.NEWEST,
)
FLAG_CHANGED = Subscription(
    owner="receivables",
    event="FlagChanged.v1",
    method="on_flag_changed",
    schema=FlagChangedSeen(),
    handle=on_flag_changed,
    ordering=Ordering.ANY,
)
