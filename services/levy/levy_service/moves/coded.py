"""What levy keeps of receivables' codes: which bills bear one that is shown when homes move."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields, validate
from sqlalchemy import Connection

from levy_service import store as bill_store
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns

_SHOWN = "mobile_home_movement"
_NAME = validate.Length(max=200)


class CodeSettingChangedSeen(ReaderSchema):
    code = fields.String(required=True, validate=_NAME)
    effective_on = fields.Date(required=True)
    version = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))
    switches = fields.List(fields.String(), required=True)


class CodeBorneSeen(ReaderSchema):
    code = fields.String(required=True, validate=_NAME)


class BillCodeChangedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    # Not told from the beginning; then nothing is known of the bill's codes.
    codes = fields.List(fields.Nested(CodeBorneSeen), load_default=list)


_SETTINGS = Columns(
    {"code": "text", "version": "integer", "effective_on": "date", "shown_on_moves": "boolean"}
)
_CODES = Columns({"bill_id": "uuid", "codes": "text"})
_COUNTS_NOW = """
select code, shown_on_moves from code_settings s where effective_on <= %(today)s
and not exists (select from code_settings n where n.code = s.code
    and n.effective_on <= %(today)s and n.version > s.version)
"""


def on_code_setting_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep every version of a code's settings: which of them holds depends on the day."""
    rows = {
        (event.data["code"], event.data["version"]): (
            event.data["code"],
            event.data["version"],
            event.data["effective_on"],
            _SHOWN in event.data["switches"],
        )
        for event in events
    }
    _SETTINGS.insert(
        work.connection, "code_settings", list(rows.values()), "on conflict do nothing"
    )


def on_bill_code_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep the codes a bill bears; of several changes in one batch the last counts."""
    newest = {event.data["bill_id"]: event.data["codes"] for event in events}
    rows = [
        (bill_id, "\n".join(sorted({each["code"] for each in codes})))
        for bill_id, codes in sorted(newest.items())
    ]
    tail = "on conflict (bill_id) do update set codes = excluded.codes"
    _CODES.insert(work.connection, "bill_codes", rows, tail)


def movable(connection: Connection, parcel_number: str, today: Any) -> list[tuple[Any, list[str]]]:
    """A parcel's bills in their newest versions, those with a code shown on moves first."""
    shown = {
        row.code
        for row in connection.exec_driver_sql(_COUNTS_NOW, {"today": today})
        if row.shown_on_moves
    }
    rows = bill_store.bills_of_parcel(connection, parcel_number)
    borne = _codes_of(connection, [row.bill_id for row in rows])
    found = [(row, sorted(borne.get(row.bill_id, set()) & shown)) for row in rows]
    return sorted(found, key=lambda one: not one[1])


def known(connection: Connection, codes: Collection[str]) -> set[str]:
    """Those of some codes that receivables has told of."""
    rows = connection.exec_driver_sql(
        "select distinct code from code_settings where code = any(%s)", (sorted(codes),)
    )
    return {row.code for row in rows}


def _codes_of(connection: Connection, bill_ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    rows = connection.exec_driver_sql(
        "select bill_id, codes from bill_codes where bill_id = any(%s)", (list(bill_ids),)
    )
    return {row.bill_id: set(filter(None, row.codes.split("\n"))) for row in rows}


CODE_SETTING_CHANGED = Subscription(
    owner="receivables",
    event="CodeSettingChanged.v1",
    method="on_code_setting_changed",
    schema=CodeSettingChangedSeen(),
    handle=on_code_setting_changed,
    ordering=Ordering.ANY,
)
BILL_CODE_CHANGED = Subscription(
    owner="receivables",
    event="BillCodeChanged.v1",
    method="on_bill_code_changed",
    schema=BillCodeChangedSeen(),
    handle=on_bill_code_changed,
    ordering=Ordering.NEWEST,
)
