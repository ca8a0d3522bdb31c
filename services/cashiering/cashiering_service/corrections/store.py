"""Cashiering's SQL for reversals, voids and for what a receipt's bills are at by now."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

_VOIDS = (
    "select q.void_id, q.receipt_id, q.reason, q.requested_by, q.recorded_at as requested_at,"
    " r.receipt_number, r.session_id, r.total_cents, r.posted_by,"
    " d.agreed, d.note, d.decided_by, d.recorded_at as decided_at"
    " from void_requests q join receipts r using (receipt_id)"
    " left join void_decisions d using (void_id)"
)


def bill_versions(connection: Connection, bill_ids: Sequence[UUID]) -> dict[UUID, int]:
    return {
        row.bill_id: row.bill_version
        for row in connection.exec_driver_sql(
            "select bill_id, bill_version from dues where bill_id = any(%s::uuid[])",
            (list(bill_ids),),
        )
    }


def lock(connection: Connection, void_id: UUID) -> None:
    """Let one decision at a time look at a void; its receipt's session is locked after it."""
    connection.exec_driver_sql(
        "select void_id from void_requests where void_id = %s for update", (void_id,)
    )


def void(connection: Connection, void_id: UUID) -> Any:
    return connection.exec_driver_sql(f"{_VOIDS} where q.void_id = %s", (void_id,)).one_or_none()


def undecided_of(connection: Connection, receipt_id: UUID) -> Any:
    return connection.exec_driver_sql(
        f"{_VOIDS} where q.receipt_id = %s and d.void_id is null", (receipt_id,)
    ).one_or_none()


def voids_of(connection: Connection, receipt_id: UUID) -> Sequence[Any]:
    """Every void that was asked for of a receipt."""
    return connection.exec_driver_sql(
        f"{_VOIDS} where q.receipt_id = %s order by q.void_id", (receipt_id,)
    ).all()


def voids(connection: Connection, session_id: UUID | None, *, undecided: bool) -> Sequence[Any]:
    return connection.exec_driver_sql(
        f"{_VOIDS} where (%(session)s::uuid is null or r.session_id = %(session)s)"
        " and (not %(undecided)s or d.void_id is null) order by q.void_id",
        {"session": session_id, "undecided": undecided},
    ).all()


def insert_request(
    connection: Connection, void_id: UUID, receipt_id: UUID, reason: str, by: str, at: datetime
) -> None:
    connection.exec_driver_sql(
        "insert into void_requests (void_id, receipt_id, reason, requested_by, recorded_at)"
        " values (%s, %s, %s, %s, %s)",
        (void_id, receipt_id, reason, by, at),
    )


def insert_decision(
    connection: Connection, void_id: UUID, note: str, by: str, at: datetime, *, agreed: bool
) -> None:
    connection.exec_driver_sql(
        "insert into void_decisions (void_id, agreed, note, decided_by, recorded_at)"
        " values (%s, %s, %s, %s, %s)",
        (void_id, agreed, note, by, at),
    )


def insert_reversal(connection: Connection, row: Mapping[str, object]) -> None:
    connection.exec_driver_sql(
        "insert into reversals (reversal_id, receipt_id, business_date, total_cents, reason,"
        " reversed_by, trace_id, recorded_at) values (%(reversal_id)s, %(receipt_id)s,"
        " %(business_date)s, %(total_cents)s, %(reason)s, %(reversed_by)s, %(trace_id)s,"
        " %(recorded_at)s)",
        row,
    )
