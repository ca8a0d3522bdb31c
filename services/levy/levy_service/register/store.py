"""Levy's SQL for the register: what was said of parcels, many at once, and who is found by it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from levy_service.domain.register import Party, Role, Saying
from levy_service.domain.roll import ParcelRow
from levy_service.domain.valuation import Claim
from taxkit.rows import Columns

_AS_OF = "coalesce(r.parcels_as_of, make_date(r.tax_year, 1, 1))"
_ROLLED = f"""
select p.parcel_number, p.tax_year, p.property_class, p.township, p.tax_code, p.exemptions,
    p.owner_name, p.owner_email, p.value_dollars, p.net_value_dollars, p.roll_id,
    {_AS_OF} as as_of, r.source, r.loaded_by, r.recorded_at
from parcels p join rolls r using (roll_id) where p.parcel_number = any(%s::text[])
"""
_CHANGES = "select * from register_changes where parcel_number = any(%s::text[])"
# A lender is who its code stands for now, whatever it stood for when it was recorded.
_PARTIES = """
select p.parcel_number, p.change_number, p.role, p.lender_code,
    coalesce(l.name, p.name) as name, coalesce(l.email, p.email) as email,
    coalesce(l.mailing_address, p.mailing_address) as mailing_address
from register_parties p left join lateral (
    select name, email, mailing_address from lenders l where l.lender_code = p.lender_code
    and p.lender_code <> '' order by version desc limit 1
) l on true
where p.parcel_number = any(%s::text[])
order by p.parcel_number, p.change_number, p.role, p.place
"""
CHANGES = Columns(
    {
        "parcel_number": "text",
        "change_number": "integer",
        "effective_on": "date",
        "facts": "jsonb",
        "roles": "text[]",
        "reason": "text",
        "changed_by": "text",
        "roll_id": "uuid",
        "trace_id": "uuid",
        "recorded_at": "timestamptz",
    }
)
PARTIES = Columns(
    {
        "parcel_number": "text",
        "change_number": "integer",
        "role": "text",
        "place": "integer",
        "name": "text",
        "email": "text",
        "mailing_address": "text",
        "lender_code": "text",
    }
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A saying with the row it is from: a change's, or a roll's."""

    saying: Saying
    row: Any


@dataclass(frozen=True, slots=True)
class ParcelOnFile:
    """Everything that was said of a parcel, and its rows on rolls, the oldest year first."""

    parcel_number: str
    recorded: Sequence[Recorded]
    rolled: Sequence[Any]

    @property
    def sayings(self) -> list[Saying]:
        return [one.saying for one in self.recorded]

    @property
    def version(self) -> int:
        return max((0, *(one.saying.number for one in self.recorded)))

    @property
    def is_known(self) -> bool:
        return bool(self.recorded)


# Beyond so many, locks of single parcels would fill the server's table of them.
_LOCKED_ONE_BY_ONE = 1000
_ALL_PARCELS = "hashtextextended('register', 0)"


def one_at_a_time(connection: Connection, parcel_number: str) -> None:
    """Changes of one parcel are numbered in a row."""
    many_at_a_time(connection, [parcel_number])


def all_at_once(connection: Connection) -> None:
    """Let nobody else change any parcel until the transaction is over."""
    connection.exec_driver_sql(f"select pg_advisory_xact_lock({_ALL_PARCELS})")


def many_at_a_time(connection: Connection, numbers: Sequence[str]) -> None:
    """Lock parcels, always in the order of their numbers; very many are all there are."""
    if len(numbers) > _LOCKED_ONE_BY_ONE:
        all_at_once(connection)
        return
    connection.exec_driver_sql(f"select pg_advisory_xact_lock_shared({_ALL_PARCELS})")
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtextextended('register ' || n, 0))"
        " from (select v.n from unnest(%s::text[]) as v (n) order by v.n) o",
        (list(numbers),),
    )


def parcels(connection: Connection, numbers: Sequence[str]) -> dict[str, ParcelOnFile]:
    """What is on file of parcels, by number; of one nobody spoke of there is nothing in it."""
    wanted = (list(numbers),)
    recorded: dict[str, list[Recorded]] = defaultdict(list)
    rolled: dict[str, list[Any]] = defaultdict(list)
    for row in connection.exec_driver_sql(f"{_ROLLED} order by p.tax_year", wanted):
        recorded[row.parcel_number].append(Recorded(_of_roll(row), row))
        rolled[row.parcel_number].append(row)
    holders = _holders(connection.exec_driver_sql(_PARTIES, wanted))
    for row in connection.exec_driver_sql(_CHANGES, wanted):
        recorded[row.parcel_number].append(Recorded(_of_change(row, holders), row))
    return {
        number: ParcelOnFile(number, recorded.get(number, []), rolled.get(number, []))
        for number in numbers
    }


def parcel(connection: Connection, number: str) -> ParcelOnFile:
    return parcels(connection, [number])[number]


def _of_roll(row: Any) -> Saying:
    facts = {
        "property_type": row.property_class,
        "district": row.township,
        "tax_code": row.tax_code,
        "exemptions": row.exemptions or [],
    }
    owner = (Party(row.owner_name, row.owner_email or ""),) if row.owner_name else ()
    # Below every change of its day; of two rolls of one day the later year counts.
    number: int = row.tax_year - 10_000
    return Saying(row.as_of, number, facts, {Role.TAXPAYER: owner} if owner else {})


def _of_change(row: Any, holders: Mapping[tuple[str, int, str], list[Party]]) -> Saying:
    parties = {
        Role(role): tuple(holders.get((row.parcel_number, row.change_number, role), ()))
        for role in row.roles
    }
    return Saying(row.effective_on, row.change_number, row.facts, parties)


def _holders(rows: Iterable[Any]) -> dict[tuple[str, int, str], list[Party]]:
    found: dict[tuple[str, int, str], list[Party]] = defaultdict(list)
    for row in rows:
        party = Party(row.name, row.email, row.mailing_address, row.lender_code)
        found[row.parcel_number, row.change_number, row.role].append(party)
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """A saying of a parcel as it is put on record."""

    parcel_number: str
    saying: Saying
    reason: str
    changed_by: str
    trace_id: UUID
    recorded_at: Any
    roll_id: UUID | None = None


def change_row(one: Change) -> tuple[object, ...]:
    said = one.saying
    return (
        one.parcel_number, said.number, said.effective_on, Jsonb(dict(said.facts)),
        sorted(said.parties), one.reason, one.changed_by, one.roll_id, one.trace_id,
        one.recorded_at,
    )  # fmt: skip


def party_rows(one: Change) -> list[tuple[object, ...]]:
    return [
        (
            one.parcel_number, one.saying.number, role.value, place, party.name, party.email,
            party.mailing_address, party.lender_code,
        )
        for role, holders in one.saying.parties.items()
        for place, party in enumerate(holders, start=1)
    ]  # fmt: skip


def insert(connection: Connection, one: Change) -> None:
    connection.exec_driver_sql(
        f"insert into register_changes ({CHANGES.names})"
        f" values ({', '.join(['%s'] * len(CHANGES.types))})",
        change_row(one),
    )
    PARTIES.insert(connection, "register_parties", party_rows(one))


def districts(connection: Connection, tax_year: int, tax_code: str) -> Sequence[Any]:
    """Who taxes a tax code in a year, in the order of a bill's lines."""
    return connection.exec_driver_sql(
        "select agency_code, agency_name from rates join agencies using (tax_year, agency_code)"
        " where tax_year = %s and tax_code = %s order by place",
        (tax_year, tax_code),
    ).all()


def claims_told(parcel: ParcelRow) -> str | None:
    """A parcel's exemptions as its row keeps them; none where there are none."""
    claims = exemptions_said(parcel.claims)
    return json.dumps(claims) if claims else None


def exemptions_said(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    return [{"code": one.code, "amount_dollars": one.dollars} for one in claims]


# Each finds parcels in which something begins like what was asked, now or once.
_IN_FACTS = """
select parcel_number from register_changes
where facts ? '{fact}' and lower(facts->>'{fact}') like %(like)s
"""
_SEARCHES = {
    "parcel_number": """
select parcel_number from parcels where parcel_number like %(like)s union
select parcel_number from register_changes where parcel_number like %(like)s
""",
    "ain": _IN_FACTS.format(fact="ain"),
    "situs_address": _IN_FACTS.format(fact="situs_address"),
    "name": """
select parcel_number from parcels where lower(owner_name) like %(like)s union
select parcel_number from register_parties where lower(name) like %(like)s union
select parcel_number from register_parties where lender_code <> '' and lender_code in
    (select lender_code from lenders where lower(name) like %(like)s)
""",
}


def search(connection: Connection, by: str, beginning: str, after: str, limit: int) -> list[str]:
    """Parcels, in the order of their numbers behind one, of which something begins like that."""
    escaped = beginning.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    wanted = escaped if by == "parcel_number" else escaped.lower()
    rows = connection.exec_driver_sql(
        f"select distinct parcel_number from ({_SEARCHES[by]}) found"
        " where parcel_number > %(after)s order by parcel_number limit %(limit)s",
        {"like": f"{wanted}%", "after": after, "limit": limit},
    )
    return [row.parcel_number for row in rows]


def as_of_default(tax_year: int, today: date) -> date:
    """Of which day a roll's parcels tell that does not say it."""
    return min(date(tax_year, 1, 1), today)
