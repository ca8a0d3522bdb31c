"""The worked cases of a pack's collections.yaml: which bucket a debt is in on a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from collections_service.domain.aging import OpenInstallment, oldest_bucket
from collections_service.rulebook import SCHEMA, terms_of
from taxkit.lawpack import LawFile
from taxkit.packcases import Asked, CaseBook
from taxkit.packcover import Told

TOLD: Final = Told(cases="examples_collections.yaml", sections=("aging",))


def _bucket(law: LawFile, as_of: date, given: Mapping[str, Any]) -> Mapping[str, object]:
    """The bucket of a bill with money open on some due dates."""
    parts = [OpenInstallment(place, due, 1) for place, due in enumerate(given["unpaid_since"], 1)]
    return {"bucket": oldest_bucket(parts, terms_of(law).at(as_of), as_of)}


BOOK: Final = CaseBook(
    "collections.yaml",
    SCHEMA,
    {"aging": Asked({"unpaid_since": [date]}, {"bucket": str}, _bucket)},
    TOLD,
)
