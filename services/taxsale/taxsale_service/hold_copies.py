"""Others' holds as taxsale keeps them: collections' own, and plans, flags and codes."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns


class HoldPlacedSeen(ReaderSchema):
    hold_id = fields.UUID(required=True)
    parcel_number = fields.String(required=True)
    kind = fields.String(required=True)
    reason = fields.String(load_default="")
    authority = fields.String(load_default="")
    begins_on = fields.Date(required=True)
    ends_on = fields.Date(required=True, allow_none=True)


class HoldReleasedSeen(ReaderSchema):
    hold_id = fields.UUID(required=True)
    parcel_number = fields.String(required=True)
    kind = fields.String(required=True)
    released_on = fields.Date(required=True)


class PlanStatusChangedSeen(ReaderSchema):
    plan_number = fields.String(required=True)
    plan_type = fields.String(load_default="")
    status = fields.String(required=True)
    bill_ids = fields.List(fields.UUID(), required=True)
    changed_on = fields.Date(required=True)


class FlagChangedSeen(ReaderSchema):
    subject_kind = fields.String(required=True)
    subject = fields.String(required=True)
    flag = fields.String(required=True)
    on = fields.Boolean(required=True)
    changed_on = fields.Date(required=True)


class CodeSettingChangedSeen(ReaderSchema):
    code = fields.String(required=True)
    description = fields.String(required=True)
    switches = fields.List(fields.String(), required=True)


class CodeOnBillSeen(ReaderSchema):
    code = fields.String(required=True)
    charge_code = fields.String(load_default="")


class BillCodeChangedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    # Everything on the bill; one that was sent before that was told names only what changed.
    codes = fields.List(fields.Nested(CodeOnBillSeen), load_default=None, allow_none=True)


_PLACED = Columns(
    {
        "hold_id": "uuid", "parcel_number": "text", "kind": "text", "reason": "text",
        "authority": "text", "begins_on": "date", "ends_on": "date",
    }
)  # fmt: skip
_RELEASED = Columns(
    {"hold_id": "uuid", "parcel_number": "text", "kind": "text", "released_on": "date"}
)
_PLANS = Columns(
    {"plan_number": "text", "plan_type": "text", "status": "text", "changed_on": "date"}
)
_PLAN_BILLS = Columns({"plan_number": "text", "bill_id": "uuid"})
_FLAGS = Columns(
    {
        "subject_kind": "text", "subject": "text", "flag": "text", "is_on": "boolean",
        "changed_on": "date", "sequence": "bigint",
    }
)  # fmt: skip
# An array of arrays would have to be of one width: switches and codes come as JSON.
_SETTINGS = """
insert into code_settings (code, description, switches)
select v.code, v.description, array(select jsonb_array_elements_text(v.switches))
from unnest(%s::text[], %s::text[], %s::jsonb[]) as v (code, description, switches)
on conflict (code) do update set description = excluded.description, switches = excluded.switches
"""
_ON_BILL = """
insert into bill_codes (bill_id, codes, sequence)
select v.bill_id, array(select jsonb_array_elements_text(v.codes)), v.sequence
from unnest(%s::uuid[], %s::jsonb[], %s::bigint[]) as v (bill_id, codes, sequence)
on conflict (bill_id) do update set codes = excluded.codes, sequence = excluded.sequence
    where excluded.sequence > bill_codes.sequence
"""


def on_hold_placed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep from when until when a parcel is held, and why; its release may have come first."""
    _keep(work, events, _PLACED, "collection_holds", ("hold_id",))


def on_hold_released(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep the day a hold ended."""
    _keep(work, events, _RELEASED, "collection_holds", ("hold_id",))


def on_plan_status_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each plan's newest status and the bills that are in it."""
    newest = _keep(work, events, _PLANS, "plans", ("plan_number",))
    work.connection.exec_driver_sql(
        "delete from plan_bills where plan_number = any(%s::text[])", ([key[0] for key in newest],)
    )
    rows = [
        (number, bill_id)
        for (number,), event in newest.items()
        for bill_id in sorted(set(event.data["bill_ids"]))
    ]
    _PLAN_BILLS.insert(work.connection, "plan_bills", rows)


def on_flag_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep whether each flag is on: the highest sequence of a flag counts."""
    rows: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    for event in sorted(events, key=lambda each: each.sequence):
        given = event.data
        key = (given["subject_kind"], given["subject"], given["flag"])
        rows[key] = (*key, given["on"], given["changed_on"], event.sequence)
    _FLAGS.insert(
        work.connection,
        "flags",
        [rows[key] for key in sorted(rows)],
        "on conflict (subject_kind, subject, flag) do update set is_on = excluded.is_on,"
        " changed_on = excluded.changed_on, sequence = excluded.sequence"
        " where excluded.sequence > flags.sequence",
    )


def on_code_setting_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep what each code says now."""
    told = sorted({event.data["code"]: event.data for event in events}.items())
    work.connection.exec_driver_sql(
        _SETTINGS,
        (
            [code for code, _ in told],
            [said["description"] for _, said in told],
            [json.dumps(sorted(said["switches"])) for _, said in told],
        ),
    )


def on_bill_code_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep the codes on each bill: the highest sequence of the bill's stream counts."""
    newest: dict[UUID, tuple[list[str], int]] = {}
    for event in sorted(events, key=lambda each: each.sequence):
        if event.data["codes"] is not None:
            codes = [one["code"] for one in event.data["codes"] if not one["charge_code"]]
            newest[event.data["bill_id"]] = (codes, event.sequence)
    told = sorted(newest.items())
    params = (
        [bill_id for bill_id, _ in told],
        [json.dumps(codes) for _, (codes, _) in told],
        [sequence for _, (_, sequence) in told],
    )
    if told:
        work.connection.exec_driver_sql(_ON_BILL, params)


def _keep(
    work: Work, events: Sequence[IncomingEvent], columns: Columns, table: str, key: tuple[str, ...]
) -> dict[tuple[Any, ...], IncomingEvent]:
    """Keep what was told last of each; of several in one batch only the last counts."""
    found = {tuple(event.data[name] for name in key): event for event in events}
    newest = {each: found[each] for each in sorted(found)}
    rows = [[event.data[name] for name in columns.types] for event in newest.values()]
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns.types if name not in key)
    conflict = f"on conflict ({', '.join(key)}) do update set {changes}"
    columns.insert(work.connection, table, rows, conflict)
    return newest


SUBSCRIPTIONS = {
    each.method: each
    for each in (
        Subscription(
            owner="collections", event="HoldPlaced.v1", method="on_hold_placed",
            schema=HoldPlacedSeen(), handle=on_hold_placed, ordering=Ordering.ANY,
        ),
        Subscription(
            owner="collections", event="HoldReleased.v1", method="on_hold_released",
            schema=HoldReleasedSeen(), handle=on_hold_released, ordering=Ordering.ANY,
        ),
        Subscription(
            owner="receivables", event="PlanStatusChanged.v1", method="on_plan_status_changed",
            schema=PlanStatusChangedSeen(), handle=on_plan_status_changed,
            ordering=Ordering.NEWEST,
        ),
        Subscription(
            owner="receivables", event="FlagChanged.v1", method="on_flag_changed",
            schema=FlagChangedSeen(), handle=on_flag_changed, ordering=Ordering.ANY,
        ),
        Subscription(
            owner="receivables", event="CodeSettingChanged.v1", method="on_code_setting_changed",
            schema=CodeSettingChangedSeen(), handle=on_code_setting_changed,
            ordering=Ordering.NEWEST,
        ),
        Subscription(
            owner="receivables", event="BillCodeChanged.v1", method="on_bill_code_changed",
            schema=BillCodeChangedSeen(), handle=on_bill_code_changed, ordering=Ordering.ANY,
        ),
    )
}  # fmt: skip
