"""What levy keeps of cashiering's payment files: which are open, and whose bills they may pay."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields, validate
from sqlalchemy import Connection

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.errors import Refusal, not_found
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns


class BillQuotedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    bill_version = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=2**31 - 1)
    )


class ImportRunStartedSeen(ReaderSchema):
    run_id = fields.UUID(required=True)
    file_name = fields.String(required=True)
    business_date = fields.Date(required=True)
    # A run that does not say which bills it may pay may pay any.
    names_its_bills = fields.Boolean(load_default=False)
    bills = fields.List(fields.Nested(BillQuotedSeen), load_default=list)


class ImportRunFinishedSeen(ReaderSchema):
    run_id = fields.UUID(required=True)
    file_name = fields.String(required=True)
    business_date = fields.Date(required=True)
    state = fields.String(required=True)


_STARTED = Columns(
    {
        "run_id": "uuid",
        "file_name": "text",
        "business_date": "date",
        "names_its_bills": "boolean",
        "started_at": "timestamptz",
        "is_open": "boolean",
    }
)
# Its end may have been told first, or a person may have let go of it: then it stays closed.
_SAID = """
on conflict (run_id) do update set names_its_bills = excluded.names_its_bills,
    started_at = excluded.started_at
"""
_BILLS = Columns({"run_id": "uuid", "bill_id": "uuid", "bill_version": "integer"})
_FINISHED = Columns(
    {
        "run_id": "uuid",
        "file_name": "text",
        "business_date": "date",
        "finished_at": "timestamptz",
        "finished_state": "text",
        "is_open": "boolean",
    }
)
_CLOSED = """
on conflict (run_id) do update set finished_at = excluded.finished_at,
    finished_state = excluded.finished_state, is_open = false
"""


def on_import_run_started(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Hold the bills a file may pay."""
    runs = [
        (
            event.data["run_id"],
            event.data["file_name"],
            event.data["business_date"],
            event.data["names_its_bills"],
            event.time,
            True,
        )
        for event in events
    ]
    bills = {
        (event.data["run_id"], each["bill_id"]): each["bill_version"]
        for event in events
        for each in event.data["bills"]
    }
    _STARTED.insert(work.connection, "import_runs", runs, _SAID)
    named = [(*key, version) for key, version in bills.items()]
    _BILLS.insert(work.connection, "import_run_bills", named, "on conflict do nothing")


def on_import_run_finished(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Let go of a file's bills; the timer then runs what waited for them."""
    rows = [
        (
            event.data["run_id"],
            event.data["file_name"],
            event.data["business_date"],
            event.time,
            event.data["state"],
            False,
        )
        for event in events
    ]
    _FINISHED.insert(work.connection, "import_runs", rows, _CLOSED)


def listed(
    connection: Connection, before: UUID | None, size: int, *, open_only: bool
) -> Sequence[Any]:
    """Runs, the newest first, each with how many bills it names and who let go of it."""
    return connection.exec_driver_sql(
        "select r.*, l.released_by, l.reason,"
        " (select count(*) from import_run_bills b where b.run_id = r.run_id) as bill_count"
        " from import_runs r left join import_run_releases l using (run_id)"
        " where (not %(open)s or r.is_open) and (%(before)s::uuid is null or r.run_id < %(before)s)"
        " order by r.run_id desc limit %(size)s",
        {"open": open_only, "before": before, "size": size},
    ).all()


def release(connection: Connection, run_id: UUID, released: tuple[str, str, UUID, Any]) -> None:
    """Let go of a run whose end will not be told; `released` is who, why, trace and when."""
    row = connection.exec_driver_sql(
        "select is_open from import_runs where run_id = %s for update", (run_id,)
    ).one_or_none()
    if row is None:
        raise not_found("IMPORT_RUN_NOT_FOUND", f"levy has heard of no import run {run_id}")
    if not row.is_open:
        raise Refusal("IMPORT_RUN_NOT_OPEN", f"import run {run_id} holds no bill any more")
    connection.exec_driver_sql(
        "insert into import_run_releases (run_id, released_by, reason, trace_id, recorded_at)"
        " values (%s, %s, %s, %s, %s)",
        (run_id, *released),
    )
    connection.exec_driver_sql(
        "update import_runs set is_open = false where run_id = %s", (run_id,)
    )


IMPORT_RUN_STARTED = Subscription(
    owner="cashiering",
    event="ImportRunStarted.v1",
    method="on_import_run_started",
    schema=ImportRunStartedSeen(),
    handle=on_import_run_started,
    ordering=Ordering.ANY,
)
IMPORT_RUN_FINISHED = Subscription(
    owner="cashiering",
    event="ImportRunFinished.v1",
    method="on_import_run_finished",
    schema=ImportRunFinishedSeen(),
    handle=on_import_run_finished,
    ordering=Ordering.ANY,
)
