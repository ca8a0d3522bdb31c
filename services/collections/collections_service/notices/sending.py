"""Sends committed runs on, some letters at a time, by a worker's timer.

Each part is one transaction: bills are looked at again, letters are kept and asked for, outcomes
are noted. Whoever dies in between leaves the part as it was, for the next one.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from collections_service import overdue
from collections_service.bootstrap import CollectionsApp
from collections_service.domain.stages import Fate, Stage, judged
from collections_service.notices import exempt, runs, store
from collections_service.notices.events import NOTICE_REQUESTED
from collections_service.notices.store import OutcomeRow
from collections_service.overdue import Overdue
from taxkit import ids, logs, outbox, telemetry
from taxkit.inbox import Work
from taxkit.rows import Columns

_log = logs.get(__name__)
AT_ONCE = 200
NOT_DUE = "not_due"
ALREADY_SENT = "already_sent"
STAGE_ENDED = "stage_ended"
_RUNNING = """
select r.* from notice_run_commits c join notice_runs r using (run_id)
where not exists (select from notice_run_ends e where e.run_id = c.run_id)
order by c.recorded_at, c.run_id
"""
# One worker at a time sends a run on: the others pass it by.
_ALONE = "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
# Bills are taken in the order of their ids: what comes next stands behind the last outcome. To look
# for those without one would begin at the first bill for every part.
_NEXT = """
select bill_id from notice_run_items
where run_id = %(run_id)s and fate = 'selected' and bill_id > coalesce((
    select bill_id from notice_run_outcomes where run_id = %(run_id)s
    order by bill_id desc limit 1), '00000000-0000-0000-0000-000000000000')
order by bill_id limit %(limit)s
"""
_END = """
insert into notice_run_ends (run_id, recorded_at, requested, dropped)
select %(run_id)s, %(now)s, count(notice_id), count(*) - count(notice_id)
from notice_run_outcomes where run_id = %(run_id)s having not exists (
    select from notice_run_items i where i.run_id = %(run_id)s and i.fate = 'selected'
    and not exists (select from notice_run_outcomes o
        where o.run_id = i.run_id and o.bill_id = i.bill_id))
on conflict do nothing returning run_id
"""
_LETTERS = Columns(
    {
        "notice_id": "uuid",
        "run_id": "uuid",
        "bill_id": "uuid",
        "parcel_number": "text",
        "stage": "text",
        "installment": "integer",
        "overdue_cents": "bigint",
        "requested_on": "date",
        "recorded_at": "timestamptz",
    }
)
_ONCE = "on conflict (bill_id, stage, installment) do nothing returning notice_id"
# The register's owner, else whom the bill was issued to.
_WHOSE = """
select b.bill_id, b.balance_on, coalesce(nullif(o.name, ''), b.owner_name) as name,
    case when o.name <> '' then o.email else b.owner_email end as email,
    coalesce(o.mailing_address, '') as mailing_address
from bills b left join owners o using (parcel_number) where b.bill_id = any(%s::uuid[])
"""


class Cause(NamedTuple):
    traceparent: str = ""


def send_waiting(app: CollectionsApp) -> None:
    """Send on what committed runs still have to, run by run; one that fails holds none back."""
    with app.database.begin() as connection:
        running = connection.exec_driver_sql(_RUNNING).all()
    failed: list[Exception] = []
    for run in running:
        try:
            while not app.leaving and send_some(app, run):
                pass
        except Exception as error:
            _log.warning("a run of notices fails", run_id=str(run.run_id), error=repr(error)[:300])
            failed.append(error)
    if failed:
        raise failed[0]


def send_some(app: CollectionsApp, run: Any, limit: int = AT_ONCE) -> bool:
    """Send some letters of a run on; false when it has none left, or another worker is at it."""

    def part(connection: Connection) -> bool:
        alone = connection.exec_driver_sql(_ALONE, (f"notice-run/{run.run_id}",)).scalar_one()
        if not alone:
            return False
        asked = {"run_id": run.run_id, "limit": limit}
        bill_ids = connection.exec_driver_sql(_NEXT, asked).scalars().all()
        if not bill_ids:
            done = {"run_id": run.run_id, "now": app.clock.now()}
            connection.exec_driver_sql(_END, done)
            return False
        work = Work(connection, app.clock)
        _look_again(app, work, run, bill_ids)
        outbox.store(connection, app.settings.county, work.emitted)
        return True

    return app.database.run(part)


def _look_again(app: CollectionsApp, work: Work, run: Any, bill_ids: Sequence[UUID]) -> None:
    today, now = app.clock.today(), app.clock.now()
    terms = app.notice_terms(today)
    stage = terms.stage(run.stage)
    if stage is None:
        # The law has this letter no more; who committed the run reads it there.
        gone = [OutcomeRow(run.run_id, each, None, "", STAGE_ENDED, now) for each in bill_ids]
        store.add_outcomes(work.connection, gone)
        return
    found = overdue.of_bills(work.connection, bill_ids, app.aging_terms(today), today)
    sent = store.sent(work.connection, bill_ids)
    exempted = exempt.of(work.connection, (one.parcel_number for one in found.values()), terms)
    held_back = store.withheld(work.connection, bill_ids, stage.code)
    chosen: dict[UUID, Overdue] = {}
    again: dict[UUID, int] = {}
    outcomes = []
    for bill_id in bill_ids:
        one = found.get(bill_id)
        debt = one and runs.debt_of(one, sent, exempted, terms)
        verdict = debt and judged(debt, stage, run.least_cents, today)
        if one is not None and verdict and verdict.fate is Fate.SELECTED:
            before = held_back.get((bill_id, one.installment))
            if before is not None:
                again[before.notice_id] = before.times
            chosen[before.notice_id if before is not None else ids.new_id()] = one
        else:
            code, because = (verdict.code, verdict.because) if verdict else ("", NOT_DUE)
            outcomes.append(OutcomeRow(run.run_id, bill_id, None, code, because, now))
    new = {each: one for each, one in chosen.items() if each not in again}
    kept = _keep(work, run, new, today)
    kept |= store.ask_again(work.connection, run.run_id, again, now)
    for notice_id, one in chosen.items():
        named, why = (notice_id, "") if notice_id in kept else (None, ALREADY_SENT)
        outcomes.append(OutcomeRow(run.run_id, one.bill_id, named, "", why, now))
    store.add_outcomes(work.connection, outcomes)
    letters = {notice_id: one for notice_id, one in chosen.items() if notice_id in kept}
    _ask(work, run, stage, letters, (sent, again))


def _keep(work: Work, run: Any, chosen: dict[UUID, Overdue], today: date) -> set[UUID]:
    """Keep the letters, each stage of an installment once; gives those nobody kept before."""
    now = work.clock.now()
    rows = [
        (
            notice_id, run.run_id, one.bill_id, one.parcel_number, run.stage, one.installment,
            one.overdue_cents, today, now,
        )
        for notice_id, one in chosen.items()
    ]  # fmt: skip
    done = _LETTERS.insert(work.connection, "delinquent_notices", rows, _ONCE)
    return set(done.scalars()) if done is not None else set()


def _ask(
    work: Work,
    run: Any,
    stage: Stage,
    letters: dict[UUID, Overdue],
    known: tuple[Mapping[Any, Any], Mapping[UUID, int]],
) -> None:
    """Ask for each letter to be written; one that was withheld by the name it had."""
    sent, again = known
    if not letters:
        return
    bill_ids = [one.bill_id for one in letters.values()]
    whose = {row.bill_id: row for row in work.connection.exec_driver_sql(_WHOSE, (bill_ids,)).all()}
    today, cause = work.clock.today(), Cause(telemetry.current_traceparent())
    for notice_id, one in letters.items():
        before = sent.get((one.bill_id, one.installment), {}).get(stage.after)
        told = {
            **_about(one, whose[one.bill_id]),
            "notice_id": str(notice_id),
            "run_id": str(run.run_id),
            "stage": stage.code,
            "stage_name": stage.name,
            "business_date": today.isoformat(),
            "answer_by": (today + timedelta(days=stage.answer_days)).isoformat(),
            "before_on": before.isoformat() if before else None,
            "rule_id": run.rule_id,
        }
        subject = f"delinquent-notice/{notice_id}"
        work.emit(
            NOTICE_REQUESTED,
            subject,
            1 + again.get(notice_id, 0),
            told,
            cause=cause,
            partition_key=f"bill/{one.bill_id}",
        )


def _about(one: Overdue, whose: Any) -> dict[str, Any]:
    return {
        "bill_id": str(one.bill_id),
        "bill_number": one.bill_number,
        "parcel_number": one.parcel_number,
        "tax_year": one.tax_year,
        "overdue_cents": one.overdue_cents,
        "balance_on": whose.balance_on.isoformat(),
        "due_on": one.due_on.isoformat(),
        "days_past_due": one.days,
        "bucket": one.bucket,
        "owner": {
            "name": whose.name,
            "email": whose.email or None,
            "mailing_address": whose.mailing_address,
        },
    }
