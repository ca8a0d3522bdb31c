"""Taking receipts back while their session is open: to repay, or to void with a second person."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import commands, queries
from cashiering_service.answers import stored_tender
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.corrections import store as corrections_store
from cashiering_service.domain.intake import COUNTER, Intake
from cashiering_service.domain.sources import BASE
from cashiering_service.domain.voiding import check_second_person
from cashiering_service.sessions import drawers
from cashiering_service.sources import store as sources_store
from cashiering_service.sources.term_answers import stored_line_terms
from millage.cashiering.v1 import cashiering_pb2, corrections_pb2, sources_pb2
from taxkit import ids
from taxkit.app import App
from taxkit.errors import Refusal, invalid, not_found


def repay(
    app: CashieringApp, connection: Connection, asked: Asked, number: str, year: int, reason: str
) -> corrections_pb2.RepayReversalResponse:
    """Reverse a receipt and give its content back for correction (CASH-060)."""
    row = queries.receipt_by(connection, number, None)
    if row is None or row.business_date.year != year:
        raise not_found("RECEIPT_NOT_FOUND", f"no receipt {number!r} of {year}")
    receipt = commands.reverse_payment(app, connection, asked, row.receipt_number, reason)
    order = _order(app, connection, row)
    return corrections_pb2.RepayReversalResponse(receipt=receipt, order=order)


def _order(
    app: CashieringApp, connection: Connection, row: Any
) -> cashiering_pb2.PostPaymentRequest:
    """The order a receipt was made from; money on no bill cannot be ordered again."""
    lines = queries.lines_of(connection, [row.receipt_id])[row.receipt_id]
    tenders = queries.tenders_of(connection, [row.receipt_id])[row.receipt_id]
    versions = corrections_store.bill_versions(
        connection, [line.bill_id for line in lines if line.bill_id]
    )
    last = lines[-1].line_number
    sources = _entries(connection, row, [line for line in lines if line.source_code])
    return cashiering_pb2.PostPaymentRequest(
        session_id=str(row.session_id),
        payer=_payer(row),
        lines=[
            cashiering_pb2.PaymentLine(
                bill_id=str(line.bill_id),
                bill_version=versions[line.bill_id],
                amount_cents=_asked_cents(line)
                - (row.surplus_cents if line.line_number == last else 0),
                **_terms(line),
            )
            for line in lines
            if line.bill_id in versions
        ],
        source_lines=sources,
        advances=_advances(lines),
        tenders=map(stored_tender, tenders),
        effective_on=_named_date(app, connection, row),
        note=row.note,
        source=row.source if row.source != COUNTER else "",
        received_on=row.received_on.isoformat() if row.received_on != row.business_date else "",
        postmarked_on=row.postmarked_on.isoformat() if row.postmarked_on else "",
        lender_code=row.lender_code or "",
        suppress_receipt_print=bool(row.print_suppressed),
        suppress_surplus_notice=bool(row.surplus_notice_suppressed),
        custom_receipts=row.custom_receipts or (),
        return_change=not (row.surplus_cents and not row.change_cents),
    )


def _asked_cents(line: Any) -> int:
    """What was asked for a line: what was kept of it as tolerance came on top of its amount."""
    return int(line.amount_cents) - min(line.tolerance_cents or 0, 0)


def _named_date(app: CashieringApp, connection: Connection, row: Any) -> str:
    """Its date of payment, where somebody chose it: the rest is dated without it as before."""
    intake = Intake(row.source, row.postmarked_on, row.received_on)
    drawer = drawers.session(connection, row.session_id)
    by_itself = app.law.counts_on(intake, row.business_date) or drawer.effective_on
    return "" if row.effective_on == by_itself else str(row.effective_on.isoformat())


def _terms(line: Any) -> dict[str, Any]:
    """What was waived and how it was allocated, where either was said."""
    said = stored_line_terms(line)
    terms: dict[str, Any] = {
        name: said[name] for name in ("waived", "effective_on") if name in said
    }
    if (allocation := said.get("allocation")) is not None:
        terms |= {"allocation_rule": line.rule_id, "allocation": allocation.rows}
        terms |= {"service": allocation.service, "account_keys": allocation.account_keys}
    return terms


def _advances(lines: Sequence[Any]) -> list[cashiering_pb2.AdvanceLine]:
    return [
        cashiering_pb2.AdvanceLine(
            advance_type=line.advance_type,
            parcel_number=line.parcel_number,
            tax_year=line.tax_year or 0,
            escrow_account=line.escrow_account or "",
            amount_cents=line.amount_cents,
            effective_on=line.effective_on.isoformat() if line.effective_on else "",
        )
        for line in lines
        if line.is_advance
    ]


def _entries(
    connection: Connection, row: Any, lines: Sequence[Any]
) -> list[sources_pb2.SourceEntry]:
    """What was said of the lines for sources, as it would be said again."""
    by_date = {
        day: sources_store.in_force(connection, day, sorted({one.source_code for one in lines}))
        for day in sorted({line.effective_on or row.effective_on for line in lines})
    }
    found = []
    for line in lines:
        source = by_date[line.effective_on or row.effective_on][line.source_code]
        said = dict(line.said)
        entry = sources_pb2.SourceEntry(
            source_code=line.source_code,
            units=int(said.pop("units", 0)),
            amount_cents=int(said.pop(BASE, 0)),
            amounts=[
                sources_pb2.NamedAmount(name=name, amount_cents=int(said.pop(name)))
                for name in source.amount_names
                if name in said
            ],
            parcel_number=line.parcel_number,
            fields=said,
            effective_on=line.effective_on.isoformat() if line.effective_on else "",
        )
        if not (entry.units or entry.amounts or entry.amount_cents):
            entry.amount_cents = line.amount_cents
        found.append(entry)
    return found


def request_void(
    app: App, connection: Connection, asked: Asked, receipt: str, reason: str
) -> corrections_pb2.Void:
    """Ask for a void; the receipt stands until somebody else agrees."""
    if not reason.strip():
        raise invalid("REASON_MISSING", "say why the receipt is voided", "reason")
    row, _ = commands.lock_reversible(connection, receipt)
    if corrections_store.undecided_of(connection, row.receipt_id) is not None:
        raise Refusal("VOID_ASKED", f"a void of receipt {row.receipt_number} waits for a decision")
    void_id = ids.new_id()
    corrections_store.insert_request(
        connection, void_id, row.receipt_id, reason, asked.user, app.clock.now()
    )
    return void_state(connection, void_id)


def decide_void(
    app: App, connection: Connection, asked: Asked, void_id: UUID, note: str, *, agreed: bool
) -> corrections_pb2.Void:
    """Agree, and reverse the receipt; or decline, and leave it."""
    row = _void(connection, void_id, lock=True)
    if row.agreed is not None:
        raise Refusal("VOID_DECIDED", f"{row.decided_by} decided on void {void_id} already")
    check_second_person(asked.user, (row.requested_by, row.posted_by), "a void is decided")
    if not agreed and not note.strip():
        raise invalid("REASON_MISSING", "say why the void is declined", "note")
    corrections_store.insert_decision(
        connection, void_id, note, asked.user, app.clock.now(), agreed=agreed
    )
    if agreed:
        # A second person's decision, on a drawer that is never his own.
        second = replace(asked, any_session=True)
        commands.reverse_payment(app, connection, second, row.receipt_number, row.reason)
    return void_state(connection, void_id)


def void_state(connection: Connection, void_id: UUID) -> corrections_pb2.Void:
    return _answer(_void(connection, void_id))


def voids(
    connection: Connection, session_id: UUID | None, *, undecided: bool
) -> corrections_pb2.ListVoidsResponse:
    rows: Sequence[Any] = corrections_store.voids(connection, session_id, undecided=undecided)
    return corrections_pb2.ListVoidsResponse(voids=map(_answer, rows))


def _void(connection: Connection, void_id: UUID, *, lock: bool = False) -> Any:
    if lock:
        corrections_store.lock(connection, void_id)
    row = corrections_store.void(connection, void_id)
    if row is None:
        raise not_found("VOID_NOT_FOUND", f"no void {void_id}")
    return row


_STATES = {
    None: corrections_pb2.VOID_STATE_ASKED,
    True: corrections_pb2.VOID_STATE_DONE,
    False: corrections_pb2.VOID_STATE_DECLINED,
}


def _answer(row: Any) -> corrections_pb2.Void:
    return corrections_pb2.Void(
        void_id=str(row.void_id),
        receipt_id=str(row.receipt_id),
        receipt_number=row.receipt_number,
        session_id=str(row.session_id),
        total_cents=row.total_cents,
        state=_STATES[row.agreed],
        reason=row.reason,
        requested_by=row.requested_by,
        requested_at=row.requested_at.isoformat(),
        decided_by=row.decided_by or "",
        decided_at=row.decided_at.isoformat() if row.decided_at else "",
        note=row.note or "",
    )


def _payer(row: Any) -> cashiering_pb2.Payer:
    return cashiering_pb2.Payer(
        name=row.payer_name,
        email=row.payer_email or "",
        mailing_address=row.payer_mailing_address,
    )
