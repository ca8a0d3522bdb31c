"""Receipts on paper: as given out, as copies, with the county's papers; what is credited."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection

from cashiering_service import queries
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain.custom_receipts import check_chosen, worded
from cashiering_service.receipts import discounts
from cashiering_service.reports import printed_statements as statements
from cashiering_service.reports.closed_session import check_session
from cashiering_service.rulebook import Rulebook
from reportkit import Cell, Column, Kind, Parameter, Report, ReportDesk, Row, Values, stream
from taxkit.errors import Refusal, not_found

_COPY = Parameter("copy_number", "Copy", Kind.NUMBER, required=False)
_RECEIPT = Parameter("receipt_number", "Receipt")
_SESSION = Parameter("session_id", "Session")
_PAPER = Parameter("custom_receipt", "Paper")
_COLUMNS = (
    Column("receipt_number", "Receipt", width=24),
    Column("part", "", width=12),
    Column("what", "", width=26),
    Column("detail", "", width=32),
    Column("amount_cents", "Amount", Kind.MONEY, 14),
)
_WORDS = (Column("receipt_number", "Receipt", width=24), Column("words", "", width=96))


def printed(law: Rulebook) -> tuple[Report, ...]:
    """The reports that are receipts, or are about one."""
    return (_receipt(law), _receipts(law), _custom(law), _customs(law), _voucher())


def printing_desk(app: CashieringApp) -> ReportDesk:
    """The desk at which many receipts are printed."""
    return ReportDesk(app, printed(app.law), f"{app.settings.county.title()} County")


def _receipt(law: Rulebook) -> Report:
    return Report(
        name="receipt",
        title="Receipt",
        parameters=(_RECEIPT, _COPY),
        columns=_COLUMNS,
        rows=partial(_rows, law, statements.RECEIPT),
        group_by="receipt_number",
        check=_check_receipt,
        layout_version=2,
    )


def _receipts(law: Rulebook) -> Report:
    return Report(
        name="receipts",
        title="Receipts of a session",
        parameters=(_SESSION, _COPY),
        columns=_COLUMNS,
        rows=partial(_rows, law, statements.RECEIPTS),
        group_by="receipt_number",
        note="Every receipt of a closed session but those of which no print is wanted.",
        check=_check_receipts,
        layout_version=2,
    )


def _custom(law: Rulebook) -> Report:
    return Report(
        name="custom-receipt",
        title="Custom receipt",
        parameters=(_RECEIPT, _PAPER),
        columns=_WORDS,
        rows=partial(_worded_rows, law, statements.CUSTOM),
        group_by="receipt_number",
        check=partial(_check_custom, law),
    )


def _customs(law: Rulebook) -> Report:
    return Report(
        name="custom-receipts",
        title="Custom receipts of a session",
        parameters=(_SESSION, _PAPER),
        columns=_WORDS,
        rows=partial(_worded_rows, law, statements.CUSTOMS),
        group_by="receipt_number",
        note="Of the receipts of a closed session that stand.",
        check=check_session,
    )


def _voucher() -> Report:
    return Report(
        name="credit-voucher",
        title="Credit voucher",
        parameters=(_RECEIPT,),
        columns=(
            Column("what", "Kept as", width=14),
            Column("for_what", "For", width=30),
            Column("parcel_number", "Parcel", width=20),
            Column("amount_cents", "Amount", Kind.MONEY, 14, total=True),
        ),
        rows=lambda connection, asked, seen: stream(
            connection, statements.VOUCHER, {**asked, "watermark": seen}
        ),
        note="What the county keeps of this receipt to the payer's credit, as it was taken.",
        check=_check_voucher,
    )


def _rows(
    law: Rulebook, statement: str, connection: Connection, asked: Values, seen: str
) -> Iterator[Row]:
    """A receipt's own rows, and the words of each paper that was chosen with it."""
    for row in stream(connection, statement, {**asked, "watermark": seen}):
        if row.part == statements.DISCOUNT:
            found = discounts.read(row.what, json.loads(row.detail))
            yield row.receipt_number, "Discount", row.what, found.words, found.amount_cents or None
            continue
        if row.part != statements.PAPER:
            yield row
            continue
        said = json.loads(row.detail)
        for name, paragraph in _words(law, row.what, said):
            yield row.receipt_number, name, "", paragraph, None


def _worded_rows(
    law: Rulebook, statement: str, connection: Connection, asked: Values, seen: str
) -> Iterator[Row]:
    for row in stream(connection, statement, {**asked, "watermark": seen}):
        for _, paragraph in _words(law, str(asked["custom_receipt"]), json.loads(row.detail)):
            yield row.receipt_number, paragraph


def _words(law: Rulebook, code: str, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A paper's paragraphs by the law of the receipt's day; one not known then has none."""
    for paper in law.custom_receipts(date.fromisoformat(said["business_date"])):
        if paper.code == code:
            for paragraph in worded(paper, said):
                yield paper.name, paragraph


def _check_receipt(connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    _find(connection, asked)
    return _numbered(connection, asked, "receipt", "receipt_number")


def _check_receipts(connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    return _numbered(connection, check_session(connection, asked), "receipts", "session_id")


def _numbered(
    connection: Connection, asked: dict[str, Cell], report: str, key: str
) -> dict[str, Cell]:
    """Whoever prints again prints a copy, and the paper says which."""
    before: int = connection.exec_driver_sql(
        "select count(*) from report_runs where report = %s and parameters ->> %s = %s",
        (report, key, asked[key]),
    ).scalar_one()
    return {**asked, "copy_number": before + 1 if before else None}


def _check_custom(law: Rulebook, connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    row = _standing(connection, asked)
    check_chosen((str(asked["custom_receipt"]),), law.custom_receipts(row.business_date))
    return asked


def _check_voucher(connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    row = _standing(connection, asked)
    if not row.surplus_cents and not queries.holds(connection, row.receipt_id):
        raise Refusal("NOTHING_CREDITED", f"all of receipt {row.receipt_number} was applied")
    return asked


def _standing(connection: Connection, asked: Mapping[str, Cell]) -> Any:
    row = _find(connection, asked)
    if row.reversal_id is not None or row.mark is not None:
        raise Refusal("RECEIPT_REVERSED", f"receipt {row.receipt_number} was taken back")
    return row


def _find(connection: Connection, asked: Mapping[str, Cell]) -> Any:
    row = queries.receipt_by(connection, str(asked["receipt_number"]), None)
    if row is None:
        raise not_found("RECEIPT_NOT_FOUND", f"no receipt {asked['receipt_number']!r}")
    return row
