"""Remittance files: staged whole, judged in sets, posted in batches that a kill cannot break.

Prepare: the stream is parsed and copied into staging in one transaction; a file that cannot be
trusted leaves nothing but a rejected run with its reason. Commit: each batch is one transaction
that writes receipts and marks its lines, so a run that was cut off goes on where it stopped when
the same file is sent again.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import commands, drawers, events, import_store, store
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.domain.receipt import (
    BillDue,
    Payer,
    Receipt,
    ReceiptLine,
    SessionHead,
    number_of,
)
from cashiering_service.domain.remittance import (
    BadFile,
    BadLine,
    RemittanceLine,
    Trailer,
    line_key,
    open_reader,
)
from cashiering_service.domain.tender import Tender
from cashiering_service.posting import posted_event
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import ids, outbox, requests
from taxkit.contracts import OutgoingEvent
from taxkit.errors import conflict, invalid
from taxkit.idempotency import check_key
from taxkit.telemetry import trace_id_of

_PROGRESS_EVERY = 5000
_LINES_SHOWN = 200
_SOURCES = {"bai-lockbox": "lockbox", "csv": "csv"}


@dataclass(frozen=True, slots=True)
class Header:
    """What the sender says of a file before its bytes."""

    key: str
    layout: str
    file_name: str
    till_code: str
    business_date: date
    effective_on: date | None


def run(
    app: CashieringApp, asked: Asked, parts: Iterator[pb.ImportRemittanceRequest]
) -> Iterator[pb.ImportProgress]:
    """Take a file in and post it; progress on the way, the run's result at the end."""
    header = _read_header(app, parts)
    run_id: UUID | None = None
    for step in _prepare(app, asked, header, parts):
        if isinstance(step, UUID):
            run_id = step
        else:
            yield pb.ImportProgress(lines_read=step)
    assert run_id is not None
    yield from _commit(app, asked, run_id)
    with app.database.begin() as connection:
        state = run_state(connection, run_id)
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
    if given.layout not in _SOURCES:
        raise invalid(
            "UNKNOWN_LAYOUT", f"{given.layout!r} is not one of {', '.join(_SOURCES)}", "layout"
        )
    business_date = requests.required_date(given.business_date, "business_date")
    if business_date > app.clock.today():
        raise invalid("BUSINESS_DATE_IN_FUTURE", f"{business_date} is after today", "business_date")
    return Header(
        check_key(given.idempotency_key),
        given.layout,
        given.file_name[:200],
        given.till_code,
        business_date,
        requests.optional_date(given.effective_on, "effective_on"),
    )


def _prepare(
    app: CashieringApp, asked: Asked, header: Header, parts: Iterator[pb.ImportRemittanceRequest]
) -> Iterator[int | UUID]:
    """Stage and judge a file in one transaction; yields lines read, then the run's id."""
    run_id, digest = ids.new_id(), hashlib.sha256()
    try:
        with app.database.begin() as connection:
            import_store.insert_run(connection, _run_row(run_id, asked, header))
            trailer: Trailer | None = None
            with import_store.staging(connection) as copy:
                for count, record in enumerate(_records(header.layout, parts, digest), start=1):
                    if isinstance(record, Trailer):
                        trailer = record
                        continue
                    copy.write_row(_staged(run_id, record))
                    if count % _PROGRESS_EVERY == 0:
                        yield count
            assert trailer is not None
            known = import_store.run_of_file(connection, digest.hexdigest())
            if known is None:
                _validate(app, connection, asked, header, run_id, trailer, digest.hexdigest())
            else:
                # The same file again: forget this staging, go on with the run that has it.
                connection.rollback()
    except BadFile as problem:
        _record_rejection(app, asked, header, run_id, problem)
        raise invalid(
            problem.reason.value,
            f"line {problem.line_number}: {problem.message}; nothing of the file was taken",
            "file",
        ) from problem
    if known is not None:
        run_id = _resume(known)
    yield run_id


def _records(
    layout: str, parts: Iterator[pb.ImportRemittanceRequest], digest: Any
) -> Iterator[RemittanceLine | BadLine | Trailer]:
    reader = open_reader(layout)
    for part in parts:
        digest.update(part.chunk)
        yield from reader.feed(part.chunk)
    yield from reader.close()


def _resume(known: Any) -> UUID:
    if known.state == "committed":
        raise conflict(
            "FILE_ALREADY_IMPORTED",
            f"this file was imported by run {known.run_id}: nothing was taken again",
        )
    found: UUID = known.run_id
    return found


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
    row = import_store.run(connection, run_id)
    told = _run_told(row, header.business_date)
    exceptions = [
        _event(app, asked, events.IMPORT_LINE_EXCEPTION, run_id, place, _exception(line))
        for place, line in enumerate(import_store.exceptions(connection, run_id, 10_000), start=2)
    ]
    started = _event(app, asked, events.IMPORT_RUN_STARTED, run_id, 1, told)
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


def _commit(app: CashieringApp, asked: Asked, run_id: UUID) -> Iterator[pb.ImportProgress]:
    posted = 0
    while count := app.database.run(lambda connection: _post_batch(app, connection, asked, run_id)):
        posted += count
        yield pb.ImportProgress(lines_posted=posted)
    app.database.run(lambda connection: _finish(app, connection, asked, run_id))


def _post_batch(app: CashieringApp, connection: Connection, asked: Asked, run_id: UUID) -> int:
    """Post the next lines as receipts of their own; gives how many."""
    row = import_store.run(connection, run_id, lock=True)
    lines = import_store.lines_left(connection, run_id, app.settings.import_batch)
    if not lines:
        return 0
    session, count = store.lock_session(connection, row.session_id)
    receipts = [
        _receipt(app, asked, _SOURCES[row.layout], session, count + place, line)
        for place, line in enumerate(lines, start=1)
    ]
    store.write(
        connection, app.settings.county, receipts, [], [posted_event(one) for one in receipts]
    )
    pairs = zip(lines, receipts, strict=True)
    import_store.mark_posted(
        connection, run_id, [(line.line_number, one.receipt_id) for line, one in pairs]
    )
    return len(lines)


def _receipt(
    app: CashieringApp, asked: Asked, source: str, session: SessionHead, place: int, line: Any
) -> Receipt:
    receipt_id = ids.new_id()
    bill = (
        BillDue(
            line.bill_id, line.bill_number, line.bill_version, line.parcel_number, line.tax_year
        )
        if line.bill_id
        else None
    )
    return Receipt(
        receipt_id=receipt_id,
        receipt_number=number_of(session, place),
        session=session,
        source=source,
        payer=Payer(line.payer_name or line.owner_name or "", line.owner_email),
        lines=(
            ReceiptLine(
                1, line.amount_cents, line.parcel_number, bill, None if bill else line.reason
            ),
        ),
        tenders=(
            Tender("check" if line.check_number else "ach", line.amount_cents, line.check_number),
        ),
        total_cents=line.amount_cents,
        change_cents=0,
        # The law counts a remittance from the day it was paid, not the day it was read.
        effective_on=min(line.paid_on, session.business_date),
        received_on=line.received_on,
        recorded_at=app.clock.now(),
        # One payment is one trace: a file's payments do not share the file's.
        traceparent=f"00-{receipt_id.hex}-{receipt_id.hex[16:]}-00",
        posted_by=asked.user,
    )


def _finish(app: CashieringApp, connection: Connection, asked: Asked, run_id: UUID) -> None:
    """Close the run's session: what was read was counted by the control totals already."""
    row = import_store.run(connection, run_id, lock=True)
    if row.state == "committed":
        return
    import_store.set_state(connection, run_id, "committed")
    expected = {one.tender_type: one.cents for one in drawers.expected(connection, row.session_id)}
    commands.close_session(app, connection, asked, row.session_id, expected)
    session = drawers.session(connection, row.session_id)
    summary = import_store.summary(connection, run_id)
    told = _run_told(row, session.business_date) | {
        "state": "committed",
        "posted_count": summary.posted,
        "suspense_count": summary.suspense,
        "rejected_count": summary.rejected,
        "duplicate_count": summary.duplicates,
        "posted_cents": summary.posted_cents,
        "suspense_cents": summary.suspense_cents,
    }
    last = 2 + len(import_store.exceptions(connection, run_id, 10_000))
    finished = _event(app, asked, events.IMPORT_RUN_FINISHED, run_id, last, told)
    outbox.store(connection, app.settings.county, [finished])


def _run_told(row: Any, business_date: date) -> dict[str, Any]:
    return {
        "run_id": str(row.run_id),
        "layout": row.layout,
        "file_name": row.file_name,
        "file_sha256": row.file_sha256,
        "business_date": business_date.isoformat(),
        "line_count": row.line_count,
    }


def _exception(line: Any) -> dict[str, Any]:
    return {
        "run_id": str(line.run_id),
        "line_number": line.line_number,
        "outcome": line.outcome,
        "reason": line.reason,
        "message": line.message,
        "parcel_number": line.parcel_number,
        "amount_cents": line.amount_cents,
        "receipt_id": None,
    }


def _event(
    app: CashieringApp, asked: Asked, kind: Any, run_id: UUID, sequence: int, data: dict[str, Any]
) -> OutgoingEvent:
    return OutgoingEvent(
        event_id=ids.new_id(),
        type=kind,
        subject=f"import/{run_id}",
        sequence=sequence,
        time=app.clock.now(),
        data=data,
        traceparent=asked.traceparent,
    )


def run_state(connection: Connection, run_id: UUID) -> pb.ImportRun | None:
    """A run with its counts; every line of a small one, the exceptions of a large one."""
    row = import_store.run(connection, run_id)
    if row is None:
        return None
    summary = import_store.summary(connection, run_id)
    small = summary.lines <= _LINES_SHOWN
    choose = import_store.first_lines if small else import_store.exceptions
    return pb.ImportRun(
        run_id=str(run_id),
        state=pb.ImportState.Value(f"IMPORT_STATE_{row.state.upper()}"),
        layout=row.layout,
        file_name=row.file_name,
        file_sha256=row.file_sha256,
        line_count=row.line_count,
        posted_count=summary.posted,
        suspense_count=summary.suspense,
        rejected_count=summary.rejected,
        duplicate_count=summary.duplicates,
        posted_cents=summary.posted_cents,
        suspense_cents=summary.suspense_cents,
        reason=row.reason,
        message=row.message,
        lines=[_line_answer(line) for line in choose(connection, run_id, _LINES_SHOWN)],
        session_id=str(row.session_id or ""),
        trace_id=row.trace_id.hex,
    )


def _line_answer(line: Any) -> pb.ImportLine:
    outcome = "posted" if line.outcome == "post" and line.receipt_id else line.outcome
    return pb.ImportLine(
        line_number=line.line_number,
        outcome=outcome,
        reason=line.reason,
        message=line.message,
        amount_cents=line.amount_cents or 0,
        receipt_id=str(line.receipt_id or ""),
        parcel_number=line.parcel_number or "",
    )
