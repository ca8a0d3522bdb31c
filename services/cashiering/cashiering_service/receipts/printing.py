"""Printing many receipts: a job, one sealed report a session, done by a worker (CASH-059)."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain.custom_receipts import check_chosen
from cashiering_service.receipts import print_store
from reportkit import ReportDesk
from taxkit import ids
from taxkit.errors import Refusal, invalid

RANGE_MAX = timedelta(days=366)


def check_range(from_on: date, to_on: date) -> None:
    if to_on < from_on:
        raise invalid("DATES_REVERSED", f"{to_on} is before {from_on}", "to_on")
    if to_on - from_on > RANGE_MAX:
        raise invalid("RANGE_TOO_LONG", f"at most {RANGE_MAX.days} days at once", "to_on")


def start(
    app: CashieringApp,
    connection: Connection,
    user: str,
    days: tuple[date, date],
    custom_receipt: str,
) -> UUID:
    """Keep a job for the closed sessions of some business dates; a worker takes it up."""
    check_range(*days)
    if custom_receipt:
        check_chosen((custom_receipt,), app.law.custom_receipts(days[1]))
    job_id = ids.new_id()
    if not print_store.insert_job(connection, job_id, days, custom_receipt, user, app.clock.now()):
        raise Refusal("NOTHING_TO_PRINT", "no session of those days is closed and has a receipt")
    return job_id


def print_next(app: CashieringApp, desk: ReportDesk) -> bool:
    """Print one part that waits; the run and its outcome stand or fall together.

    A worker that dies in between leaves the part as it was, for the next one.
    """
    with app.database.begin() as connection:
        part = print_store.take_part(connection)
        if part is None:
            return False
        asked = {"session_id": str(part.session_id)}
        report = "receipts"
        if part.custom_receipt:
            report, asked["custom_receipt"] = "custom-receipts", part.custom_receipt
        now = app.clock.now()
        try:
            with connection.begin_nested():
                run = desk.run(connection, report, asked, part.asked_by)
        except Refusal as refusal:
            print_store.keep_outcome(connection, part, None, 0, refusal.reason, now)
        else:
            row = run.row
            print_store.keep_outcome(connection, part, row.run_id, row.row_count, "", now)
    return True


def print_waiting(app: CashieringApp, desk: ReportDesk) -> None:
    """Print part by part until nothing waits."""
    while print_next(app, desk):
        pass
