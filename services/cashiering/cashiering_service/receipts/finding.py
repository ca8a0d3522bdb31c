"""Receipts by what is known of them, and all there is to say of one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import commands, queries
from cashiering_service.corrections import store as corrections_store
from millage.cashiering.v1 import receipts_pb2 as pb

_OVERRIDES = (
    "select g.action, g.limit_cents, g.amount_cents, g.approver, g.reason, u.used_at"
    " from override_uses u join override_grants g using (grant_id) where u.receipt_id = %s"
    " order by g.recorded_at, g.grant_id"
)
_PRINTS = (
    "select run_id, report, asked_by, recorded_at from report_runs"
    " where parameters ? 'receipt_number' and parameters ->> 'receipt_number' = %s order by run_id"
)


def view(connection: Connection, receipt: str) -> pb.ReceiptView:
    """A receipt with what was allowed for it, asked about it and printed of it (CASH-059)."""
    row = commands.find_receipt(connection, receipt)
    return pb.ReceiptView(
        receipt=commands.receipt_state(connection, receipt),
        posted_by=row.posted_by,
        overrides=[
            pb.OverrideUsed(
                action=one.action,
                limit_cents=one.limit_cents,
                amount_cents=one.amount_cents,
                approver=one.approver,
                reason=one.reason,
                used_at=one.used_at.isoformat(),
            )
            for one in connection.exec_driver_sql(_OVERRIDES, (row.receipt_id,))
        ],
        voids=map(_void, corrections_store.voids_of(connection, row.receipt_id)),
        prints=[
            pb.Printed(
                run_id=str(one.run_id),
                report=one.report,
                asked_by=one.asked_by,
                recorded_at=one.recorded_at.isoformat(),
            )
            for one in connection.exec_driver_sql(_PRINTS, (row.receipt_number,))
        ],
    )


def _void(row: Any) -> pb.VoidAsked:
    return pb.VoidAsked(
        requested_by=row.requested_by,
        reason=row.reason,
        decided_by=row.decided_by or "",
        agreed=bool(row.agreed),
    )


def page(
    connection: Connection, wanted: dict[str, object], after: UUID, limit: int
) -> Sequence[Any]:
    """Receipts of a range of days, in the order they were taken."""
    return queries.receipts_found(connection, wanted, after, limit)
