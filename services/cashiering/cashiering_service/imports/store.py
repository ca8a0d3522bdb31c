"""Cashiering's SQL for remittance files: COPY in, judge in sets, post in batches."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from taxkit.rows import Columns

STAGED = (
    "run_id, line_number, outcome, reason, message, line_key, parcel_number, tax_year,"
    " amount_cents, paid_on, received_on, check_number, payer_name, kind, tender_type,"
    " tender_reference, lender_code, source_code, fields"
)
POSTED = Columns({"line_number": "bigint", "receipt_id": "uuid"})


def insert_run(connection: Connection, row: Mapping[str, object]) -> None:
    names = list(row)
    connection.exec_driver_sql(
        f"insert into import_runs ({', '.join(names)})"
        f" values ({', '.join(f'%({name})s' for name in names)})",
        row,
    )


def stage(connection: Connection, rows: Sequence[Sequence[object]]) -> None:
    """Copy lines into staging."""
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f"copy import_lines ({STAGED}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def begin_judging(connection: Connection) -> None:
    """Wait until no other file is being judged; a large one may take its time."""
    connection.exec_driver_sql(
        "set local lock_timeout = '120s'; set local statement_timeout = '300s'"
    )
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtextextended('remittance files', 0))"
    )


def run_of_file(connection: Connection, file_sha256: str) -> Any:
    return connection.exec_driver_sql(
        "select * from import_runs where file_sha256 = %s"
        " and state not in ('rejected', 'checked', 'abandoned')",
        (file_sha256,),
    ).one_or_none()


def run(connection: Connection, run_id: UUID, *, lock: bool = False) -> Any:
    return connection.exec_driver_sql(
        f"select * from import_runs where run_id = %s {'for update' if lock else ''}", (run_id,)
    ).one_or_none()


def set_state(connection: Connection, run_id: UUID, state: str) -> None:
    connection.exec_driver_sql(
        "update import_runs set state = %s where run_id = %s", (state, run_id)
    )


def reject(connection: Connection, run_id: UUID, reason: str, message: str) -> None:
    connection.exec_driver_sql(
        "update import_runs set state = 'rejected', reason = %s, message = %s where run_id = %s",
        (reason, message, run_id),
    )


def runs_page(
    connection: Connection, day: date | None, before: UUID | None, size: int
) -> Sequence[UUID]:
    """Runs of a day, or of any, the newest first; ids grow with time."""
    return list(
        connection.exec_driver_sql(
            "select run_id from import_runs"
            " where (%(day)s::date is null or business_date = %(day)s)"
            " and (%(before)s::uuid is null or run_id < %(before)s)"
            " order by run_id desc limit %(size)s",
            {"day": day, "before": before, "size": size},
        ).scalars()
    )


def lines_page(
    connection: Connection, run_id: UUID, outcome: str, after: int, size: int, *, unpaid: bool
) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from import_lines where run_id = %(run)s and line_number > %(after)s"
        " and (%(outcome)s = '' or outcome = %(outcome)s)"
        " and (not %(unpaid)s or (outcome = 'post' and open_cents > amount_cents))"
        " order by line_number limit %(size)s",
        {"run": run_id, "after": after, "outcome": outcome, "unpaid": unpaid, "size": size},
    ).all()


def lines_left(connection: Connection, run_id: UUID, limit: int) -> Sequence[Any]:
    """The next lines without a receipt, each with its bill as the read copy has it."""
    return connection.exec_driver_sql(
        "select l.*, d.bill_number, d.bill_version, d.owner_name, d.owner_email"
        " from import_lines l left join dues d on d.bill_id = l.bill_id"
        " where run_id = %s and outcome in ('post', 'suspense') and receipt_id is null"
        " order by line_number limit %s",
        (run_id, limit),
    ).all()


def to_post(connection: Connection, run_id: UUID) -> int:
    """How many lines still wait for a receipt."""
    found: int = connection.exec_driver_sql(
        "select count(*) from import_lines"
        " where run_id = %s and outcome in ('post', 'suspense') and receipt_id is null",
        (run_id,),
    ).scalar_one()
    return found


def name_receipts(connection: Connection, run_id: UUID, rows: Sequence[tuple[int, UUID]]) -> None:
    """Note which receipts lines will have whose money is to wait."""
    if rows:
        connection.exec_driver_sql(
            "update import_lines l set waiting_receipt_id = v.receipt_id"
            f" from {POSTED.source} where l.run_id = %(run)s and l.line_number = v.line_number",
            {**POSTED.params(rows), "run": run_id},
        )


def mark_posted(connection: Connection, run_id: UUID, rows: Sequence[tuple[int, UUID]]) -> None:
    connection.exec_driver_sql(
        "update import_lines l set receipt_id = v.receipt_id"
        f" from {POSTED.source} where l.run_id = %(run)s and l.line_number = v.line_number",
        {**POSTED.params(rows), "run": run_id},
    )


def summary(connection: Connection, run_id: UUID) -> Any:
    """Lines by outcome, taken as posted where the run is not to be posted at all."""
    return connection.exec_driver_sql(
        "select count(*) as lines,"
        " count(*) filter (where outcome = 'post' and stands) as posted,"
        " count(*) filter (where outcome = 'suspense' and stands) as suspense,"
        " count(*) filter (where outcome = 'rejected') as rejected,"
        " count(*) filter (where outcome = 'duplicate') as duplicates,"
        " count(*) filter (where outcome <> 'post') as bad,"
        " coalesce(sum(amount_cents) filter (where outcome = 'post' and stands), 0)::bigint"
        "   as posted_cents,"
        " coalesce(sum(amount_cents) filter (where outcome = 'suspense' and stands), 0)::bigint"
        "   as suspense_cents,"
        " count(*) filter (where outcome = 'post' and open_cents > amount_cents) as unpaid_bills,"
        " coalesce(sum(open_cents - amount_cents) filter (where outcome = 'post'"
        "   and open_cents > amount_cents), 0)::bigint as unpaid_cents"
        " from (select l.*, receipt_id is not null or r.state in ('checked', 'validated') as stands"
        "   from import_lines l join import_runs r using (run_id) where run_id = %s) as line",
        (run_id,),
    ).one()


def quoted_bills(connection: Connection, run_id: UUID) -> Sequence[Any]:
    """(bill_id, bill_version) a run's lines were prepared for, and what else their parcels owe."""
    return connection.exec_driver_sql(
        "select distinct d.bill_id, d.bill_version from import_lines l"
        " join dues d using (parcel_number, tax_year)"
        " where l.run_id = %s and l.outcome = 'post' and l.kind = 'bill' order by d.bill_id",
        (run_id,),
    ).all()


def exceptions(connection: Connection, run_id: UUID, limit: int) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from import_lines where run_id = %s and outcome <> 'post'"
        " order by line_number limit %s",
        (run_id, limit),
    ).all()


def exceptions_among(
    connection: Connection, run_id: UUID, numbers: Sequence[int]
) -> tuple[int, Sequence[Any]]:
    """How many lines of a run are exceptions, and those of them with these numbers."""
    total: int = connection.exec_driver_sql(
        "select count(*) from import_lines where run_id = %s and outcome <> 'post'", (run_id,)
    ).scalar_one()
    lines = connection.exec_driver_sql(
        "select * from import_lines where run_id = %s and outcome <> 'post'"
        " and line_number = any(%s) order by line_number",
        (run_id, list(numbers)),
    ).all()
    return total, lines


def first_lines(connection: Connection, run_id: UUID, limit: int) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from import_lines where run_id = %s order by line_number limit %s",
        (run_id, limit),
    ).all()
