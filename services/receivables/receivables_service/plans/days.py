"""What days and other facts do to plans: they lapse, wait for a corrected bill, or end."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from receivables_service.changes.due_changes import Caused
from receivables_service.domain.plans import PaysTo, PlanStatus, left_out_through
from receivables_service.held import flags
from receivables_service.plans import defaults, deferral
from receivables_service.plans import store as plan_store
from receivables_service.plans.told import set_status
from taxkit.contracts import IncomingEvent
from taxkit.inbox import Work

TIMER = "timer"
_AT_ONCE = 500


def pass_day(app: Any, today: date) -> None:
    """Do what the day brings, each kind of it in a transaction of its own."""
    for step in (void_overdue, end_settled, lapse_flags, take_back):
        while app.database.run(lambda connection, step=step: _run(app, connection, step, today)):
            pass
    # Last: what was settled or corrected is no default.
    defaults.default_missed(app, today)


def _run(app: Any, connection: Any, step: Any, today: date) -> bool:
    work = Work(connection, app.clock)
    done = step(app, work, today)
    app.store_events(connection, work)
    return bool(done >= _AT_ONCE)


def void_overdue(_app: Any, work: Work, today: date) -> int:
    """End plans that were pending longer than their days (RECV-049)."""
    numbers = plan_store.overdue(work.connection, today, _AT_ONCE)
    for number in numbers:
        plan = plan_store.read(work.connection, number)
        assert plan is not None
        note = f"pending for more than {plan.pending_days} days"
        set_status(work, plan, PlanStatus.VOID, TIMER, note, Caused())
    return len(numbers)


def end_settled(app: Any, work: Work, _today: date) -> int:
    """Close plans whose bills are settled: fulfilled by payments on the bills (RECV-051)."""
    numbers = plan_store.settled(work.connection, _AT_ONCE)
    for number in numbers:
        plan = plan_store.read(work.connection, number)
        assert plan is not None
        plan_type = app.plans.type_of(plan.plan_type, plan.opened_on)
        by_plan = plan_type.pays_to is PaysTo.PLAN and plan.paid_through >= plan.installments
        becomes = PlanStatus.PAID if by_plan else PlanStatus.FULFILLED
        plan = set_status(work, plan, becomes, TIMER, "nothing is open on its bills", Caused())
        deferral.end(app, work, plan, Caused(), comes_back=False)
    return len(numbers)


def lapse_flags(_app: Any, work: Work, today: date) -> int:
    return len(flags.lapse(work, today, _AT_ONCE, Caused()))


def take_back(_app: Any, work: Work, today: date) -> int:
    """Count corrected bills again, and ask for a calculation of their plans (RECV-053)."""
    rows = plan_store.take_back(work.connection, today, _AT_ONCE)
    for row in rows:
        plan_store.open_task(work.connection, row.plan_id, row.bill_id, "recalculate", today)
    return len(rows)


def note_corrections(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Leave corrected bills of active plans out for their days; nobody pays on them meanwhile."""
    latest: dict[Any, IncomingEvent] = {}
    for event in sorted(events, key=lambda event: event.data["corrected_on"]):
        latest[event.data["bill_id"]] = event
    days = [event.data["corrected_on"] for event in latest.values()]
    for row in plan_store.note_corrected(work.connection, list(latest), days):
        plan_type = app.plans.type_of(row.plan_type, row.opened_on)
        through = left_out_through(row.corrected_on, plan_type.correction_hold_days)
        plan_store.leave_out(work.connection, row.plan_id, row.bill_id, through)
        flags.hold_until(
            work,
            flags.Wanted(
                "bill", str(row.bill_id), flags.DNAP, is_on=True, by=TIMER,
                reason=f"corrected on {row.corrected_on}, in plan {row.plan_number}",
                through=through,
            ),
            latest[row.bill_id],
        )  # fmt: skip
