"""Remittance files: staged whole, judged in sets, posted in batches that a kill cannot break.

Prepare: the stream is parsed and copied into staging in one transaction; a file that cannot be
trusted leaves nothing but a rejected run with its reason. Commit: each batch is one transaction
that writes receipts and marks its lines, so a run that was cut off goes on where it stopped when
the same file is sent again.
"""

import hashlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import commands, events, import_posting, import_store, import_told
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.domain.remittance import (
    BadFile,
    BadLine,
    RemittanceLine,
    RemittanceReader,
    Trailer,
    line_key,
    open_reader,
)
from cashiering_service.import_posting import SOURCES
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import ids, outbox, requests
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal, conflict, invalid
from taxkit.idempotency import check_key, conflicting
from taxkit.telemetry import trace_id_of

METHOD = "ImportRemittance"
_STAGED_AT_ONCE = 5000
_FILE_NAME_MAX = 200


@dataclass(frozen=True, slots=True)
class Header:
    """What the sender says of a file before its bytes."""

    key: str
    layout: str
    file_name: str
    till_code: str
    business_date: date
    effective_on: date | None


class _KnownRun(Exception):
    """The file belongs to a run that stands: this staging is for nothing."""

    def __init__(self, run_id: UUID) -> None:
        super().__init__(run_id)
        self.run_id = run_id


def run(
    app: CashieringApp, asked: Asked, parts: Iterator[pb.ImportRemittanceRequest]
) -> Iterator[pb.ImportProgress]:
    """Take a file in and post it; progress on the way, the run's result at the end."""
    header = _read_header(app, parts)
    reader = _reader(app, header)
    run_id = ids.new_id()
    try:
        for count in _prepare(app, asked, header, run_id, _records(reader, parts)):
            yield pb.ImportProgress(lines_read=count)
    except _KnownRun as known:
        run_id = known.run_id
    yield from import_posting.commit(app, asked, run_id)
    with app.database.begin() as connection:
        state = import_told.run_state(connection, run_id)
    assert state is not None
    yield pb.ImportProgress(
        lines_read=state.line_count,
        lines_posted=state.posted_count + state.suspense_count,
        run=state,
    )


def _read_header(app: CashieringApp, parts: Iterator[pb.ImportRemittanceRequest]) -> Header:
    first = next(parts, None)
    if first is None or first.WhichOneof("part") != "header":
        raise invalid("HEADER_MISSING", "send the header before the file's bytes", "header")
    given = first.header
    if given.layout not in SOURCES:
        raise invalid(
            "UNKNOWN_LAYOUT", f"{given.layout!r} is not one of {', '.join(SOURCES)}", "layout"
        )
    business_date = requests.required_date(given.business_date, "business_date")
    if business_date > app.clock.today():
        raise invalid("BUSINESS_DATE_IN_FUTURE", f"{business_date} is after today", "business_date")
    return Header(
        check_key(given.idempotency_key),
        given.layout,
        requests.plain_text(given.file_name, "file_name", _FILE_NAME_MAX),
        given.till_code,
        business_date,
        requests.optional_date(given.effective_on, "effective_on"),
    )


def _reader(app: CashieringApp, header: Header) -> RemittanceReader:
    try:
        return open_reader(header.layout, app.law.reference_format(header.business_date))
    except NoTermInForce as error:
        raise Refusal("NO_LAW_IN_FORCE", str(error)) from error


@dataclass(slots=True)
class _File:
    """A stream of records that knows, once it has ended, what the file was."""

    records: Iterator[RemittanceLine | BadLine | Trailer]
    digest: Any


def _records(reader: RemittanceReader, parts: Iterator[pb.ImportRemittanceRequest]) -> _File:
    digest = hashlib.sha256()

    def read() -> Iterator[RemittanceLine | BadLine | Trailer]:
        for part in parts:
            if part.WhichOneof("part") != "chunk":
                raise invalid("PART_UNEXPECTED", "after the header come the file's bytes", "part")
            digest.update(part.chunk)
            yield from reader.feed(part.chunk)
        yield from reader.close()

    return _File(read(), digest)


def _prepare(
    app: CashieringApp, asked: Asked, header: Header, run_id: UUID, file: _File
) -> Iterator[int]:
    """Stage and judge a file in one transaction; yields lines read."""
    try:
        with app.database.begin() as connection:
            import_store.insert_run(connection, _run_row(run_id, asked, header))
            trailer = yield from _stage(connection, run_id, file)
            file_sha256 = file.digest.hexdigest()
            # One file at a time from here on: two files with the same line must see each other.
            import_store.begin_judging(connection)
            _check_known(connection, header, file_sha256)
            _validate(app, connection, asked, header, run_id, trailer, file_sha256)
    except BadFile as problem:
        _record_rejection(app, asked, header, run_id, problem)
        refusal = invalid(
            problem.reason.value,
            f"line {problem.line_number}: {problem.message}; nothing of the file was taken",
            "file",
        )
        refusal.metadata["run_id"] = str(run_id)
        raise refusal from problem


def _stage(connection: Connection, run_id: UUID, file: _File) -> Generator[int, None, Trailer]:
    """Copy lines in by thousands: one COPY a file would stand still with a slow sender."""
    waiting: list[tuple[object, ...]] = []
    for count, record in enumerate(file.records, start=1):
        if isinstance(record, Trailer):
            import_store.stage(connection, waiting)
            return record
        waiting.append(_staged(run_id, record))
        if len(waiting) == _STAGED_AT_ONCE:
            import_store.stage(connection, waiting)
            waiting.clear()
            yield count
    raise AssertionError("a reader ends with its trailer or raises BadFile")


def _check_known(connection: Connection, header: Header, file_sha256: str) -> None:
    """Give the run of a file that was sent before: its answer again, or the rest of its work."""
    answered = import_store.run_of_key(connection, METHOD, header.key)
    if answered is not None:
        if answered.request_sha256 != _request_hash(header, file_sha256):
            raise conflicting(header.key)
        raise _KnownRun(UUID(bytes=bytes(answered.response)))
    known = import_store.run_of_file(connection, file_sha256)
    if known is not None and known.state == "committed":
        raise conflict(
            "FILE_ALREADY_IMPORTED",
            f"this file was imported by run {known.run_id}: nothing was taken again",
        )
    if known is not None:
        raise _KnownRun(known.run_id)


def _request_hash(header: Header, file_sha256: str) -> bytes:
    return hashlib.sha256(f"{header!r} {file_sha256}".encode()).digest()


def _run_row(run_id: UUID, asked: Asked, header: Header) -> dict[str, object]:
    return {
        "run_id": run_id,
        "layout": header.layout,
        "file_name": header.file_name,
        # Known once the last byte is read; until then the run's own id keeps it unique.
        "file_sha256": str(run_id),
        "state": "validated",
        "imported_by": asked.user,
        "trace_id": trace_id_of(asked.traceparent),
    }


def _staged(run_id: UUID, record: RemittanceLine | BadLine) -> tuple[object, ...]:
    if isinstance(record, BadLine):
        return (
            run_id, record.line_number, "rejected", record.reason.value, record.message[:500],
            None, None, None, record.amount_cents, None, None, None, None,
        )  # fmt: skip
    return (
        run_id, record.line_number, "post", "", "", line_key(record), record.parcel_number,
        record.tax_year, record.amount_cents, record.paid_on, record.received_on,
        record.check_number, record.payer_name,
    )  # fmt: skip


def _validate(
    app: CashieringApp,
    connection: Connection,
    asked: Asked,
    header: Header,
    run_id: UUID,
    trailer: Trailer,
    file_sha256: str,
) -> None:
    """Judge the lines, open the run's own session, announce the run."""
    import_store.judge(connection, run_id)
    session = commands.open_session(
        app,
        connection,
        asked,
        till_code=header.till_code,
        business_date=header.business_date,
        effective_on=header.effective_on or header.business_date,
    )
    connection.exec_driver_sql(
        "update import_runs set file_sha256 = %s, session_id = %s, line_count = %s,"
        " control_total_cents = %s, state = 'committing' where run_id = %s",
        (file_sha256, session.session_id, trailer.count, trailer.total_cents, run_id),
    )
    import_store.remember_key(
        connection, METHOD, header.key, _request_hash(header, file_sha256), run_id.bytes
    )
    _announce(app, connection, asked, header, run_id)


def _announce(
    app: CashieringApp, connection: Connection, asked: Asked, header: Header, run_id: UUID
) -> None:
    """Tell that the run begins, and of each line that will not post to a bill."""
    told = import_told.run(import_store.run(connection, run_id), header.business_date)
    started = import_told.event(app, asked, events.IMPORT_RUN_STARTED, run_id, 1, told)
    lines = import_store.exceptions(connection, run_id, import_told.EXCEPTIONS_TOLD_MAX)
    exceptions = [
        import_told.event(
            app, asked, events.IMPORT_LINE_EXCEPTION, run_id, place, import_told.exception(line)
        )
        for place, line in enumerate(lines, start=2)
    ]
    outbox.store(connection, app.settings.county, [started, *exceptions])


def _record_rejection(
    app: CashieringApp, asked: Asked, header: Header, run_id: UUID, problem: BadFile
) -> None:
    with app.database.begin() as connection:
        row = _run_row(run_id, asked, header) | {
            "state": "rejected",
            "reason": problem.reason.value,
            "message": f"line {problem.line_number}: {problem.message}"[:1000],
        }
        import_store.insert_run(connection, row)
