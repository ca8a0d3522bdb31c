"""Lenders by their codes: what each stands for is registered once, and told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.domain.register import Party
from levy_service.register.events import LENDER_CHANGED
from taxkit import ids, outbox
from taxkit.contracts import OutgoingEvent
from taxkit.errors import Refusal, invalid

_NEWEST = """
select * from lenders l where not exists
    (select from lenders n where n.lender_code = l.lender_code and n.version > l.version)
"""


@dataclass(frozen=True, slots=True)
class Registration:
    lender: Party
    reason: str
    user: str
    trace_id: UUID
    traceparent: str


def register(app: LevyApp, connection: Connection, asked: Registration) -> Any:
    """Put a lender's next version on record; gives its row."""
    given = asked.lender
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtextextended('lender ' || %s, 0))", (given.lender_code,)
    )
    before = {row.lender_code: row for row in newest(connection, [given.lender_code])}
    known = before.get(given.lender_code)
    if known and (known.name, known.email, known.mailing_address) == (
        given.name, given.email, given.mailing_address,
    ):  # fmt: skip
        raise Refusal(
            "REGISTER_CHANGES_NOTHING", f"lender {given.lender_code} is on record like that already"
        )
    version = known.version + 1 if known else 1
    connection.exec_driver_sql(
        "insert into lenders (lender_code, version, name, email, mailing_address, reason,"
        " registered_by, trace_id, recorded_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            given.lender_code, version, given.name, given.email, given.mailing_address,
            asked.reason, asked.user, asked.trace_id, app.clock.now(),
        ),
    )  # fmt: skip
    _tell(app, connection, asked, version)
    (row,) = newest(connection, [given.lender_code])
    return row


def _tell(app: LevyApp, connection: Connection, asked: Registration, version: int) -> None:
    told = {
        "lender_code": asked.lender.lender_code,
        "version": version,
        "name": asked.lender.name,
        "email": asked.lender.email or None,
        "mailing_address": asked.lender.mailing_address,
        "registered_by": asked.user,
        "reason": asked.reason,
    }
    subject = f"lender/{asked.lender.lender_code}"
    event = OutgoingEvent(
        ids.new_id(), LENDER_CHANGED, subject, version, app.clock.now(), told, asked.traceparent
    )
    outbox.store(connection, app.settings.county, [event])


def newest(connection: Connection, codes: Iterable[str]) -> Sequence[Any]:
    return connection.exec_driver_sql(
        f"{_NEWEST} and lender_code = any(%s::text[])", (list(codes),)
    ).all()


def page(connection: Connection, like: str, after: str, limit: int) -> Sequence[Any]:
    """Lenders by code, whose code or name begins like that, behind one."""
    escaped = like.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").lower()
    return connection.exec_driver_sql(
        f"{_NEWEST} and (lower(lender_code) like %(like)s or lower(name) like %(like)s)"
        " and lender_code > %(after)s order by lender_code limit %(limit)s",
        {"like": f"{escaped}%", "after": after, "limit": limit},
    ).all()


def named(connection: Connection, code: str, field: str) -> Party:
    """Who a code stands for; refused when nobody registered it."""
    for row in newest(connection, [code]):
        return Party(row.name, row.email, row.mailing_address, code)
    raise invalid("LENDER_UNKNOWN", f"no lender {code} is on record", field)
