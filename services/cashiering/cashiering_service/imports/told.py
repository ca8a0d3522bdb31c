"""What is told of a remittance run: on the bus, and to who asks for it."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import events
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.imports import store as import_store
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import ids, outbox
from taxkit.contracts import EventType, OutgoingEvent

EXCEPTIONS_TOLD_MAX = 10_000
BILLS_NAMED_MAX = 2_000
_LINES_SHOWN = 200
_POLICIES = {
    "park": pb.IMPORT_POLICY_UNSPECIFIED,
    "all_or_nothing": pb.IMPORT_POLICY_ALL_OR_NOTHING,
    "dry_run": pb.IMPORT_POLICY_DRY_RUN,
}


def run(row: Any, business_date: date) -> dict[str, Any]:
    return {
        "run_id": str(row.run_id),
        "layout": row.layout,
        "file_name": row.file_name,
        "file_sha256": row.file_sha256,
        "business_date": business_date.isoformat(),
        "line_count": row.line_count,
    }


def bills_named(connection: Connection, row: Any) -> dict[str, Any]:
    """The bills a run may pay, in their versions; of a large file not one by one (CASH-065)."""
    if row.line_count > BILLS_NAMED_MAX:
        return {"names_its_bills": False, "bills": []}
    found = import_store.quoted_bills(connection, row.run_id)
    bills = [{"bill_id": str(one.bill_id), "bill_version": one.bill_version} for one in found]
    return {"names_its_bills": True, "bills": bills}


def exception(line: Any, receipt_id: UUID | None) -> dict[str, Any]:
    return {
        "run_id": str(line.run_id),
        "line_number": line.line_number,
        "outcome": line.outcome,
        "reason": line.reason,
        "message": line.message,
        "parcel_number": line.parcel_number,
        "amount_cents": line.amount_cents,
        "receipt_id": str(receipt_id) if receipt_id else None,
    }


def event(
    app: CashieringApp,
    asked: Asked,
    kind: EventType,
    run_id: UUID,
    sequence: int,
    data: dict[str, Any],
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


def tell_exceptions(
    app: CashieringApp,
    connection: Connection,
    asked: Asked,
    run_id: UUID,
    lines: Sequence[Any],
    told_before: int = 0,
) -> dict[int, UUID]:
    """Tell of lines that will not post to what they name, behind those told already.

    Gives by number the receipts under which the money of those told will wait.
    """
    shown = lines[: max(0, EXCEPTIONS_TOLD_MAX - told_before)]
    waiting = {line.line_number: ids.new_id() for line in shown if line.outcome == "suspense"}
    import_store.name_receipts(connection, run_id, list(waiting.items()))
    told = [
        event(
            app,
            asked,
            events.IMPORT_LINE_EXCEPTION,
            run_id,
            place,
            exception(line, waiting.get(line.line_number)),
        )
        for place, line in enumerate(shown, start=2 + told_before)
    ]
    outbox.store(connection, app.settings.county, told)
    return waiting


def tell_finished(
    app: CashieringApp,
    connection: Connection,
    asked: Asked,
    run_id: UUID,
    state: str,
    sequence: int,
) -> None:
    """Announce a run's end, with what became of its lines."""
    row = import_store.run(connection, run_id)
    summary = import_store.summary(connection, run_id)
    told = run(row, row.business_date) | {
        "state": state,
        "posted_count": summary.posted,
        "suspense_count": summary.suspense,
        "rejected_count": summary.rejected,
        "duplicate_count": summary.duplicates,
        "posted_cents": summary.posted_cents,
        "suspense_cents": summary.suspense_cents,
    }
    finished = event(app, asked, events.IMPORT_RUN_FINISHED, run_id, sequence, told)
    outbox.store(connection, app.settings.county, [finished])


def run_state(connection: Connection, run_id: UUID) -> pb.ImportRun | None:
    """A run with its counts; every line of a small one, the exceptions of a large one."""
    row = import_store.run(connection, run_id)
    if row is None:
        return None
    summary = import_store.summary(connection, run_id)
    small = summary.lines <= _LINES_SHOWN
    choose = import_store.first_lines if small else import_store.exceptions
    lines = [] if row.state == "prepared" else choose(connection, run_id, _LINES_SHOWN)
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
        lines=[line_answer(line, row.state) for line in lines],
        session_id=str(row.session_id or ""),
        trace_id=row.trace_id.hex,
        policy=_POLICIES[row.policy],
        source=row.source,
        business_date=row.business_date.isoformat() if row.business_date else "",
        till_code=row.till_code,
        control_total_cents=row.control_total_cents,
        unpaid_bills=summary.unpaid_bills,
        unpaid_cents=summary.unpaid_cents,
    )


def line_answer(line: Any, run_state: str) -> pb.ImportLine:
    """A line as it stands; in a run that only judges, what would become of it."""
    posted = line.receipt_id or run_state in ("checked", "validated")
    outcome = "posted" if line.outcome == "post" and posted else line.outcome
    return pb.ImportLine(
        line_number=line.line_number,
        outcome=outcome,
        reason=line.reason,
        message=line.message,
        amount_cents=line.amount_cents or 0,
        receipt_id=str(line.receipt_id or ""),
        parcel_number=line.parcel_number or "",
        kind=line.kind,
        open_cents=line.open_cents or 0,
        unpaid_cents=max(0, (line.open_cents or 0) - (line.amount_cents or 0)),
        lender_code=line.lender_code,
        source_code=line.source_code,
    )
