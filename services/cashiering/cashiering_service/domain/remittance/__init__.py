"""Remittance files: bytes in, payments out, one line at a time, whatever the bytes.

    reader = open_reader("bai-lockbox")
    for chunk in chunks:
        for record in reader.feed(chunk): ...
    for record in reader.close(): ...          # the last one is the Trailer

Nothing read from a file may take effect before its Trailer has come: until then the control
totals have not been compared. A file that cannot be trusted as a whole raises BadFile.
"""

from cashiering_service.domain.remittance.layouts import LAYOUTS, open_reader
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
    "LAYOUTS",
    "MAX_AMOUNT_CENTS",
    "BadFile",
    "BadLine",
    "BillReference",
    "FileProblem",
    "LineProblem",
    "Record",
    "ReferenceFormat",
    "RemittanceLine",
    "RemittanceReader",
    "Trailer",
    "line_key",
    "open_reader",
]
