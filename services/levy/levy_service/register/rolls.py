"""What a roll brings for the register: staged beside its parcels, judged and recorded in sets."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from levy_service import roll_store
from levy_service.bootstrap import LevyApp
from levy_service.domain.register import Party, Role
from levy_service.domain.roll import FINDINGS_MAX, Finding, Findings, ParcelRow
from levy_service.register import first_words, lenders, many, store
from levy_service.register.many import By, Said
from levy_service.roll import Roll

_STAGED = ("row_number", "parcel_number", "facts", "parties")
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Teller:
    """The roll that speaks, of which day, for whom and in which trace."""

    roll: Roll
    as_of: date
    user: str
    traceparent: str


# What a parcel's last change said already, when that was a roll's: most of a county, every year.
# A taxpayer is compared with what rolls say of owners, too; that is left to the domain.
_SAID_ALREADY = """
delete from staged_register s using register_changes c
where c.parcel_number = s.parcel_number and c.roll_id is not null
    and c.effective_on <= %(as_of)s and c.facts = s.facts and not s.parties ? 'taxpayer'
    and not exists (select from register_changes n where n.parcel_number = c.parcel_number
        and n.change_number > c.change_number)
    and s.parties = (select coalesce(jsonb_object_agg(role, said), '{}') from (
        select role, jsonb_agg(case when role = 'lender'
            then jsonb_build_array('', '', '', lender_code)
            else jsonb_build_array(name, email, mailing_address, lender_code) end order by place)
            as said
        from register_parties p where p.parcel_number = c.parcel_number
            and p.change_number = c.change_number group by role) known)
"""


def make_room(connection: Connection) -> None:
    connection.exec_driver_sql(
        "create temp table staged_register (row_number bigint, parcel_number text, facts jsonb,"
        " parties jsonb) on commit drop"
    )


def stage(connection: Connection, parcels: Iterable[ParcelRow]) -> None:
    """Copy in what parcels say beside their bills; most say nothing."""
    rows = [
        (each.row, each.parcel_number, json.dumps(each.facts), _told(each))
        for each in parcels
        if each.facts or each.parties
    ]
    if rows:
        roll_store.copy(connection, "staged_register", _STAGED, rows)


def _told(parcel: ParcelRow) -> str:
    return json.dumps(
        {
            role: [[one.name, one.email, one.mailing_address, one.lender_code] for one in holders]
            for role, holders in parcel.parties.items()
        }
    )


def judge(connection: Connection, findings: Findings) -> None:
    """Find the lenders that nobody registered."""
    rows = connection.exec_driver_sql(
        "select row_number, h->>3 as code, count(*) over () as found from staged_register s"
        " cross join lateral jsonb_array_elements(s.parties->'lender') h"
        " where not exists (select from lenders l where l.lender_code = h->>3)"
        " order by row_number limit %s",
        (FINDINGS_MAX,),
    ).all()
    found = [
        Finding(
            "LENDER_UNKNOWN", f"parcels[{row.row_number}].parties",
            f"no lender {row.code} is on record",
        )
        for row in rows
    ]  # fmt: skip
    findings.add(found, rows[0].found if rows else 0)


def take_in(app: LevyApp, connection: Connection, teller: Teller) -> int:
    """Record what the staged rows say and tell it, some thousands at once; gives how many.

    A row that says what is on record already is not recorded again.
    """
    connection.exec_driver_sql("analyze staged_register")
    connection.exec_driver_sql(_SAID_ALREADY, {"as_of": teller.as_of})
    if not _next_rows(connection, 0, 1):
        return 0
    roll = teller.roll
    by = By(teller.user, teller.traceparent, roll.recorded_at, roll.roll_id)
    store.all_at_once(connection)
    said = {"as_of": teller.as_of, "today": app.clock.today(), "reason": _reason(roll)}
    recorded = first_words.record(connection, app.settings.county, by, said)
    after = 0
    while rows := _next_rows(connection, after, _AT_ONCE):
        after = rows[-1].row_number
        recorded += _take_in(app, connection, teller, by, rows)
    return recorded


def _next_rows(connection: Connection, after: int, limit: int) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from staged_register where row_number > %s order by row_number limit %s",
        (after, limit),
    ).all()


def _reason(roll: Roll) -> str:
    return f"roll of {roll.tax_year}"


def _take_in(
    app: LevyApp, connection: Connection, teller: Teller, by: By, rows: Sequence[Any]
) -> int:
    named, reason = _lenders(connection, rows), _reason(teller.roll)
    said = [
        Said(
            row.parcel_number, teller.as_of, reason, row.facts,
            _parties(row.parties, named),
        )
        for row in rows
    ]  # fmt: skip
    return many.record(app, connection, said, by)


def _lenders(connection: Connection, rows: Sequence[Any]) -> dict[str, Party]:
    """Who the lenders' codes of some rows stand for."""
    codes = {one[3] for row in rows for one in row.parties.get(Role.LENDER, ())}
    return {
        row.lender_code: Party(row.name, row.email, row.mailing_address, row.lender_code)
        for row in lenders.newest(connection, codes)
    }


def _parties(
    told: Mapping[str, Sequence[Sequence[str]]], named: Mapping[str, Party]
) -> dict[Role, tuple[Party, ...]]:
    return {
        Role(role): tuple(named[one[3]] if one[3] else Party(*one) for one in holders)
        for role, holders in told.items()
    }
