"""Commands on a bill: who asks, and the books of one bill under lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.books import Books
from receivables_service.domain.terms import Terms
from taxkit.errors import invalid, not_found
from taxkit.inbox import Work
from taxkit.rows import Columns

_REQUESTS = Columns(
    {
        "fact_id": "uuid",
        "bill_id": "uuid",
        "asked_by": "text",
        "reason": "text",
        "recorded_at": "timestamptz",
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what reason, in which trace."""

    user: str
    reason: str
    traceparent: str


def open_bill(work: Work, terms: Terms, bill_id: UUID) -> Books:
    """Lock and read one bill; one that was not issued is not there to be changed."""
    issued = work.connection.exec_driver_sql(
        "select 1 from bills where bill_id = %s and bill_number is not null", (bill_id,)
    ).one_or_none()
    if issued is None:
        raise not_found("BILL_NOT_FOUND", f"receivables has not heard of bill {bill_id}")
    books = Books(work, terms)
    books.open([bill_id])
    return books


def keep_requests(work: Work, asked: Asked, facts: Sequence[tuple[UUID, UUID | None]]) -> None:
    """Keep who asked for facts, each with its bill; in the transaction that wrote them."""
    now = work.clock.now()
    rows = [(fact_id, bill_id, asked.user, asked.reason, now) for fact_id, bill_id in facts]
    _REQUESTS.insert(work.connection, "fact_requests", rows)


def effective(work: Work, given: date | None) -> date:
    """The day a change takes effect: today unless given, never in the future."""
    today = work.clock.today()
    if given is not None and given > today:
        raise invalid("DATE_IN_FUTURE", f"{given} is after today, {today}", "effective_on")
    return given or today


def requests_of(connection: Connection, bill_id: UUID) -> Sequence[tuple[object, ...]]:
    """What people asked to be done to a bill, oldest first."""
    return connection.exec_driver_sql(
        "select f.fact_id, f.kind, f.effective_on, f.business_date, r.asked_by, r.reason,"
        " r.recorded_at from fact_requests r join facts f using (fact_id)"
        " where r.bill_id = %s order by r.recorded_at, f.fact_id",
        (bill_id,),
    ).all()
