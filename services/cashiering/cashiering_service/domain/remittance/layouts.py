"""The readers by name: formats with a grammar of their own, and layouts that are documents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cashiering_service.domain.remittance import bai2_layout
from cashiering_service.domain.remittance.bai_layout import BaiLockboxLayout
from cashiering_service.domain.remittance.csv_layout import CSV
from cashiering_service.domain.remittance.document_layout import Defaults, DocumentLayout
from cashiering_service.domain.remittance.layout_document import STANDARD_KEY, LayoutDocument
from cashiering_service.domain.remittance.reader import Layout, RemittanceReader
from cashiering_service.domain.remittance.records import BadFile, FileProblem, Record
from cashiering_service.domain.remittance.reference import COUNTY_FORMAT, ReferenceFormat


@dataclass(frozen=True, slots=True)
class Grammar:
    """A bank's own format, which no document describes."""

    source: str
    key: tuple[str, ...]
    make: Callable[[ReferenceFormat], Layout[Record]]


GRAMMARS: Mapping[str, Grammar] = MappingProxyType(
    {
        "bai-lockbox": Grammar("lockbox", STANDARD_KEY, BaiLockboxLayout),
        "bai2": Grammar("wire", bai2_layout.KEY, bai2_layout.Bai2Layout),
    }
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
        return RemittanceReader(GRAMMARS[layout].make(references))
    if layout in STANDARD:
        return open_reader(STANDARD[layout], references, defaults)
    known = ", ".join(sorted(LAYOUTS))
    raise BadFile(FileProblem.UNKNOWN_LAYOUT, 0, f"no layout {layout!r}; there are {known}")
