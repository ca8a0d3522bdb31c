"""Mass updates of codes: found by one statement, written some hundred bills at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.asked import Asked
from receivables_service.books import Books
from receivables_service.codes import coding, settling
from receivables_service.codes.coding import Item
from receivables_service.domain.carrying import Borne, Candidate, candidates, chosen
from receivables_service.domain.terms import Terms
from taxkit import ids
from taxkit.errors import Refusal, invalid
from taxkit.inbox import Work

CANDIDATES_MAX = 50_000
"""Bills one run may code."""

_AT_ONCE = 500
_RUNS_MAX = 500
# What an earlier run weighed and gave a code that still stands is not weighed again.
_BORNE = """
select n.bill_id, n.bill_number, n.parcel_number, coalesce(n.owner_name, ''), p.bill_number,
    p.bill_version, s.supplement_number, c.code
from bill_codes c join bills p using (bill_id)
    left join bill_supplements s on s.bill_id = p.bill_id
    join bills n on n.parcel_number = p.parcel_number and n.tax_year = %(tax_year)s
        and n.bill_number is not null
where p.tax_year = %(tax_year)s - 1 and c.charge_code = '' and c.code = any(%(codes)s::text[])
    and (c.through is null or c.through >= %(today)s)
    and not exists (select from bill_codes o where o.bill_id = n.bill_id and o.charge_code = ''
        and o.code = c.code)
    and not exists (select from adjustment_lines l join code_runs r using (run_id)
        join bill_codes o on o.bill_id = l.bill_id and o.charge_code = '' and o.code = l.new_code
        where l.bill_id = n.bill_id and r.tax_year = %(tax_year)s and c.code = any(r.codes))
order by c.effective_on, c.recorded_at, c.fact_id
limit %(limit)s
"""
_COLUMNS = (
    "run_id, codes, tax_year, comment, run_by, recorded_at, candidates, dropped, several, coded"
)


class Run(NamedTuple):
    run_id: UUID
    codes: list[str]
    tax_year: int
    comment: str
    run_by: str
    recorded_at: datetime
    candidates: int
    dropped: int
    several: int
    coded: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Codes that are carried to a year, but for the bills dropped."""

    codes: tuple[str, ...]
    tax_year: int
    dropped: Collection[UUID] = ()
    choices: Mapping[UUID, str] | None = None


def preview(connection: Connection, wanted: Wanted, today: date) -> list[Candidate]:
    """The year's bills that a run would code, those with several codes first."""
    given = {
        "codes": list(wanted.codes), "tax_year": wanted.tax_year, "today": today,
        "limit": CANDIDATES_MAX + 1,
    }  # fmt: skip
    rows = [Borne(*row) for row in connection.exec_driver_sql(_BORNE, given)]
    if len(rows) > CANDIDATES_MAX:
        raise Refusal(
            "TOO_MANY_BILLS", f"more than {CANDIDATES_MAX} bills: carry fewer codes at once"
        )
    return candidates(rows)


def commit(terms: Terms, work: Work, wanted: Wanted, asked: Asked) -> Run:
    """Code the candidates that are not dropped, with an audit line for each."""
    for code in wanted.codes:
        settling.wanted(work, code)
    found = preview(work.connection, wanted, work.clock.today())
    try:
        carried = chosen(found, wanted.dropped, wanted.choices or {})
    except ValueError as error:
        raise invalid("CHOICE_INVALID", f"choose what it bore: {error}", "choices") from error
    if not carried:
        raise Refusal("NOTHING_TO_CODE", f"no bill of {wanted.tax_year} is to be coded")
    run_id, coded = ids.new_id(), 0
    for code, bill_ids in carried.items():
        coded += _code(terms, work, code, bill_ids, (run_id, asked))
    dropped = sum(each.borne.bill_id in wanted.dropped for each in found)
    several = sum(len(each.codes) > 1 for each in found)
    run = Run(
        run_id, list(wanted.codes), wanted.tax_year, asked.reason, asked.user, work.clock.now(),
        len(found), dropped, several, coded,
    )  # fmt: skip
    work.connection.exec_driver_sql(
        f"insert into code_runs ({_COLUMNS}) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", run
    )
    return run


def history(connection: Connection) -> list[Run]:
    rows = connection.exec_driver_sql(
        f"select {_COLUMNS} from code_runs order by recorded_at desc, run_id desc limit {_RUNS_MAX}"
    )
    return [Run(*row) for row in rows]


def _code(
    terms: Terms, work: Work, code: str, bill_ids: Sequence[UUID], by: tuple[UUID, Asked]
) -> int:
    run_id, asked = by
    coded = 0
    for start in range(0, len(bill_ids), _AT_ONCE):
        some = bill_ids[start : start + _AT_ONCE]
        books = Books(work, terms)
        books.open(some)
        items = [Item(bill_id, "") for bill_id in some]
        changes = coding.put_on(books, work, code, items, asked, replace=False)
        coding.close(books, work, asked, changes, run_id)
        coded += len(changes)
    return coded
