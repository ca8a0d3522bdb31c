"""Cashiering's read copies of bill codes: what each says, and which are on a bill."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work


class CodeSettingChangedSeen(ReaderSchema):
    code = fields.String(required=True)
    description = fields.String(required=True)
    switches = fields.List(fields.String(), required=True)


class CodeOnBillSeen(ReaderSchema):
    code = fields.String(required=True)
    charge_code = fields.String(load_default="")


class BillCodeChangedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    code = fields.String(required=True)
    # Everything on the bill; one that was sent before that was told names only what changed.
    codes = fields.List(fields.Nested(CodeOnBillSeen), load_default=None, allow_none=True)


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


def on_code_setting_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep what each code says now; what was quoted before is asked anew (RECV-059)."""
    newest = {event.data["code"]: event.data for event in events}
    told = sorted(newest.items())
    work.connection.exec_driver_sql(
        _SETTINGS,
        (
            [code for code, _ in told],
            [said["description"] for _, said in told],
            [json.dumps(sorted(said["switches"])) for _, said in told],
        ),
    )
    # Which fees bear the code is not known here; quotes are few, and soon there again.
    work.connection.exec_driver_sql("delete from quoted")


def on_bill_code_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep the codes on each bill: the highest sequence of the bill's stream counts."""
    newest: dict[Any, IncomingEvent] = {}
    for event in events:
        known = newest.get(event.data["bill_id"])
        if event.data["codes"] is not None and (known is None or known.sequence < event.sequence):
            newest[event.data["bill_id"]] = event
    told = sorted(newest.items())
    if told:
        work.connection.exec_driver_sql(
            _ON_BILL,
            (
                [bill_id for bill_id, _ in told],
                [json.dumps(_of_bill(event.data)) for _, event in told],
                [event.sequence for _, event in told],
            ),
        )


def _of_bill(told: Mapping[str, Any]) -> list[str]:
    return [one["code"] for one in told["codes"] if not one["charge_code"]]


CODE_SETTING_CHANGED = Subscription(
    owner="receivables",
    event="CodeSettingChanged.v1",
    method="on_code_setting_changed",
    schema=CodeSettingChangedSeen(),
    handle=on_code_setting_changed,
    ordering=Ordering.NEWEST,
)
BILL_CODE_CHANGED = Subscription(
    owner="receivables",
    event="BillCodeChanged.v1",
    method="on_bill_code_changed",
    schema=BillCodeChangedSeen(),
    handle=on_bill_code_changed,
    ordering=Ordering.ANY,
)
