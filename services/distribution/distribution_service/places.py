"""What fills a place in a bill's stream fills it once, under whatever id it is told again.

A ledger that was restored takes its facts in again and tells what follows under new ids, in the
places it told them in before (see `retold.py` for what moves money).
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from taxkit.errors import Permanent

Place = tuple[UUID, int]


def without_told(
    connection: Connection, table: str, told: Mapping[Place, Mapping[str, int]]
) -> set[Place]:
    """Which places are free; one that is filled with other amounts is for a person to look at."""
    wanted = sorted(told)
    rows = connection.exec_driver_sql(
        f"select bill_id, sequence, charge_type, amount_cents from {table}"
        " join unnest(%b::uuid[], %b::bigint[]) as v (bill_id, sequence) using (bill_id, sequence)",
        tuple(map(list, zip(*wanted, strict=True))),
    )
    kept: dict[Place, dict[str, int]] = {}
    for bill_id, sequence, charge_type, cents in rows:
        kept.setdefault((bill_id, sequence), {})[charge_type] = cents
    for place, amounts in kept.items():
        if amounts != told[place]:
            raise Permanent(
                "PLACE_TAKEN",
                f"number {place[1]} of bill {place[0]} was told with other amounts: receivables was"
                " restored and took its facts in another order",
            )
    return {place for place in wanted if place not in kept}


def by_charge(rows: Sequence[Mapping[str, object]]) -> dict[str, int]:
    """An event's rows, added up by charge; what comes to nothing is left out."""
    found: dict[str, int] = {}
    for row in rows:
        charge, cents = str(row["charge_type"]), row["amount_cents"]
        assert isinstance(cents, int), row
        found[charge] = found.get(charge, 0) + cents
    return {charge: cents for charge, cents in found.items() if cents}
