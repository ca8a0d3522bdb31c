"""SQL of codes: what they say, version by version, and what they are on."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.accounts import KnownFact
from receivables_service.domain.codes import Notices, Settings, Switch
from receivables_service.domain.rate_facts import CodeSettled

_VERSION = (
    "setting_id, code, version, effective_on, recorded_at, changed_by, reason, description,"
    " monthly_rate, penalty_rate, switches, notices"
)
_DEFERRING = """
select code, effective_on, 'deferral' = any(switches) from code_settings
where code in (select code from code_settings where 'deferral' = any(switches))
order by code, version
"""
SETTLED = "setting_id, effective_on, recorded_at, code, version, monthly_rate, penalty_rate"
"""The columns `settled_of` reads."""


class Version(NamedTuple):
    """What a code says from one change to the next, and who said it."""

    setting_id: UUID
    code: str
    version: int
    effective_on: date
    recorded_at: Any
    changed_by: str
    reason: str
    settings: Settings


def lock(connection: Connection, code: str) -> None:
    """Let one transaction at a time say what a code says."""
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtextextended('code/' || %s, 0))", (code,)
    )


def newest(connection: Connection, code: str) -> Version | None:
    """What a code says now; none when there is no such code."""
    row = connection.exec_driver_sql(
        f"select {_VERSION} from code_settings where code = %s order by version desc limit 1",
        (code,),
    ).one_or_none()
    return None if row is None else _version(row)


def newest_of_all(connection: Connection) -> list[Version]:
    """What every code says now, in the order of their names."""
    rows = connection.exec_driver_sql(
        f"select distinct on (code) {_VERSION} from code_settings order by code, version desc"
    )
    return [_version(row) for row in rows]


def history(connection: Connection, code: str) -> list[Version]:
    """All a code has said, the first version first."""
    rows = connection.exec_driver_sql(
        f"select {_VERSION} from code_settings where code = %s order by version", (code,)
    )
    return [_version(row) for row in rows]


def codes_with(connection: Connection, switch: Switch) -> set[str]:
    """The codes that have something turned on now."""
    return {each.code for each in newest_of_all(connection) if switch in each.settings.switches}


def deferring(connection: Connection) -> dict[str, date | None]:
    """Codes that defer, or once did: with the day since which they no longer do, if they do not."""
    found: dict[str, date | None] = {}
    for code, since, on in connection.exec_driver_sql(_DEFERRING):
        if on:
            found[code] = None
        elif code in found and found[code] is None:
            found[code] = since
    return found


def add(connection: Connection, version: Version) -> None:
    said = version.settings
    connection.exec_driver_sql(
        f"insert into code_settings ({_VERSION})"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            *version[:-1],
            said.description,
            said.monthly_rate,
            said.penalty_rate,
            sorted(said.switches),
            said.notices.value,
        ),
    )


def add_settings(
    connection: Connection,
    facts: dict[UUID, list[KnownFact]],
    coded: Iterable[tuple[UUID, str]],
) -> None:
    """Put what their codes say beside the facts of coded bills; for no coded bill, nothing."""
    pairs = set(coded)
    if not pairs:
        return
    rows = connection.exec_driver_sql(
        f"select {SETTLED} from code_settings where code = any(%s)",
        (sorted({code for _, code in pairs}),),
    ).all()
    said = [settled_of(row) for row in rows]
    for bill_id, code in pairs:
        facts[bill_id] += [each for each in said if _names(each, code)]


def settled_of(row: Any) -> KnownFact:
    """A fact of the derivation from a row of SETTLED."""
    fact = CodeSettled(*row)
    return KnownFact(fact, fact.effective_on)


def bills_of_statement(connection: Connection, parcel_number: str, tax_year: int) -> list[UUID]:
    """The bills that were issued for a parcel and a year, in the order of their numbers."""
    rows = connection.exec_driver_sql(
        "select bill_id from bills where parcel_number = %s and tax_year = %s"
        " and bill_number is not null order by bill_number",
        (parcel_number, tax_year),
    )
    return [row.bill_id for row in rows]


def districts_of(connection: Connection, bill_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The tax district that each bill was issued in."""
    rows = connection.exec_driver_sql(
        "select bill_id, coalesce(body ->> 'district', '') as district from facts"
        " where kind = 'issue' and bill_id = any(%s::uuid[])",
        (list(bill_ids),),
    )
    return {row.bill_id: row.district for row in rows}


def _names(known: KnownFact, code: str) -> bool:
    return isinstance(known.fact, CodeSettled) and known.fact.code == code


def _version(row: Any) -> Version:
    *head, description, monthly, penalty, switches, notices = row
    settings = Settings(
        description, monthly, penalty, frozenset(map(Switch, switches)), Notices(notices)
    )
    return Version._make([*head, settings])
