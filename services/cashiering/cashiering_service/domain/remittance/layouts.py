"""The readers by name: formats with a grammar of their own, and layouts that are documents."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cashiering_service.domain.remittance.bai_layout import BaiLockboxLayout
from cashiering_service.domain.remittance.csv_layout import CSV
from cashiering_service.domain.remittance.document_layout import Defaults, DocumentLayout
from cashiering_service.domain.remittance.layout_document import LayoutDocument
from cashiering_service.domain.remittance.reader import Layout, RemittanceReader
from cashiering_service.domain.remittance.records import BadFile, FileProblem
from cashiering_service.domain.remittance.reference import COUNTY_FORMAT, ReferenceFormat

# The banks' own formats, which no document describes, with the source their money is from.
GRAMMARS: Mapping[str, tuple[str, Callable[[ReferenceFormat], Layout]]] = MappingProxyType(
    {"bai-lockbox": ("lockbox", BaiLockboxLayout)}
)
STANDARD: Mapping[str, LayoutDocument] = MappingProxyType({"csv": CSV})
LAYOUTS = (*GRAMMARS, *STANDARD)


def open_reader(
    layout: str | LayoutDocument,
    references: ReferenceFormat = COUNTY_FORMAT,
    defaults: Defaults = Defaults(),  # noqa: B008 - frozen
) -> RemittanceReader:
    """Start reading a file of a layout; an unknown name is refused as BadFile."""
    if isinstance(layout, LayoutDocument):
        return RemittanceReader(DocumentLayout(layout, references, defaults))
    if layout in GRAMMARS:
        _, make = GRAMMARS[layout]
        return RemittanceReader(make(references))
    if layout in STANDARD:
        return open_reader(STANDARD[layout], references, defaults)
    known = ", ".join(sorted(LAYOUTS))
    raise BadFile(FileProblem.UNKNOWN_LAYOUT, 0, f"no layout {layout!r}; there are {known}")
