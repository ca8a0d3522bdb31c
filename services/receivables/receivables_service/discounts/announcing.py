"""Tells of programs when the county's law on file changes: each once, whole."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection

from receivables_service.changes.due_changes import Caused
from receivables_service.discounts.program_events import PROGRAM_CHANGED, program_told
from receivables_service.discounts.rulebook import DiscountTerms
from taxkit.inbox import Work
from taxkit.rows import Columns

YEARS_BACK, YEARS_AHEAD = 10, 1
"""Around a day's year: those whose bills are still paid."""

_ANNOUNCED = Columns(
    {"tax_year": "integer", "program": "text", "sequence": "bigint", "told": "jsonb"}
)
# Two workers look at the same moment: the second finds what the first has told.
_LOCK = "select pg_advisory_xact_lock(hashtext('discount-programs'))"
_NEWEST = (
    "select distinct on (tax_year, program) tax_year, program, sequence, told"
    " from announced_programs order by tax_year, program, sequence desc"
)


def announce(app: Any, today: date) -> int:
    """Tell every program that is another than it was told last; gives how many."""
    found: int = app.database.run(lambda connection: _announce(app, connection, today))
    return found


def _announce(app: Any, connection: Connection, today: date) -> int:
    if not _changed(app.discounts, connection, today):
        return 0
    connection.exec_driver_sql(_LOCK)
    rows = _changed(app.discounts, connection, today)
    work = Work(connection, app.clock)
    for tax_year, program, sequence, told in rows:
        subject = f"discount-program/{tax_year}/{program}"
        work.emit(PROGRAM_CHANGED, subject, sequence, told, cause=Caused())
    kept = [(*row[:3], json.dumps(row[3])) for row in rows]
    _ANNOUNCED.insert(connection, "announced_programs", kept)
    app.store_events(connection, work)
    return len(rows)


def _changed(
    law: DiscountTerms, connection: Connection, today: date
) -> list[tuple[int, str, int, dict[str, Any]]]:
    """(tax year, program, its next sequence, what is to be told)."""
    newest = connection.exec_driver_sql(_NEWEST)
    known = {(row.tax_year, row.program): (row.sequence, row.told) for row in newest}
    wanted = dict(_wanted(law, today))
    for key, (_, told) in known.items():
        if key[0] >= today.year - YEARS_BACK:
            wanted.setdefault(key, {**told, "offered": False})
    return [
        (*key, known.get(key, (0, None))[0] + 1, told)
        for key, told in sorted(wanted.items())
        if known.get(key, (0, None))[1] != told
    ]


def _wanted(law: DiscountTerms, today: date) -> Iterator[tuple[tuple[int, str], dict[str, Any]]]:
    for year in range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1):
        for program in law.programs(year):
            told = program_told(program, year, law.rule_id(year))
            yield (year, program.code), told
