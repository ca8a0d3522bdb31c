"""SQL of payment plans: plans, their bills, schedules and tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.domain.plans import PlanInstallment
from taxkit.rows import Columns


@dataclass(frozen=True, slots=True)
class Plan:
    plan_id: UUID
    plan_number: str
    plan_type: str
    parcel_number: str
    party: str
    status: str
    opened_on: date
    first_due_on: date
    installments: int
    pending_days: int
    version: int
    paid_through: int
    deficiencies: list[str]
    sequence: int
    opened_by: str
    recorded_at: datetime
    # When it was broken last, and reinstated last, and how often that was.
    defaulted_on: date | None = None
    reinstated_on: date | None = None
    reinstatements: int = 0


_FIELDS = tuple(Plan.__dataclass_fields__)
_PLAN = ", ".join(_FIELDS)
_SCHEDULE = Columns(
    {
        "plan_id": "uuid",
        "version": "integer",
        "number": "integer",
        "due_on": "date",
        "principal_cents": "bigint",
        "interest_cents": "bigint",
        "fee_cents": "bigint",
    }
)
_BILLS = Columns({"plan_id": "uuid", "bill_id": "uuid", "place": "integer"})


def next_number(connection: Connection, year: int) -> str:
    taken = connection.exec_driver_sql("select nextval('plan_numbers')").scalar_one()
    return f"{year}-{taken:06d}"


def insert(connection: Connection, plan: Plan, bill_ids: Sequence[UUID]) -> None:
    connection.exec_driver_sql(
        f"insert into plans ({_PLAN}) values ({', '.join(['%s'] * len(_FIELDS))})",
        tuple(getattr(plan, name) for name in _FIELDS),
    )
    rows = [(plan.plan_id, bill_id, place) for place, bill_id in enumerate(bill_ids)]
    _BILLS.insert(connection, "plan_bills", rows)


def read(connection: Connection, plan_number: str, *, lock: bool = False) -> Plan | None:
    row = connection.exec_driver_sql(
        f"select {_PLAN} from plans where plan_number = %s" + (" for update" if lock else ""),
        (plan_number,),
    ).one_or_none()
    return Plan(*row) if row else None


def read_all(connection: Connection, plan_numbers: Sequence[str]) -> list[Plan]:
    rows = connection.exec_driver_sql(
        f"select {_PLAN} from plans where plan_number = any(%s::text[]) order by plan_number",
        (list(plan_numbers),),
    )
    return [Plan(*row) for row in rows]


def of_parcel(connection: Connection, parcel_number: str) -> list[Plan]:
    rows = connection.exec_driver_sql(
        f"select {_PLAN} from plans where parcel_number = %s order by plan_number", (parcel_number,)
    )
    return [Plan(*row) for row in rows]


def bills(connection: Connection, plan_id: UUID) -> Sequence[Any]:
    """A plan's bills in their order, with what is known of each."""
    return connection.exec_driver_sql(
        "select bill_id, place, left_out_through, changed_on from plan_bills where plan_id = %s"
        " order by place",
        (plan_id,),
    ).all()


def owner(connection: Connection, plan_id: UUID) -> Any:
    """Whose a plan's first bill is."""
    return connection.exec_driver_sql(
        "select b.owner_name, b.owner_email from plan_bills p join bills b using (bill_id)"
        " where p.plan_id = %s and b.owner_name is not null order by p.place limit 1",
        (plan_id,),
    ).one_or_none()


def reorder(connection: Connection, plan_id: UUID, bill_ids: Sequence[UUID]) -> None:
    connection.exec_driver_sql(
        "update plan_bills b set place = v.place - 1"
        " from unnest(%b::uuid[]) with ordinality as v (bill_id, place)"
        " where b.plan_id = %s and b.bill_id = v.bill_id",
        (list(bill_ids), plan_id),
    )


def in_plans(connection: Connection, bill_ids: Sequence[UUID]) -> set[UUID]:
    """Which of some bills are in a plan that counts, or is about to."""
    return set(
        connection.exec_driver_sql(
            "select b.bill_id from plan_bills b join plans p using (plan_id)"
            " where b.bill_id = any(%b::uuid[]) and p.status in ('pending', 'active')",
            (list(bill_ids),),
        ).scalars()
    )


def others_running(connection: Connection, plan: Plan) -> list[str]:
    """Other plans that count already for a bill of this one."""
    return list(
        connection.exec_driver_sql(
            "select distinct other.plan_number from plan_bills own"
            " join plan_bills b on b.bill_id = own.bill_id and b.plan_id <> own.plan_id"
            " join plans other on other.plan_id = b.plan_id and other.status = 'active'"
            " where own.plan_id = %s order by 1",
            (plan.plan_id,),
        ).scalars()
    )


def save(connection: Connection, plan: Plan) -> None:
    """Write what may change of a plan."""
    connection.exec_driver_sql(
        "update plans set status = %s, version = %s, paid_through = %s, deficiencies = %s,"
        " sequence = %s, pending_days = %s, installments = %s, defaulted_on = %s,"
        " reinstated_on = %s, reinstatements = %s where plan_id = %s",
        (
            plan.status, plan.version, plan.paid_through, plan.deficiencies, plan.sequence,
            plan.pending_days, plan.installments, plan.defaulted_on, plan.reinstated_on,
            plan.reinstatements, plan.plan_id,
        ),
    )  # fmt: skip


def keep_step(
    connection: Connection, plan: Plan, by: str, note: str, recorded_at: datetime
) -> None:
    connection.exec_driver_sql(
        "insert into plan_steps (plan_id, number, status, version, acted_by, note, recorded_at)"
        " select %s, count(*) + 1, %s, %s, %s, %s, %s from plan_steps where plan_id = %s",
        (plan.plan_id, plan.status, plan.version, by, note, recorded_at, plan.plan_id),
    )


def steps(connection: Connection, plan_id: UUID) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select status, version, acted_by, note, recorded_at from plan_steps where plan_id = %s"
        " order by number",
        (plan_id,),
    ).all()


def keep_schedule(
    connection: Connection, plan_id: UUID, version: int, parts: Sequence[PlanInstallment]
) -> None:
    rows = [
        (plan_id, version, each.number, each.due_on, each.principal_cents, each.interest_cents,
         each.fee_cents)
        for each in parts
    ]  # fmt: skip
    _SCHEDULE.insert(connection, "plan_installments", rows)


def schedule(connection: Connection, plan: Plan) -> list[PlanInstallment]:
    rows = connection.exec_driver_sql(
        "select number, due_on, principal_cents, interest_cents, fee_cents from plan_installments"
        " where plan_id = %s and version = %s order by number",
        (plan.plan_id, plan.version),
    )
    return [PlanInstallment(*row) for row in rows]


def overdue(connection: Connection, today: date, limit: int) -> list[str]:
    """Plans that have been pending longer than their days (Q-43)."""
    return list(
        connection.exec_driver_sql(
            "select plan_number from plans where status = 'pending'"
            " and opened_on + pending_days < %s order by plan_number limit %s"
            " for update skip locked",
            (today, limit),
        ).scalars()
    )


def settled(connection: Connection, limit: int) -> list[str]:
    """Active plans none of whose bills owes anything."""
    return list(
        connection.exec_driver_sql(
            "select plan_number from plans p where status = 'active' and not exists ("
            " select from plan_bills pb join bills b using (bill_id)"
            " where pb.plan_id = p.plan_id and b.open_cents > 0)"
            " order by plan_number limit %s for update skip locked",
            (limit,),
        ).scalars()
    )


def note_corrected(
    connection: Connection, bill_ids: Sequence[UUID], corrected_on: Sequence[date]
) -> Sequence[Any]:
    """Mark corrected bills of active plans; gives each with its plan's type."""
    return connection.exec_driver_sql(
        "update plan_bills b set changed_on = greatest(changed_on, v.corrected_on)"
        " from unnest(%b::uuid[], %b::date[]) as v (bill_id, corrected_on), plans p"
        " where b.bill_id = v.bill_id and p.plan_id = b.plan_id and p.status = 'active'"
        " returning b.plan_id, b.bill_id, p.plan_number, p.plan_type, p.opened_on, v.corrected_on",
        (list(bill_ids), list(corrected_on)),
    ).all()


def leave_out(connection: Connection, plan_id: UUID, bill_id: UUID, through: date) -> None:
    connection.exec_driver_sql(
        "update plan_bills set left_out_through = greatest(left_out_through, %s)"
        " where plan_id = %s and bill_id = %s",
        (through, plan_id, bill_id),
    )


def take_back(connection: Connection, today: date, limit: int) -> Sequence[Any]:
    """Let bills count again whose days are over; gives the plans to be calculated anew."""
    return connection.exec_driver_sql(
        "update plan_bills set left_out_through = null where (plan_id, bill_id) in ("
        " select b.plan_id, b.bill_id from plan_bills b join plans p using (plan_id)"
        " where b.left_out_through < %s and p.status = 'active'"
        " order by b.plan_id, b.bill_id limit %s"
        " for update of b skip locked) returning plan_id, bill_id",
        (today, limit),
    ).all()


def open_task(
    connection: Connection, plan_id: UUID, bill_id: UUID, kind: str, opened_on: date
) -> None:
    connection.exec_driver_sql(
        "insert into plan_tasks (plan_id, bill_id, kind, opened_on) values (%s, %s, %s, %s)"
        " on conflict do nothing",
        (plan_id, bill_id, kind, opened_on),
    )


def close_tasks(connection: Connection, plan_id: UUID, by: str, at: datetime) -> None:
    connection.exec_driver_sql(
        "update plan_tasks set closed_by = %s, closed_at = %s"
        " where plan_id = %s and closed_at is null",
        (by, at, plan_id),
    )


def tasks(connection: Connection, limit: int) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select p.plan_number, t.bill_id, t.kind, t.opened_on from plan_tasks t"
        " join plans p using (plan_id) where t.closed_at is null"
        " order by t.opened_on, p.plan_number, t.bill_id, t.kind limit %s",
        (limit,),
    ).all()
