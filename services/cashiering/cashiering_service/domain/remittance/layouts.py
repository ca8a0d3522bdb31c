"""The layouts by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cashiering_service.domain.remittance.bai_layout import BaiLockboxLayout
from cashiering_service.domain.remittance.csv_layout import CsvLayout
from cashiering_service.domain.remittance.reader import Layout, RemittanceReader
from cashiering_service.domain.remittance.records import BadFile, FileProblem
from cashiering_service.domain.remittance.reference import COUNTY_FORMAT, ReferenceFormat

LAYOUTS: Mapping[str, Callable[[ReferenceFormat], Layout]] = MappingProxyType(
    {"csv": CsvLayout, "bai-lockbox": BaiLockboxLayout}
)


def open_reader(layout: str, references: ReferenceFormat = COUNTY_FORMAT) -> RemittanceReader:
    """Start reading a file of a named layout; an unknown name is refused as BadFile."""
    make = LAYOUTS.get(layout)
    if make is None:
        known = ", ".join(sorted(LAYOUTS))
        raise BadFile(FileProblem.UNKNOWN_LAYOUT, 0, f"no layout {layout!r}; there are {known}")
    return RemittanceReader(make(references))
