"""What defaulted bills owe on the days a file pays them: asked of receivables, or the line is held.

A defaulted bill is paid in full or not at all (CASH-066), and grows by the day: the till's copy
does not know by how much. Nothing may be taken for full that was not quoted for its day.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from taxkit.rows import Columns

# Asks and keeps what some bills owe on a day; False when not all of them were answered.
AskDue = Callable[[Sequence[UUID], date], bool]
_AT_ONCE = 100
_UNQUOTED = """
select distinct l.bill_id, least(l.paid_on, %(day)s::date) as as_of
from import_lines l join dues d using (bill_id)
where l.run_id = %(run)s and l.outcome = 'post' and {which}
    and not exists (select from quoted q where q.bill_id = l.bill_id
        and q.bill_version = d.bill_version and q.as_of = least(l.paid_on, %(day)s::date))
order by as_of, l.bill_id
"""
_DEFAULTED = """d.installments @> '[{"collection_type": "DS"}]'"""
# What is late may have grown since; who pays less than was told may pay all but a discount.
_PERHAPS_IN_PART = """l.kind = 'bill' and d.open_cents > 0 and (l.amount_cents < d.open_cents
    or exists (select from jsonb_array_elements(d.installments) i
        where (i ->> 'due_on')::date < least(l.paid_on, %(day)s::date)))"""
_UNANSWERED = Columns({"bill_id": "uuid", "as_of": "date"})
_HOLD = f"""
update import_lines l set outcome = %(else)s, reason = 'DEFAULTED_DUE_UNKNOWN', bill_id = null,
    message = 'what the defaulted bill ' || d.bill_number || ' owes on ' || v.as_of
        || ' could not be asked: validate again, or pay it at a counter'
from {_UNANSWERED.source} join dues d using (bill_id)
where l.run_id = %(run)s and l.outcome = 'post' and l.bill_id = v.bill_id
    and least(l.paid_on, %(day)s::date) = v.as_of
"""


def ask(connection: Connection, given: dict[str, Any], ask_due: AskDue) -> None:
    """Have what a run's defaulted bills owe quoted for their days; hold lines of the others."""
    unanswered = _ask(connection, _DEFAULTED, given, ask_due)
    if unanswered:
        connection.exec_driver_sql(_HOLD, given | _UNANSWERED.params(unanswered))


def ask_of_parts(connection: Connection, given: dict[str, Any], ask_due: AskDue) -> None:
    """The same of bills of which a line may pay a part; without an answer the copy decides."""
    _ask(connection, _PERHAPS_IN_PART, given, ask_due)


def _ask(
    connection: Connection, which: str, given: dict[str, Any], ask_due: AskDue
) -> list[tuple[UUID, date]]:
    """Ask a hundred bills of a day at a time; gives those without an answer."""
    wanted: dict[date, list[UUID]] = defaultdict(list)
    for bill_id, as_of in connection.exec_driver_sql(_UNQUOTED.format(which=which), given):
        wanted[as_of].append(bill_id)
    return [
        (bill_id, as_of)
        for as_of, bills in wanted.items()
        for start in range(0, len(bills), _AT_ONCE)
        if not ask_due(bills[start : start + _AT_ONCE], as_of)
        for bill_id in bills[start : start + _AT_ONCE]
    ]
