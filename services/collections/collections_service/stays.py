"""Collections' read copies of plans and flags: what is said of a bill stops its ladder (COLL-011).

Which of it does is the pack's to say, as source/word: `plan/active`, `flag/bankruptcy`.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields
from sqlalchemy import Connection

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns


class PlanStatusChangedSeen(ReaderSchema):
    plan_number = fields.String(required=True)
    status = fields.String(required=True)
    bill_ids = fields.List(fields.UUID(), required=True)
    changed_on = fields.Date(required=True)


class FlagChangedSeen(ReaderSchema):
    subject_kind = fields.String(required=True)
    subject = fields.String(required=True)
    flag = fields.String(required=True)
    on = fields.Boolean(required=True)
    changed_on = fields.Date(required=True)


# An array of arrays would have to be of one width: bills come as JSON.
_PLANS = """
insert into plans (plan_number, status, changed_on, bill_ids)
select v.number, v.status, v.changed_on,
    array(select jsonb_array_elements_text(v.bills)::uuid order by 1)
from unnest(%s::text[], %s::text[], %s::date[], %s::jsonb[])
    as v (number, status, changed_on, bills)
on conflict (plan_number) do update set status = excluded.status,
    changed_on = excluded.changed_on, bill_ids = excluded.bill_ids
"""
_FLAGS = Columns(
    {
        "subject_kind": "text",
        "subject": "text",
        "flag": "text",
        "is_on": "boolean",
        "changed_on": "date",
        "sequence": "bigint",
    }
)
_NEWER_FLAG = """
on conflict (subject_kind, subject, flag) do update set is_on = excluded.is_on,
    changed_on = excluded.changed_on, sequence = excluded.sequence
    where excluded.sequence > flags.sequence
"""


def on_plan_status_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each plan's newest status and the bills that are in it."""
    newest = {event.data["plan_number"]: event.data for event in events}
    told = [newest[number] for number in sorted(newest)]
    work.connection.exec_driver_sql(
        _PLANS,
        (
            [each["plan_number"] for each in told],
            [each["status"] for each in told],
            [each["changed_on"] for each in told],
            [json.dumps(sorted({str(one) for one in each["bill_ids"]})) for each in told],
        ),
    )


def on_flag_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep whether each flag is on: the highest sequence of a flag counts."""
    rows: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    for event in sorted(events, key=lambda each: each.sequence):
        given = event.data
        key = (given["subject_kind"], given["subject"], given["flag"])
        rows[key] = (*key, given["on"], given["changed_on"], event.sequence)
    _FLAGS.insert(work.connection, "flags", [rows[key] for key in sorted(rows)], _NEWER_FLAG)


def of_bill(connection: Connection, bill_id: UUID) -> tuple[str, ...]:
    """What plans and flags say of a bill, in a settled order."""
    rows = connection.exec_driver_sql(
        "select distinct word from bill_stays where bill_id = %s order by word", (bill_id,)
    )
    return tuple(row.word for row in rows)


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
SUBSCRIPTIONS = (PLAN_STATUS_CHANGED, FLAG_CHANGED)
