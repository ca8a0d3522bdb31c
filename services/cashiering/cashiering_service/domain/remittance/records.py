"""What comes out of a remittance file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256

from cashiering_service.domain.remittance.layout_document import (
    AMOUNT,
    BOUND,
    STANDARD_KEY,
    LineKind,
)
from taxkit.money import CENTS_MAX

MAX_AMOUNT_CENTS = CENTS_MAX
# What the database's index takes with ease; a longer name is known by its hash.
_KEY_MAX = 200


class FileProblem(StrEnum):
    """Why a file is refused as a whole."""

    UNKNOWN_LAYOUT = "UNKNOWN_LAYOUT"
    FILE_EMPTY = "FILE_EMPTY"
    FILE_TRUNCATED = "FILE_TRUNCATED"
    LINE_TOO_LONG = "LINE_TOO_LONG"
    BAD_ENCODING = "BAD_ENCODING"
    BAD_RECORD = "BAD_RECORD"
    CONTROL_COUNT_MISMATCH = "CONTROL_COUNT_MISMATCH"
    CONTROL_TOTAL_MISMATCH = "CONTROL_TOTAL_MISMATCH"
    TOTAL_OUT_OF_RANGE = "TOTAL_OUT_OF_RANGE"
    RECEIVED_IN_FUTURE = "RECEIVED_IN_FUTURE"


class LineProblem(StrEnum):
    """Why one line is rejected while the rest of its file stands."""

    BAD_REFERENCE = "BAD_REFERENCE"
    BAD_CHECK_DIGIT = "BAD_CHECK_DIGIT"
    BAD_AMOUNT = "BAD_AMOUNT"
    AMOUNT_OUT_OF_RANGE = "AMOUNT_OUT_OF_RANGE"
    TAKEN_BACK = "TAKEN_BACK"
    TYPE_UNKNOWN = "TYPE_UNKNOWN"
    BAD_DATE = "BAD_DATE"
    BAD_SOURCE = "BAD_SOURCE"
    FIELD_MISSING = "FIELD_MISSING"
    TEXT_TOO_LONG = "TEXT_TOO_LONG"


class BadFile(Exception):
    """The file cannot be trusted; nothing of it may be kept."""

    def __init__(self, reason: FileProblem, line_number: int, message: str) -> None:
        super().__init__(f"{reason} at line {line_number}: {message}")
        self.reason = reason
        self.line_number = line_number
        self.message = message


@dataclass(frozen=True, slots=True)
class RemittanceLine:
    """One payment toward one bill. `line_number` is the physical line that names the bill."""

    line_number: int
    bill_reference: str
    # Empty, and no year, where the file names no bill.
    parcel_number: str
    tax_year: int | None
    amount_cents: int
    paid_on: date
    received_on: date
    check_number: str
    payer_name: str
    raw: str
    kind: LineKind = LineKind.BILL
    # Empty: a check where there is a check number, else ACH.
    tender_type: str = ""
    tender_reference: str = ""
    lender_code: str = ""
    source_code: str = ""
    # What else the layout reads, by its names.
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot become a payment; what could be read of it is kept for the exception list.

    `amount_cents` is None when it cannot be read or stored; it still counts in the control total
    when it can be read.
    """

    line_number: int
    reason: LineProblem
    message: str
    raw: str
    bill_reference: str
    amount_cents: int | None


@dataclass(frozen=True, slots=True)
class Trailer:
    """The file is whole and its control totals agree: how many lines it had, good and bad."""

    count: int
    total_cents: int


Record = RemittanceLine | BadLine | Trailer


def line_key(line: RemittanceLine, key: Sequence[str] = STANDARD_KEY) -> str:
    """Name a payment by what it says, so that the same line is known again in any file."""
    values = [_worded(line, name) for name in key]
    if tuple(key) == STANDARD_KEY:
        name = "|".join(values)
    else:
        name = json.dumps(dict(zip(key, values, strict=True)), ensure_ascii=False)
    return name if len(name) <= _KEY_MAX else sha256(name.encode()).hexdigest()


def _worded(line: RemittanceLine, name: str) -> str:
    if name == AMOUNT:
        return str(line.amount_cents)
    value = getattr(line, name) if name in BOUND else line.fields.get(name, "")
    return str("" if value is None else value)
