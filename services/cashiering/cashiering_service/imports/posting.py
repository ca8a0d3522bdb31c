"""Posts a staged remittance run in batches, each one transaction that a kill cannot break."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import commands, store
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.domain.intake import AT_COUNTER, Intake
from cashiering_service.domain.payment_source import Capture
from cashiering_service.domain.receipt import (
    BillDue,
    Payer,
    Receipt,
    ReceiptLine,
    SessionHead,
    number_of,
)
from cashiering_service.domain.sources import Priced
from cashiering_service.domain.tender import Tender
from cashiering_service.imports import obstacles as import_obstacles
from cashiering_service.imports import source_lines
from cashiering_service.imports import steps as import_steps
from cashiering_service.imports import store as import_store
from cashiering_service.imports import told as import_told
from cashiering_service.sessions import drawers
from cashiering_service.till import receipt_terms
from cashiering_service.till.posting import posted_event
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import ids
from taxkit.errors import Refusal


def start_and_commit(app: CashieringApp, asked: Asked, run_id: UUID) -> Iterator[pb.ImportProgress]:
    """Post a validated run, or what is left of one that was cut off; its result at the end."""
    state = app.database.run(
        lambda connection: import_steps.start_commit(app, connection, asked, run_id)
    )
    if state == "committing":
        yield from commit(app, asked, run_id)
    with app.database.begin() as connection:
        found = import_told.run_state(connection, run_id)
    assert found is not None
    yield pb.ImportProgress(
        lines_read=found.line_count,
        lines_posted=found.posted_count + found.suspense_count,
        run=found,
    )


def commit(app: CashieringApp, asked: Asked, run_id: UUID) -> Iterator[pb.ImportProgress]:
    posted = 0
    with app.database.begin() as connection:
        to_post = import_store.to_post(connection, run_id)
    while count := app.database.run(lambda connection: _post_batch(app, connection, asked, run_id)):
        posted += count
        yield pb.ImportProgress(lines_posted=posted, lines_to_post=to_post)
    app.database.run(lambda connection: _finish(app, connection, asked, run_id))


def _post_batch(app: CashieringApp, connection: Connection, asked: Asked, run_id: UUID) -> int:
    """Post the next lines as receipts of their own; gives how many."""
    row = import_store.run(connection, run_id, lock=True)
    lines = import_store.lines_left(connection, run_id, app.settings.import_batch)
    if not lines:
        return 0
    session, count = store.lock_session(connection, row.session_id)
    changed = _changed(lines)
    answers = changed | _priced(connection, lines, row.business_date or session.business_date)
    waiting = _park(app, connection, asked, row, answers)
    kept = [line for line in lines if row.suspense or line.line_number not in changed]
    way = _way(app, row.source, session.business_date)
    receipts = [
        _receipt(
            app,
            asked,
            way,
            session,
            (count + place, line.waiting_receipt_id or waiting.get(line.line_number)),
            line,
            answers.get(line.line_number),
        )
        for place, line in enumerate(kept, start=1)
    ]
    raw: Any = connection.connection.driver_connection
    if receipts:
        store.write(raw, app.settings.county, receipts, [posted_event(one) for one in receipts])
        for statement, params in receipt_terms.statements(receipts):
            raw.execute(statement, params)
    pairs = zip(kept, receipts, strict=True)
    import_store.mark_posted(
        connection, run_id, [(line.line_number, one.receipt_id) for line, one in pairs]
    )
    return len(lines)


def _changed(lines: Sequence[Any]) -> dict[int, Priced | Refusal]:
    """Lines whose bill has changed since they were judged, by number (LEVY-015)."""
    found = {line.line_number: import_obstacles.changed(line) for line in lines}
    return {number: refusal for number, refusal in found.items() if refusal is not None}


def _priced(connection: Connection, lines: Sequence[Any], day: date) -> dict[int, Priced | Refusal]:
    """What a batch's miscellaneous lines cost now, by line; one may be taken no more."""
    wanted = [line for line in lines if line.kind == "misc" and line.outcome == "post"]
    return {
        line.line_number: answer for line, answer in source_lines.prices(connection, wanted, day)
    }


def _park(
    app: CashieringApp,
    connection: Connection,
    asked: Asked,
    run: Any,
    answers: Mapping[int, Priced | Refusal],
) -> Mapping[int, UUID]:
    """Take lines that may not post any more out of their run, and tell of them as of the others.

    Their money waits in suspense, under the receipts given, or is not taken where the run's
    source says so.
    """
    refused = [(number, one) for number, one in answers.items() if isinstance(one, Refusal)]
    if not refused:
        return {}
    parked = [(number, _outcome(run, one), one.reason, one.message) for number, one in refused]
    source_lines.park(connection, run.run_id, parked)
    numbers = [number for number, _ in refused]
    total, lines = import_store.exceptions_among(connection, run.run_id, numbers)
    told_before = total - len(lines)
    return import_told.tell_exceptions(app, connection, asked, run.run_id, lines, told_before)


def _outcome(run: Any, refusal: Refusal) -> str:
    sent_back = refusal.reason == import_obstacles.BILL_CHANGED and not run.suspense
    return "rejected" if sent_back else "suspense"


def _line(line: Any, bill: BillDue | None, priced: Priced | Refusal | None) -> ReceiptLine:
    """A bill's line, a source's, or one that waits in suspense for its reason."""
    if isinstance(priced, Priced):
        return ReceiptLine(1, line.amount_cents, priced.parcel_number, None, priced=priced)
    why = None if bill else (priced.reason if priced else line.reason)
    return ReceiptLine(1, line.amount_cents, line.parcel_number, bill, why)


def _tender(line: Any) -> Tender:
    reference = line.check_number or line.tender_reference or None
    return Tender(line.tender_type, line.amount_cents, reference)


@dataclass(frozen=True, slots=True)
class _Way:
    """By which way a run's money came."""

    source: str
    is_mail: bool

    def intake(self, line: Any) -> Intake:
        """Mail keeps its postmark and a lender's payment its code; the rest is as its run is."""
        if self.is_mail:
            return Intake(self.source, line.paid_on, line.received_on, line.lender_code)
        if line.lender_code:
            return Intake(self.source, None, line.received_on, line.lender_code)
        return AT_COUNTER


def _way(app: CashieringApp, source: str, business_date: date) -> _Way:
    known = app.law.payment_sources(business_date).get(source)
    return _Way(source, known is not None and known.capture is Capture.MAIL)


def _counts_on(app: CashieringApp, intake: Intake, line: Any, business_date: date) -> date:
    """The day a payment was made, not the day it was read; of mail, what the law goes by."""
    lawful_on = None
    if intake.postmarked_on is not None:
        lawful_on = app.law.counts_on(intake, business_date)
    return min(lawful_on or line.paid_on, business_date)


def _receipt(
    app: CashieringApp,
    asked: Asked,
    way: _Way,
    session: SessionHead,
    named: tuple[int, UUID | None],
    line: Any,
    priced: Priced | Refusal | None,
) -> Receipt:
    """One line's receipt, at its place in the session; told of before, under that id."""
    place, told_as = named
    receipt_id = told_as or ids.new_id()
    intake = way.intake(line)
    bill = (
        BillDue(
            line.bill_id, line.bill_number, line.bill_version, line.parcel_number, line.tax_year
        )
        if line.bill_id and priced is None
        else None
    )
    return Receipt(
        receipt_id=receipt_id,
        receipt_number=number_of(session, place),
        session=session,
        source=way.source,
        payer=Payer(line.payer_name or line.lender_code or line.owner_name or "", line.owner_email),
        lines=(_line(line, bill, priced),),
        tenders=(_tender(line),),
        total_cents=line.amount_cents,
        change_cents=0,
        effective_on=_counts_on(app, intake, line, session.business_date),
        received_on=line.received_on,
        recorded_at=app.clock.now(),
        # One payment is one trace: a file's payments do not share the file's.
        traceparent=f"00-{receipt_id.hex}-{receipt_id.hex[16:]}-00",
        posted_by=asked.user,
        intake=intake,
    )


def _finish(app: CashieringApp, connection: Connection, asked: Asked, run_id: UUID) -> None:
    """Close the run's session: what was read was counted by the control totals already."""
    row = import_store.run(connection, run_id, lock=True)
    if row.state == "committed":
        return
    import_store.set_state(connection, run_id, "committed")
    expected = {one.tender_type: one.cents for one in drawers.expected(connection, row.session_id)}
    # Whoever finishes a file closes the drawer that the file opened.
    finishing = replace(asked, any_session=True)
    commands.close_session(app, connection, finishing, row.session_id, expected)
    last = 2 + len(import_store.exceptions(connection, run_id, import_told.EXCEPTIONS_TOLD_MAX))
    import_told.tell_finished(app, connection, asked, run_id, "committed", last)
