"""Levy's SQL for files of assessments: what is on file of their numbers and parcels, and COPY."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from levy_service import roll_store
from levy_service.specials import store
from levy_service.specials.commands import Opening

_KNOWN: Final = """
select n from unnest(%s::text[]) as u (n)
where exists (select from parcels where parcel_number = n)
   or exists (select from bills where parcel_number = n)
   or exists (select from parcel_successors where successor_number = n)
"""
_RETIRED: Final = """
with recursive ends as (
    select parcel_number, successor_number as at from parcel_successors
    where parcel_number = any(%s::text[])
    union all
    select e.parcel_number, s.successor_number
    from ends e join parcel_successors s on s.parcel_number = e.at
)
select parcel_number, at from ends e
where not exists (select from parcel_successors s where s.parcel_number = e.at)
"""
_ON_FILE: Final = """
select a.*, t.tracts from special_assessments a cross join lateral (
    select jsonb_object_agg(tract, principal_cents) as tracts
    from special_tracts t where t.assessment_id = a.assessment_id
) t where a.assessment_number = any(%s)
"""


def lock_numbers(connection: Connection) -> None:
    """Let nobody else open an assessment until this is done."""
    connection.exec_driver_sql(f"select pg_advisory_xact_lock({store.NUMBERS})")


def known_parcels(connection: Connection, parcels: Sequence[str]) -> set[str]:
    """Those on a roll of any year, or in another one's place."""
    return set(connection.exec_driver_sql(_KNOWN, (list(parcels),)).scalars())


def retired_parcels(connection: Connection, parcels: Sequence[str]) -> dict[str, str]:
    """What is in the place of those that were retired, today."""
    rows = connection.exec_driver_sql(_RETIRED, (list(parcels),))
    return {row.parcel_number: row.at for row in rows}


def on_file(connection: Connection, numbers: Sequence[str]) -> Mapping[str, Any]:
    """Assessments as they were opened, by number."""
    rows = connection.exec_driver_sql(_ON_FILE, (list(numbers),))
    return {row.assessment_number: row for row in rows}


def is_same(kept: Any, opening: Opening) -> bool:
    """Whether an assessment was opened just so, whatever became of it."""
    return (
        all(getattr(kept, name) == value for name, value in opening.names.items())
        and store.terms_of(kept) == opening.terms
        and (kept.days_in_year, kept.is_ditch) == (opening.days_in_year, opening.is_ditch)
        and kept.tracts == dict(opening.tracts)
    )


def copy_assessments(connection: Connection, rows: Iterable[Mapping[str, object]]) -> None:
    names = tuple(store.ASSESSMENTS.types)
    found = ([row[name] for name in names] for row in rows)
    roll_store.copy(connection, "special_assessments", names, found)


def copy_tracts(connection: Connection, rows: Iterable[Sequence[object]]) -> None:
    roll_store.copy(connection, "special_tracts", tuple(store.TRACTS.types), rows)


def copy_installments(connection: Connection, rows: Iterable[Sequence[object]]) -> None:
    roll_store.copy(connection, "special_installments", tuple(store.INSTALLMENTS.types), rows)
