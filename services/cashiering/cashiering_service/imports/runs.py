"""Remittance files: staged whole, judged in sets, posted in batches that a kill cannot break.

Prepare: the stream is parsed and copied into staging in one transaction; a file that cannot be
trusted leaves nothing but a rejected run with its reason. Validate: every line gets its outcome.
Commit: each batch is one transaction that writes receipts and marks its lines, so a run that was
cut off goes on where it stopped, asked for by its id or by sending the same file again.
"""

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.domain.remittance import (
    BadFile,
    BadLine,
    FileProblem,
    Record,
    RemittanceLine,
    RemittanceReader,
    Trailer,
    line_key,
)
from cashiering_service.domain.remittance.tally import Tally
from cashiering_service.imports import header as import_header
from cashiering_service.imports import posting as import_posting
from cashiering_service.imports import steps as import_steps
from cashiering_service.imports import store as import_store
from cashiering_service.imports import told as import_told
from cashiering_service.imports.header import Header, Reading, Staged
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import idempotency, ids
from taxkit.errors import Refusal, conflict, invalid
from taxkit.telemetry import trace_id_of

METHOD = "ImportRemittance"
PREPARE = "PrepareImport"
_STAGED_AT_ONCE = 5000


class _KnownRun(Exception):
    """The file belongs to a run that stands: this staging is for nothing."""

    def __init__(self, run_id: UUID) -> None:
        super().__init__(run_id)
        self.run_id = run_id


Then = Callable[[Connection, Staged], None]


def run(app: CashieringApp, asked: Asked, parts: Iterator[Any]) -> Iterator[pb.ImportProgress]:
    """Take a file in and do with it what its policy says; the run's result at the end."""

    def then(connection: Connection, staged: Staged) -> None:
        import_steps.decide(app, connection, asked, staged, METHOD)

    run_id = yield from _taken_in(app, asked, parts, METHOD, then)
    with app.database.begin() as connection:
        state = import_store.run(connection, run_id).state
    if state in ("prepared", "validated"):
        raise conflict(
            "IMPORT_RUN_OPEN",
            f"run {run_id} holds this file: validate and commit it, or abandon it",
        )
    if state == "committing":
        yield from import_posting.commit(app, asked, run_id)
    yield _last(app, run_id)


def prepare(app: CashieringApp, asked: Asked, parts: Iterator[Any]) -> Iterator[pb.ImportProgress]:
    """Take a file in and leave it there, to be validated; the same file gives the same run."""

    def then(connection: Connection, staged: Staged) -> None:
        import_steps.keep(app, connection, asked, staged, PREPARE)

    run_id = yield from _taken_in(app, asked, parts, PREPARE, then)
    yield _last(app, run_id)


def _last(app: CashieringApp, run_id: UUID) -> pb.ImportProgress:
    with app.database.begin() as connection:
        state = import_told.run_state(connection, run_id)
    assert state is not None
    return pb.ImportProgress(
        lines_read=state.line_count,
        lines_posted=0 if state.session_id == "" else state.posted_count + state.suspense_count,
        run=state,
    )


def _taken_in(
    app: CashieringApp, asked: Asked, parts: Iterator[Any], method: str, then: Then
) -> Generator[pb.ImportProgress, None, UUID]:
    """Read, stage and decide in one transaction; gives the run that holds the file."""
    header = import_header.read(app, parts)
    with app.database.begin() as connection:
        reading = import_header.prepare_reading(app, connection, header)
    run_id = ids.new_id()
    file = _records(reading.reader, parts)
    try:
        with app.database.begin() as connection:
            import_store.insert_run(connection, _run_row(run_id, asked, reading))
            trailer = yield from _stage(connection, run_id, reading, file)
            _check_controls(header, trailer)
            staged = Staged(run_id, header, trailer, file.digest.hexdigest())
            # One file at a time from here on: two files with the same line must see each other.
            import_store.begin_judging(connection)
            _check_known(connection, method, staged)
            then(connection, staged)
    except _KnownRun as known:
        return known.run_id
    except BadFile as problem:
        raise _reject(app, asked, reading, run_id, problem) from problem
    return run_id


@dataclass(slots=True)
class _File:
    """A stream of records that knows, once it has ended, what the file was."""

    records: Iterator[Record]
    digest: Any


def _records(reader: RemittanceReader, parts: Iterator[Any]) -> _File:
    digest = hashlib.sha256()

    def read() -> Iterator[Record]:
        for part in parts:
            if part.WhichOneof("part") != "chunk":
                raise invalid("PART_UNEXPECTED", "after the header come the file's bytes", "part")
            digest.update(part.chunk)
            yield from reader.feed(part.chunk)
        yield from reader.close()

    return _File(read(), digest)


def _stage(
    connection: Connection, run_id: UUID, reading: Reading, file: _File
) -> Generator[pb.ImportProgress, None, Trailer]:
    """Copy lines in by thousands: one COPY a file would stand still with a slow sender."""
    waiting: list[tuple[object, ...]] = []
    key, lender = reading.key_fields, reading.header.lender_code
    for count, record in enumerate(file.records, start=1):
        if isinstance(record, Trailer):
            import_store.stage(connection, waiting)
            return record
        _check_received(reading, record)
        waiting.append(_staged(run_id, record, key, lender))
        if len(waiting) == _STAGED_AT_ONCE:
            import_store.stage(connection, waiting)
            waiting.clear()
            yield pb.ImportProgress(lines_read=count)
    raise AssertionError("a reader ends with its trailer or raises BadFile")


def _check_received(reading: Reading, record: RemittanceLine | BadLine) -> None:
    """Money that came after the day it is posted on would count from a day it was not here."""
    day = reading.header.business_date
    if isinstance(record, RemittanceLine) and record.received_on > day:
        raise BadFile(
            FileProblem.RECEIVED_IN_FUTURE,
            record.line_number,
            f"received_on {record.received_on} is after the file's business date {day}: import it"
            " under that day, or have the sender correct the line",
        )


def _check_controls(header: Header, trailer: Trailer) -> None:
    """What the header says the file holds is held to like what a trailer says."""
    tally = Tally()
    tally.count, tally.total_cents = trailer.count, trailer.total_cents
    count, cents = header.control_count, header.control_total_cents
    tally.agree(
        "header",
        0,
        count=trailer.count if count is None else count,
        total_cents=trailer.total_cents if cents is None else cents,
    )


def _check_known(connection: Connection, method: str, staged: Staged) -> None:
    """Give the run of a file that was sent before: its answer again, or the rest of its work."""
    header = staged.header
    answered = idempotency.answered(connection, method, header.key)
    if answered is not None:
        if answered[0] != header.request_hash(staged.file_sha256):
            raise idempotency.conflicting(header.key)
        raise _KnownRun(UUID(bytes=answered[1]))
    known = import_store.run_of_file(connection, staged.file_sha256)
    if known is not None and known.state == "committed":
        raise conflict(
            "FILE_ALREADY_IMPORTED",
            f"this file was imported by run {known.run_id}: nothing was taken again",
        )
    if known is not None and header.policy != "dry_run":
        raise _KnownRun(known.run_id)


def _run_row(run_id: UUID, asked: Asked, reading: Reading) -> dict[str, object]:
    header = reading.header
    return {
        "run_id": run_id,
        "layout": header.layout,
        "file_name": header.file_name,
        # Known once the last byte is read; until then the run's own id keeps it unique.
        "file_sha256": str(run_id),
        "state": "checked" if header.policy == "dry_run" else "prepared",
        "policy": header.policy,
        "source": reading.source.code,
        "suspense": reading.source.unmatched.value == "suspense",
        "till_code": header.till_code,
        "business_date": header.business_date,
        "effective_on": header.effective_on,
        "imported_by": asked.user,
        "trace_id": trace_id_of(asked.traceparent),
    }


def _staged(
    run_id: UUID, record: RemittanceLine | BadLine, key: Sequence[str], lender_code: str
) -> tuple[object, ...]:
    if isinstance(record, BadLine):
        return (
            run_id, record.line_number, "rejected", record.reason.value, record.message[:500],
            None, None, None, record.amount_cents, None, None, None, None,
            "bill", "", "", lender_code, "", Jsonb({}),
        )  # fmt: skip
    tender = record.tender_type or ("check" if record.check_number else "ach")
    return (
        run_id, record.line_number, "post", "", "", line_key(record, key), record.parcel_number,
        record.tax_year, record.amount_cents, record.paid_on, record.received_on,
        record.check_number, record.payer_name, record.kind.value, tender,
        record.tender_reference, record.lender_code or lender_code, record.source_code,
        Jsonb(dict(record.fields)),
    )  # fmt: skip


def _reject(
    app: CashieringApp, asked: Asked, reading: Reading, run_id: UUID, problem: BadFile
) -> Refusal:
    """Keep a run with the reason why its file cannot be trusted; gives the refusal."""
    with app.database.begin() as connection:
        row = _run_row(run_id, asked, reading) | {
            "state": "rejected",
            "reason": problem.reason.value,
            "message": f"line {problem.line_number}: {problem.message}"[:1000],
        }
        import_store.insert_run(connection, row)
    refusal = invalid(
        problem.reason.value,
        f"line {problem.line_number}: {problem.message}; nothing of the file was taken",
        "file",
    )
    refusal.metadata["run_id"] = str(run_id)
    return refusal
