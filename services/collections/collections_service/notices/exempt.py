"""Which parcels nobody is written to about, because they are exempt (COLL-009)."""

from collections.abc import Iterable

from sqlalchemy import Connection

from collections_service.domain.stages import NoticeTerms

_KINDS = """
select parcel_number, property_type, exemption_codes from owners
where parcel_number = any(%s::text[])
"""


def of(connection: Connection, parcels: Iterable[str], terms: NoticeTerms) -> dict[str, str]:
    """What exempts each of some parcels, as the register has them now; none of the others."""
    rows = connection.exec_driver_sql(_KINDS, (sorted(set(parcels)),))
    found = {number: terms.exempts(kind, codes) for number, kind, codes in rows}
    return {number: code for number, code in found.items() if code is not None}
