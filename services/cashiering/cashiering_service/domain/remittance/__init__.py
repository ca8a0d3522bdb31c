"""Remittance files: bytes in, payments out, one line at a time, whatever the bytes.

    reader = open_reader("bai-lockbox")
    for chunk in chunks:
        for record in reader.feed(chunk): ...
    for record in reader.close(): ...          # the last one is the Trailer

Nothing read from a file may take effect before its Trailer has come: until then the control
totals have not been compared. A file that cannot be trusted as a whole raises BadFile.
"""

from cashiering_service.domain.remittance.document_layout import Defaults
from cashiering_service.domain.remittance.layout_document import LayoutDocument, LineKind
from cashiering_service.domain.remittance.layouts import GRAMMARS, LAYOUTS, STANDARD, open_reader
from cashiering_service.domain.remittance.reader import RemittanceReader
from cashiering_service.domain.remittance.records import (
    MAX_AMOUNT_CENTS,
    BadFile,
    BadLine,
    FileProblem,
    LineProblem,
    Record,
    RemittanceLine,
    Trailer,
    line_key,
)
from cashiering_service.domain.remittance.reference import BillReference, ReferenceFormat

__all__ = [
    "GRAMMARS",
    "LAYOUTS",
    "MAX_AMOUNT_CENTS",
    "STANDARD",
    "BadFile",
    "BadLine",
    "BillReference",
    "Defaults",
    "FileProblem",
    "LayoutDocument",
    "LineKind",
    "LineProblem",
    "Record",
    "ReferenceFormat",
    "RemittanceLine",
    "RemittanceReader",
    "Trailer",
    "line_key",
    "open_reader",
]
