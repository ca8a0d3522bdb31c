"""Commands after a drawer was closed: the second count, and its checks one by one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import commands
from cashiering_service.answers import tender_type_number
from cashiering_service.commands import Asked
from cashiering_service.domain import checks
from cashiering_service.domain.deposits import deposit_number
from cashiering_service.domain.voiding import check_second_person
from cashiering_service.sessions import drawers
from cashiering_service.sessions import reconciliation_store as store
from millage.cashiering.v1 import reconciliation_pb2 as pb
from taxkit import ids
from taxkit.app import App
from taxkit.errors import Refusal, invalid, not_found

CHECKS_MAX = 5_000


def recount(
    app: App,
    connection: Connection,
    asked: Asked,
    session_id: UUID,
    counts: Mapping[str, int],
    note: str,
) -> pb.Reconciliation:
    """Count a closed drawer again and approve it: never by its own cashier (CASH-010)."""
    row = _session(connection, session_id, lock=True)
    if row.is_open:
        raise Refusal("SESSION_OPEN", f"session {session_id} is open: its cashier closes it first")
    check_second_person(asked.user, (row.cashier,), "a drawer is counted again")
    if store.recount(connection, session_id) is not None:
        raise Refusal("SESSION_RECOUNTED", f"session {session_id} was counted again already")
    total = sum(counts.values())
    over_short = total - sum(one.cents for one in drawers.expected(connection, session_id))
    difference = total - sum((row.counts or {}).values())
    if (over_short or difference) and not note.strip():
        raise invalid(
            "NOTE_MISSING", "say why this count is not the first, or not what is expected", "note"
        )
    store.insert_recount(
        connection, session_id, counts, over_short, difference, note, asked.user, app.clock.now()
    )
    return reconciliation(connection, session_id)


def reconciliation(connection: Connection, session_id: UUID) -> pb.Reconciliation:
    """A session's money as expected, as counted and as counted again."""
    row = _session(connection, session_id)
    expected = {one.tender_type: one.cents for one in drawers.expected(connection, session_id)}
    second = store.recount(connection, session_id)
    recounted = second.counts if second else {}
    deposit = store.deposit_of(connection, session_id)
    counted = row.counts or {}
    return pb.Reconciliation(
        session=commands.session_state(connection, session_id),
        tenders=[
            pb.ReconciledTender(
                tender_type=tender_type_number(kind),
                expected_cents=expected.get(kind, 0),
                counted_cents=counted.get(kind, 0),
                recounted_cents=recounted.get(kind, 0),
            )
            for kind in sorted({*expected, *counted, *recounted})
        ],
        escrow_cents=drawers.escrow(connection, session_id),
        deposit_number=deposit_number(deposit.deposited_on, deposit.place) if deposit else "",
        **(_second(second) if second else {}),
    )


def _second(row: Any) -> dict[str, Any]:
    return {
        "approved": True,
        "recounted_by": row.recounted_by,
        "recounted_at": row.recorded_at.isoformat(),
        "note": row.note,
        "over_short_cents": row.over_short_cents,
        "difference_cents": row.difference_cents,
    }


def enter_checks(
    app: App,
    connection: Connection,
    asked: Asked,
    session_id: UUID,
    entries: Sequence[tuple[str, int]],
) -> pb.CheckReconciliation:
    """Keep the checks that lie in a drawer, until it has gone to the bank."""
    _undeposited(connection, session_id)
    if not 0 < len(entries) <= CHECKS_MAX:
        raise invalid("CHECKS_COUNT", f"enter 1 to {CHECKS_MAX} checks at a time", "checks")
    now = app.clock.now()
    store.insert_entries(
        connection,
        [(ids.new_id(), session_id, number, cents, asked.user, now) for number, cents in entries],
    )
    return check_reconciliation(connection, session_id)


def withdraw_check(
    app: App, connection: Connection, asked: Asked, entry_id: UUID, reason: str
) -> pb.CheckReconciliation:
    if not reason.strip():
        raise invalid("REASON_MISSING", "say why the check is withdrawn", "reason")
    row = store.entry(connection, entry_id)
    if row is None:
        raise not_found("CHECK_NOT_FOUND", f"no check was entered as {entry_id}")
    _undeposited(connection, row.session_id)
    if not store.insert_withdrawal(connection, entry_id, reason, asked.user, app.clock.now()):
        raise Refusal("CHECK_WITHDRAWN", f"check {row.check_number} was withdrawn already")
    return check_reconciliation(connection, row.session_id)


def check_reconciliation(connection: Connection, session_id: UUID) -> pb.CheckReconciliation:
    """Entered checks against check tenders, matched and unmatched both ways (CASH-011)."""
    _session(connection, session_id)
    entered = [
        (str(one.entry_id), one.check_number, one.amount_cents)
        for one in store.entered(connection, session_id)
    ]
    tendered = [tuple(one) for one in store.tendered(connection, session_id)]
    found = checks.match(entered, tendered)
    return pb.CheckReconciliation(
        session_id=str(session_id),
        matched=[
            pb.CheckMatch(
                entry_id=mine[0], receipt_number=its[0], check_number=its[1], amount_cents=its[2]
            )
            for mine, its in found.matched
        ],
        only_entered=[
            pb.CheckMatch(entry_id=name, check_number=number, amount_cents=cents)
            for name, number, cents in found.only_entered
        ],
        only_tendered=[
            pb.CheckMatch(receipt_number=name, check_number=number, amount_cents=cents)
            for name, number, cents in found.only_tendered
        ],
        entered_cents=sum(cents for _, _, cents in entered),
        tendered_cents=sum(cents for _, _, cents in tendered),
    )


def _undeposited(connection: Connection, session_id: UUID) -> None:
    _session(connection, session_id, lock=True)
    if store.deposit_of(connection, session_id) is not None:
        raise Refusal("SESSION_DEPOSITED", f"session {session_id} went to the bank already")


def _session(connection: Connection, session_id: UUID, *, lock: bool = False) -> Any:
    row = drawers.session(connection, session_id, lock=lock)
    if row is None:
        raise not_found("SESSION_NOT_FOUND", f"no session {session_id}")
    return row
