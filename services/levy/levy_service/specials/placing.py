"""Puts assessments on other parcels: with a retired one's successor, with bills, or by hand."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.domain.payoff import SpecialStatus
from levy_service.specials import locking, payoff_steps, steps
from levy_service.specials.steps import By
from levy_service.specials.store import NEWEST
from taxkit.rows import Columns

_MOVES: Final = Columns(
    {
        "assessment_id": "uuid",
        "step": "integer",
        "from_parcel_number": "text",
        "to_parcel_number": "text",
    }
)
_ON_PARCEL: Final = "select assessment_id from special_places where parcel_number = %(of)s"
# By an installment that a bill asks for, or by a payoff.
_ON_BILLS: Final = """
select assessment_id from special_postings where bill_id = any(%(of)s)
union select assessment_id from special_payoffs where bill_id = any(%(of)s) and is_billed
"""


def on_parcel(connection: Connection, parcel_number: str) -> Sequence[Any]:
    """The assessments of a parcel that were not closed, locked; a run that was begun is awaited.

    What is paid in full is among them: it may be owed again.
    """
    return _locked(connection, _ON_PARCEL, parcel_number, [SpecialStatus.CLOSED])


def on_bills(connection: Connection, bill_ids: Iterable[UUID], beyond: str) -> Sequence[Any]:
    """Those that still count which bills ask for, and that are not on a parcel already, locked."""
    ended = [SpecialStatus.CLOSED, SpecialStatus.PAID_IN_FULL]
    found = _locked(connection, _ON_BILLS, list(bill_ids), ended)
    return [row for row in found if row.parcel_number != beyond]


def _locked(
    connection: Connection, which: str, of: object, without: Sequence[SpecialStatus]
) -> Sequence[Any]:
    wanted = {"of": of, "without": [each.value for each in without]}
    if not connection.exec_driver_sql(f"select exists ({which})", wanted).scalar_one():
        return []
    locking.change(connection)
    connection.exec_driver_sql(
        f"select from special_assessments where assessment_id in ({which})"
        " order by assessment_id for no key update",
        wanted,
    )
    return connection.exec_driver_sql(
        f"{NEWEST} where a.assessment_id in ({which}) and s.status <> all(%(without)s)"
        " order by a.assessment_number",
        wanted,
    ).all()


def move(
    app: LevyApp, connection: Connection, rows: Sequence[Any], parcel_number: str, by: By
) -> None:
    """Put locked assessments on another parcel; what bills ask for, and is owed there, stays."""
    if not rows:
        return
    moved = [row.assessment_id for row in rows]
    connection.exec_driver_sql(
        "update special_places set parcel_number = %s, is_moved = true"
        " where assessment_id = any(%s)",
        (parcel_number, moved),
    )
    there = connection.exec_driver_sql(f"{NEWEST} where a.assessment_id = any(%s)", (moved,)).all()
    changed = [(row, "moved", SpecialStatus(row.status), row.left_cents) for row in there]
    steps.keep(app, connection, changed, by)
    _MOVES.insert(
        connection,
        "special_moves",
        [(row.assessment_id, row.step + 1, row.parcel_number, parcel_number) for row in rows],
    )
    payoff_steps.tell_again(app, connection, moved, by)
