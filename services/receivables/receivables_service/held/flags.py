"""Flags on parcels, parties, plans and bills: set, lifted, lapsed; every change is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from receivables_service.plans.events import FLAG_CHANGED
from taxkit.inbox import Traced, Work

DNAP = "dnap"
PROTEST = "protest"
SUBJECT_KINDS = ("parcel", "party", "plan", "bill")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A flag to be set or lifted."""

    subject_kind: str
    subject: str
    flag: str
    is_on: bool
    by: str
    reason: str
    # The last day it holds by itself.
    through: date | None = None
    # The allocations a protest is about; all of the bill when none is named.
    scope: Sequence[Mapping[str, Any]] = ()


_SET = """
insert into flags (subject_kind, subject, flag, is_on, through, scope, sequence)
values (%s, %s, %s, %s, %s, %s, 1)
on conflict (subject_kind, subject, flag) do update set is_on = excluded.is_on,
    through = excluded.through, scope = excluded.scope, sequence = flags.sequence + 1
where (flags.is_on, flags.through, flags.scope)
    is distinct from (excluded.is_on, excluded.through, excluded.scope)
returning sequence
"""


def change(work: Work, wanted: Wanted, cause: Traced) -> bool:
    """Set or lift a flag and tell of it; false when it was so already."""
    scope = json.dumps(list(wanted.scope)) if wanted.is_on else "[]"
    through = wanted.through if wanted.is_on else None
    sequence = work.connection.exec_driver_sql(
        _SET,
        (wanted.subject_kind, wanted.subject, wanted.flag, wanted.is_on, through, scope),
    ).scalar_one_or_none()
    if sequence is None:
        return False
    work.connection.exec_driver_sql(
        "insert into flag_changes (subject_kind, subject, flag, sequence, is_on, through, scope,"
        " changed_by, reason, recorded_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            wanted.subject_kind, wanted.subject, wanted.flag, sequence, wanted.is_on, through,
            scope, wanted.by, wanted.reason, work.clock.now(),
        ),
    )  # fmt: skip
    data = {
        "subject_kind": wanted.subject_kind,
        "subject": wanted.subject,
        "flag": wanted.flag,
        "on": wanted.is_on,
        "changed_on": work.clock.today().isoformat(),
    }
    subject = f"flag/{wanted.subject_kind}/{wanted.subject}/{wanted.flag}"
    work.emit(FLAG_CHANGED, subject, sequence, data, cause=cause)
    return True


def is_set(connection: Connection, wanted: Wanted) -> bool:
    """Whether a flag is on; nobody changes it until the transaction ends."""
    return bool(
        connection.exec_driver_sql(
            "select is_on from flags where subject_kind = %s and subject = %s and flag = %s"
            " for update",
            (wanted.subject_kind, wanted.subject, wanted.flag),
        ).scalar_one_or_none()
    )


def hold_until(work: Work, wanted: Wanted, cause: Traced) -> bool:
    """Set a flag to its last day, unless it holds longer by somebody's word."""
    held = next(
        (
            row
            for row in of_subject(work.connection, wanted.subject_kind, wanted.subject)
            if row.flag == wanted.flag and row.is_on
        ),
        None,
    )
    if held is not None and (
        held.through is None or (wanted.through is not None and held.through >= wanted.through)
    ):
        return False
    return change(work, wanted, cause)


def lapse(work: Work, today: date, limit: int, cause: Traced) -> list[tuple[str, str, str]]:
    """Lift flags whose last day is over; gives (kind, subject, flag) of each."""
    rows = work.connection.exec_driver_sql(
        "select subject_kind, subject, flag from flags where is_on and through < %s"
        " order by through, subject_kind, subject, flag limit %s for update skip locked",
        (today, limit),
    ).all()
    for kind, subject, flag in rows:
        change(work, Wanted(kind, subject, flag, False, "timer", "its last day is over"), cause)
    return [(row[0], row[1], row[2]) for row in rows]


def of_subject(connection: Connection, subject_kind: str, subject: str) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select flag, is_on, through, scope from flags where subject_kind = %s and subject = %s"
        " order by flag",
        (subject_kind, subject),
    ).all()


def history(connection: Connection, subject_kind: str, subject: str) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select flag, is_on, through, scope, changed_by, reason, recorded_at from flag_changes"
        " where subject_kind = %s and subject = %s order by recorded_at, flag, sequence",
        (subject_kind, subject),
    ).all()
