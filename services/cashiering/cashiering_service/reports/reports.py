"""Cashiering's reports: payments, tenders, a session, a day; receipts on paper are beside it."""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import Connection

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.reports import report_statements as statements
from cashiering_service.reports.back_office import back_office
from cashiering_service.reports.closed_session import check_session
from cashiering_service.reports.printed import printed
from reportkit import Cell, Column, Kind, Parameter, Report, ReportDesk, Row, Values, stream
from reportkit.api import reports_servicer
from taxkit import rpc
from taxkit.errors import invalid

_RANGE = (Parameter("from_on", "From", Kind.DATE), Parameter("to_on", "To", Kind.DATE))
_NET = (
    Column("received_cents", "Received", Kind.MONEY, 14, total=True),
    Column("taken_back_cents", "Taken back", Kind.MONEY, 14, total=True),
    Column("net_cents", "Net", Kind.MONEY, 14, total=True),
)


def servicer(app: CashieringApp) -> rpc.Servicer:
    known = (
        _payments(), _tenders(), _session(), back_office(_rows), _day(), *printed(app.law),
    )  # fmt: skip
    desk = ReportDesk(app, known, f"{app.settings.county.title()} County")
    return reports_servicer(app, desk, "cashiering.report")


def _rows(statement: str, connection: Connection, asked: Values, watermark: str) -> Iterator[Row]:
    return stream(connection, statement, {**asked, "watermark": watermark})


def _payments() -> Report:
    return Report(
        name="payment-listing",
        title="Payment listing",
        parameters=(
            *_RANGE,
            Parameter("source_code", "Source", required=False),
            Parameter("recap", "Recap of what was said (yes)", required=False),
        ),
        columns=(
            Column("business_date", "Business date", Kind.DATE, 10),
            Column("receipt_number", "Receipt", width=24),
            Column("payer", "Payer", width=22),
            Column("paid_for", "Paid for", width=20),
            Column("parcel_number", "Parcel", width=16),
            Column("said", "Said", width=24),
            Column("amount_cents", "Amount", Kind.MONEY, 14, total=True),
        ),
        rows=partial(_rows, statements.PAYMENTS),
        group_by="business_date",
        note="Every line of every receipt; what was taken back has a minus on its own day.",
        check=_check_listing,
    )


def _tenders() -> Report:
    return Report(
        name="tender-summary",
        title="Collections by tender",
        parameters=_RANGE,
        columns=(
            Column("business_date", "Business date", Kind.DATE, 10),
            Column("tender_type", "Tender", width=14),
            Column("receipts", "Receipts", Kind.NUMBER, 10),
            *_NET,
        ),
        rows=partial(_rows, statements.TENDERS),
        group_by="business_date",
        note="Cash less change. Escrow and surplus were held by the county before.",
        check=_check_range,
    )


def _session() -> Report:
    return Report(
        name="session-reconciliation",
        title="Session reconciliation",
        parameters=(Parameter("session_id", "Session"),),
        columns=(
            Column("held", "Where", width=12),
            Column("tender_type", "Tender", width=14),
            Column("receipts", "Receipts", Kind.NUMBER, 10),
            Column("expected_cents", "Expected", Kind.MONEY, 14, total=True),
            Column("counted_cents", "Counted", Kind.MONEY, 14, total=True),
            Column("over_short_cents", "Over or short", Kind.MONEY, 14, total=True),
            Column("recounted_cents", "Counted again", Kind.MONEY, 14, total=True),
        ),
        rows=partial(_rows, statements.SESSION),
        group_by="held",
        note="Of a closed session; escrow and surplus never lay in its drawer.",
        check=check_session,
    )


def _day() -> Report:
    return Report(
        name="daily-balance",
        title="Daily balance",
        parameters=(Parameter("business_date", "Business date", Kind.DATE),),
        columns=(
            Column("till_code", "Till", width=12),
            Column("session_number", "Session", width=8),
            Column("cashier", "Cashier", width=16),
            Column("receipts", "Receipts", Kind.NUMBER, 9, total=True),
            *_NET,
            Column("source_cents", "Of it sources", Kind.MONEY, 14, total=True),
            Column("escrow_cents", "Of it escrow", Kind.MONEY, 14, total=True),
            Column("deposit_number", "Deposit", width=16),
        ),
        rows=partial(_rows, statements.DAY),
        note="What each drawer took on the day; the ledger has the net less what is for sources.",
    )


def _check_range(_: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    if str(asked["to_on"]) < str(asked["from_on"]):
        raise invalid("DATES_REVERSED", f"{asked['to_on']} is before {asked['from_on']}", "to_on")
    return asked


def _check_listing(connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    recap = asked.get("recap") or "no"
    if recap not in {"yes", "no"}:
        raise invalid("RECAP_INVALID", "yes or no", "recap")
    given = {**asked, "source_code": asked.get("source_code") or "", "recap": recap}
    return _check_range(connection, given)
