"""Cashiering's SQL for remittance files: COPY in, judge in sets, post in batches."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from taxkit.rows import Columns

STAGED = (
    "run_id, line_number, outcome, reason, message, line_key, parcel_number, tax_year,"
    " amount_cents, paid_on, received_on, check_number, payer_name"
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


def run_of_key(connection: Connection, method: str, key: str) -> Any:
    """(request_sha256, response) of an import under a key, its run's id being the response."""
    return connection.exec_driver_sql(
        "select request_sha256, response from idempotency_keys where key = %s and method = %s",
        (key, method),
    ).one_or_none()


def remember_key(
    connection: Connection, method: str, key: str, request_sha256: bytes, response: bytes
) -> None:
    connection.exec_driver_sql(
        "insert into idempotency_keys (key, method, request_sha256, response)"
        " values (%s, %s, %s, %s)",
        (key, method, request_sha256, response),
    )


def judge(connection: Connection, run_id: UUID) -> None:
    """Decide every staged line in three set-wise steps: duplicates, bills, the rest to suspense."""
    # The planner knows nothing of lines staged a moment ago, and would compare each with each.
    connection.exec_driver_sql("analyze import_lines")
    connection.exec_driver_sql(
        "update import_lines l set outcome = 'duplicate', reason = 'DUPLICATE_LINE',"
        " message = 'the same payment is on line ' || d.first || ' of this file'"
        " from (select line_number, min(line_number) over (partition by line_key) as first"
        "       from import_lines where run_id = %(run)s and outcome = 'post') d"
        " where l.run_id = %(run)s and l.line_number = d.line_number and d.first < d.line_number",
        {"run": run_id},
    )
    connection.exec_driver_sql(
        "update import_lines l set outcome = 'duplicate', reason = 'DUPLICATE_LINE',"
        " message = 'the same payment was on line ' || e.line_number || ' of run ' || e.run_id"
        " from import_lines e where l.run_id = %(run)s and l.outcome = 'post'"
        " and e.line_key = l.line_key and e.run_id <> l.run_id"
        " and e.outcome in ('post', 'suspense')",
        {"run": run_id},
    )
    connection.exec_driver_sql(
        "update import_lines l set bill_id = d.bill_id from dues d"
        " where l.run_id = %(run)s and l.outcome = 'post'"
        " and d.parcel_number = l.parcel_number and d.tax_year = l.tax_year",
        {"run": run_id},
    )
    connection.exec_driver_sql(
        "update import_lines l set outcome = 'suspense', reason = 'PARCEL_UNKNOWN',"
        " message = 'no bill of ' || tax_year || ' is known for parcel ' || parcel_number"
        " where run_id = %(run)s and outcome = 'post' and bill_id is null",
        {"run": run_id},
    )


def run_of_file(connection: Connection, file_sha256: str) -> Any:
    return connection.exec_driver_sql(
        "select * from import_runs where file_sha256 = %s and state <> 'rejected'", (file_sha256,)
    ).one_or_none()


def run(connection: Connection, run_id: UUID, *, lock: bool = False) -> Any:
    return connection.exec_driver_sql(
        f"select * from import_runs where run_id = %s {'for update' if lock else ''}", (run_id,)
    ).one_or_none()


def set_state(connection: Connection, run_id: UUID, state: str) -> None:
    connection.exec_driver_sql(
        "update import_runs set state = %s where run_id = %s", (state, run_id)
    )


def lines_left(connection: Connection, run_id: UUID, limit: int) -> Sequence[Any]:
    """The next lines without a receipt, each with its bill as the read copy has it."""
    return connection.exec_driver_sql(
        "select l.*, d.bill_number, d.bill_version, d.owner_name, d.owner_email"
        " from import_lines l left join dues d on d.bill_id = l.bill_id"
        " where run_id = %s and outcome in ('post', 'suspense') and receipt_id is null"
        " order by line_number limit %s",
        (run_id, limit),
    ).all()


def mark_posted(connection: Connection, run_id: UUID, rows: Sequence[tuple[int, UUID]]) -> None:
    connection.exec_driver_sql(
        "update import_lines l set receipt_id = v.receipt_id"
        f" from {POSTED.source} where l.run_id = %(run)s and l.line_number = v.line_number",
        {**POSTED.params(rows), "run": run_id},
    )


def summary(connection: Connection, run_id: UUID) -> Any:
    return connection.exec_driver_sql(
        "select count(*) as lines,"
        " count(*) filter (where outcome = 'post' and receipt_id is not null) as posted,"
        " count(*) filter (where outcome = 'suspense' and receipt_id is not null) as suspense,"
        " count(*) filter (where outcome = 'rejected') as rejected,"
        " count(*) filter (where outcome = 'duplicate') as duplicates,"
        " coalesce(sum(amount_cents) filter (where outcome = 'post'"
        "   and receipt_id is not null), 0)::bigint as posted_cents,"
        " coalesce(sum(amount_cents) filter (where outcome = 'suspense'"
        "   and receipt_id is not null), 0)::bigint as suspense_cents"
        " from import_lines where run_id = %s",
        (run_id,),
    ).one()


def exceptions(connection: Connection, run_id: UUID, limit: int) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from import_lines where run_id = %s and outcome <> 'post'"
        " order by line_number limit %s",
        (run_id, limit),
    ).all()


def first_lines(connection: Connection, run_id: UUID, limit: int) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from import_lines where run_id = %s order by line_number limit %s",
        (run_id, limit),
    ).all()
