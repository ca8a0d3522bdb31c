"""Return files: staged, matched to the receipts they undo, and told of, all in one transaction."""

import hashlib
from collections.abc import Generator, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.domain.remittance import BadFile, Trailer, nacha_reasons
from cashiering_service.domain.remittance.nacha_returns import ReturnedEntry, open_returns
from cashiering_service.returns import events as return_events
from cashiering_service.returns import rematching, store
from millage.cashiering.v1 import return_files_pb2 as pb
from taxkit import idempotency, ids, outbox, requests
from taxkit.contracts import OutgoingEvent
from taxkit.errors import invalid
from taxkit.telemetry import trace_id_of

METHOD = "ImportReturns"
SOURCE = "nacha"
_FILE_NAME_MAX = 200
_STAGED_AT_ONCE = 5000
_TOLD_AT_ONCE = 1000
_SHOWN = 200


def take(
    app: CashieringApp, asked: Asked, parts: Iterator[pb.ImportReturnsRequest]
) -> pb.ReturnFile:
    """Take a file in whole; the same file again is answered as before."""
    first = next(parts, None)
    if first is None or first.WhichOneof("part") != "header":
        raise invalid("HEADER_MISSING", "send the header before the file's bytes", "header")
    key = idempotency.check_key(first.header.idempotency_key)
    name = requests.plain_text(first.header.file_name, "file_name", _FILE_NAME_MAX)
    digest = hashlib.sha256()
    try:
        with app.database.begin() as connection:
            store.begin(connection)
            entries = _stage(connection, _records(parts, digest))
            store.begin_matching(connection)
            sha256 = digest.hexdigest()
            file_id = _known(connection, key, name, sha256)
            if file_id is None:
                file_id = _keep(app, connection, asked, key, name, sha256, entries)
            _look_again(app, connection, asked)
            return answer(connection, file_id)
    except BadFile as problem:
        raise invalid(
            problem.reason.value,
            f"line {problem.line_number}: {problem.message}; nothing of the file was taken",
            "file",
        ) from problem


def _records(
    parts: Iterator[pb.ImportReturnsRequest], digest: Any
) -> Generator[ReturnedEntry | Trailer, None, None]:
    reader = open_returns()
    for part in parts:
        if part.WhichOneof("part") != "chunk":
            raise invalid("PART_UNEXPECTED", "after the header come the file's bytes", "part")
        digest.update(part.chunk)
        yield from reader.feed(part.chunk)
    yield from reader.close()


def _stage(connection: Connection, records: Iterator[ReturnedEntry | Trailer]) -> int:
    """Copy the entries in by thousands; gives how many there are."""
    waiting: list[tuple[object, ...]] = []
    for record in records:
        if isinstance(record, Trailer):
            store.stage(connection, waiting)
            return record.count
        waiting.append(
            (
                ids.new_id(), record.line_number, record.kind.value, record.reason_code,
                record.original_trace, record.amount_cents, record.is_debit, record.returned_on,
                record.payer_name,
            )
        )  # fmt: skip
        if len(waiting) == _STAGED_AT_ONCE:
            store.stage(connection, waiting)
            waiting.clear()
    raise AssertionError("a reader ends with its trailer or raises BadFile")


def _known(connection: Connection, key: str, name: str, file_sha256: str) -> UUID | None:
    """The file under this key or of this content, if it was taken before."""
    answered = idempotency.answered(connection, METHOD, key)
    if answered is not None:
        if answered[0] != _hash(name, file_sha256):
            raise idempotency.conflicting(key)
        return UUID(bytes=answered[1])
    return store.file_of(connection, file_sha256)


def _hash(name: str, file_sha256: str) -> bytes:
    return hashlib.sha256(f"{file_sha256} {name}".encode()).digest()


def _keep(
    app: CashieringApp,
    connection: Connection,
    asked: Asked,
    key: str,
    name: str,
    file_sha256: str,
    entries: int,
) -> UUID:
    file_id = ids.new_id()
    store.insert_file(
        connection,
        {
            "file_id": file_id,
            "file_name": name,
            "file_sha256": file_sha256,
            "entry_count": entries,
            "imported_by": asked.user,
            "trace_id": trace_id_of(asked.traceparent),
            "recorded_at": app.clock.now(),
        },
    )
    store.match(connection, file_id)
    _tell(app, connection, asked, file_id)
    idempotency.remember(connection, METHOD, key, _hash(name, file_sha256), file_id.bytes)
    return file_id


def _tell(app: CashieringApp, connection: Connection, asked: Asked, file_id: UUID) -> None:
    """Report each return that matched, in events by the thousand."""
    after = UUID(int=0)
    while rows := store.page(connection, file_id, "matched", after, _TOLD_AT_ONCE):
        outbox.store(connection, app.settings.county, [_reported(app, asked, row) for row in rows])
        after = rows[-1].return_id


def _look_again(app: CashieringApp, connection: Connection, asked: Asked) -> None:
    """Match what waited since earlier files, and report it; a file sent again does it, too."""
    rows = rematching.rematch(connection, asked.user, app.clock.now())
    for start in range(0, len(rows), _TOLD_AT_ONCE):
        some = rows[start : start + _TOLD_AT_ONCE]
        outbox.store(connection, app.settings.county, [_reported(app, asked, row) for row in some])


def _reported(app: CashieringApp, asked: Asked, row: Any) -> OutgoingEvent:
    return OutgoingEvent(
        event_id=ids.new_id(),
        type=return_events.PAYMENT_RETURN_REPORTED,
        subject=f"return/{row.receipt_id}",
        sequence=1,
        time=app.clock.now(),
        data={
            "receipt_id": str(row.receipt_id),
            "reason_code": row.reason_code,
            "returned_on": row.returned_on.isoformat(),
            "source": SOURCE,
        },
        traceparent=asked.traceparent,
    )


def answer(connection: Connection, file_id: UUID) -> pb.ReturnFile:
    row = store.file(connection, file_id)
    exceptions = store.page(connection, file_id, "exception", UUID(int=0), _SHOWN)
    return pb.ReturnFile(
        file_id=str(file_id),
        file_name=row.file_name,
        file_sha256=row.file_sha256,
        entry_count=row.entry_count,
        matched_count=row.matched,
        unmatched_count=row.unmatched,
        duplicate_count=row.duplicates,
        change_count=row.changes,
        matched_cents=row.matched_cents,
        unmatched_cents=row.unmatched_cents,
        exceptions=[return_answer(one) for one in exceptions],
    )


def return_answer(row: Any) -> pb.PaymentReturn:
    return pb.PaymentReturn(
        return_id=str(row.return_id),
        line_number=row.line_number,
        outcome=row.outcome,
        reason=row.reason,
        message=row.message,
        reason_code=row.reason_code,
        original_trace=row.original_trace,
        amount_cents=row.amount_cents,
        returned_on=row.returned_on.isoformat(),
        payer_name=row.payer_name,
        receipt_id=str(row.receipt_id or ""),
        file_id=str(row.file_id),
        reason_text=nacha_reasons.explain(row.reason_code),
    )
