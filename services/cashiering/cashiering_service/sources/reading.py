"""What a batch of orders needs to know of miscellaneous sources; most need nothing."""

from collections import defaultdict
from collections.abc import Sequence

from cashiering_service.domain.source_lines import Versions
from cashiering_service.domain.sources import Source
from cashiering_service.sources.store import COLUMNS, source_of
from taxkit.arrays import packed
from taxkit.roundtrips import RoundTrips

_VERSIONS = (
    f"select {COLUMNS} from sources where source_code = any(%b::text[])"
    " order by source_code, effective_from desc, version desc"
)


async def read(trips: RoundTrips, codes: Sequence[str]) -> Versions:
    """Every version of the sources that are named; a batch that names none pays nothing."""
    versions: dict[str, list[Source]] = defaultdict(list)
    if codes:
        (rows,) = await trips.fetch((_VERSIONS, (packed("text", codes),)))
        for row in rows:
            versions[row[0]].append(source_of(row))
    return versions
