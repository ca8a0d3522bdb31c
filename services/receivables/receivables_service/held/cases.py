"""SQL of the procedures held money goes through: a row a case, and a row for every step taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Case:
    case_id: UUID
    item_id: UUID
    workflow: str
    procedure: str
    amount_cents: int
    payee: str
    evidence: str
    target_bill_id: UUID | None
    reason: str
    asked_by: str
    opened_at: datetime
    step: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Step:
    action: str
    step: str
    acted_by: str
    note: str
    recorded_at: datetime


_FIELDS = tuple(Case.__dataclass_fields__)
_CASE = ", ".join(_FIELDS)
_STEP = ", ".join(Step.__dataclass_fields__)


def insert(connection: Connection, case: Case) -> None:
    connection.exec_driver_sql(
        f"insert into held_cases ({_CASE}) values ({', '.join(['%s'] * len(_FIELDS))})",
        tuple(getattr(case, name) for name in _FIELDS),
    )


def read(connection: Connection, case_id: UUID) -> Case | None:
    row = connection.exec_driver_sql(
        f"select {_CASE} from held_cases where case_id = %s", (case_id,)
    ).one_or_none()
    return Case(*row) if row else None


def begun(connection: Connection, case_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Since when some cases are under way; of none nothing is asked."""
    if not case_ids:
        return {}
    rows = connection.exec_driver_sql(
        "select case_id, opened_at from held_cases where case_id = any(%s::uuid[])",
        (list(case_ids),),
    )
    return {row.case_id: row.opened_at for row in rows}


def of_item(connection: Connection, item_id: UUID) -> list[Case]:
    rows = connection.exec_driver_sql(
        f"select {_CASE} from held_cases where item_id = %s order by opened_at, case_id", (item_id,)
    )
    return [Case(*row) for row in rows]


def steps(connection: Connection, case_id: UUID) -> Sequence[Step]:
    rows = connection.exec_driver_sql(
        f"select {_STEP} from held_case_steps where case_id = %s order by number", (case_id,)
    )
    return [Step(*row) for row in rows]


def advance(connection: Connection, case: Case) -> None:
    """Move a case on, and mark its item as under way until it ends."""
    connection.exec_driver_sql(
        "update held_cases set step = %s, ended = %s where case_id = %s",
        (case.step, case.ended, case.case_id),
    )
    connection.exec_driver_sql(
        "update held_items set case_id = %s where item_id = %s",
        (None if case.ended else case.case_id, case.item_id),
    )


def keep_step(connection: Connection, case_id: UUID, step: Step) -> None:
    connection.exec_driver_sql(
        f"insert into held_case_steps (case_id, number, {_STEP})"
        " select %s, count(*) + 1, %s, %s, %s, %s, %s from held_case_steps where case_id = %s",
        (case_id, step.action, step.step, step.acted_by, step.note, step.recorded_at, case_id),
    )


def set_owner(connection: Connection, item_id: UUID, owner: str) -> None:
    connection.exec_driver_sql(
        "update held_items set owner_name = %s, owner_account = %s where item_id = %s",
        (owner, owner, item_id),
    )


def set_reserved(connection: Connection, item_id: UUID, reserved_for: str) -> None:
    connection.exec_driver_sql(
        "update held_items set reserved_by = %s where item_id = %s", (reserved_for, item_id)
    )
