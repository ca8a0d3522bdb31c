"""A file layout as a document: which field stands where, how it is written, what must add up."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LINE_BYTES_MAX = 8192
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
FIELDS_MAX = 64


class Form(StrEnum):
    DELIMITED = "delimited"
    FIXED = "fixed"


class Encoding(StrEnum):
    UTF8 = "utf-8"
    ASCII = "ascii"
    LATIN1 = "iso-8859-1"
    WINDOWS = "cp1252"
    # As mainframes write; lines end with their own byte for it, or all have one length.
    EBCDIC = "cp037"


class LineKind(StrEnum):
    """What a line pays: a bill, or a miscellaneous source."""

    BILL = "bill"
    MISC = "misc"


class TenderOf(StrEnum):
    """What a line's money came in; by_check_number is a check where there is a number, else ACH."""

    BY_CHECK_NUMBER = "by_check_number"
    CHECK = "check"
    ACH = "ach"
    WIRE = "wire"
    CARD = "card"


class AmountFormat(StrEnum):
    DOLLARS = "dollars"
    GROUPED = "grouped_dollars"
    CENTS = "cents"


class Sign(StrEnum):
    """Where a minus may stand; whatever it says, money taken is above zero."""

    NONE = "none"
    LEADING = "leading"
    TRAILING = "trailing"
    PARENTHESES = "parentheses"


class DateFormat(StrEnum):
    ISO = "YYYY-MM-DD"
    COMPACT = "YYYYMMDD"
    SHORT = "YYMMDD"
    US_COMPACT = "MMDDYYYY"
    US_SHORT = "MMDDYY"
    US = "MM/DD/YYYY"


# The names a layout binds; any other name is kept with the line as it stands.
TEXTS = (
    "bill_reference", "parcel_number", "tax_year", "check_number", "payer_name",
    "tender_reference", "lender_code", "source_code",
)  # fmt: skip
DATES = ("paid_on", "received_on")
AMOUNT = "amount"
BOUND = (*TEXTS, *DATES, AMOUNT)
STANDARD_KEY = ("parcel_number", "tax_year", "check_number", AMOUNT, "paid_on")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: under a heading, in a cell, in columns; all counted from 1."""

    column: str | None = None
    position: int | None = None
    start: int | None = None
    length: int | None = None
    # Instead of a place: the value every line has.
    constant: str | None = None

    def __post_init__(self) -> None:
        ways = [
            self.column is not None,
            self.position is not None,
            self.start is not None or self.length is not None,
            self.constant is not None,
        ]
        if ways.count(True) != 1:
            raise ValueError(
                f"{ways.count(True)} places: give one of column, position, constant, or start"
                " with length"
            )
        if (self.start is None) != (self.length is None):
            raise ValueError("half a place: start and length go together")
        for number in (self.position, self.start, self.length):
            if number is not None and not 1 <= number <= LINE_BYTES_MAX:
                raise ValueError(f"place {number}: a place is from 1 to {LINE_BYTES_MAX}")

    @property
    def stop(self) -> int:
        return (self.start or 1) - 1 + (self.length or 0)


@dataclass(frozen=True, slots=True)
class LayoutField:
    """One value of a line, by the name it is known under here."""

    name: str
    at: Place
    amount: AmountFormat = AmountFormat.DOLLARS
    sign: Sign = Sign.LEADING
    date: DateFormat = DateFormat.ISO
    required: bool = True


@dataclass(frozen=True, slots=True)
class Control:
    """The sender's own count and total, in the trailer."""

    count: Place
    total: Place
    amount: AmountFormat = AmountFormat.DOLLARS
    sign: Sign = Sign.LEADING


@dataclass(frozen=True, slots=True)
class Marks:
    """How lines are told apart; a kind without a mark does not occur, or is whatever is left."""

    at: Place
    header: str | None = None
    detail: str | None = None
    trailer: str | None = None


@dataclass(frozen=True, slots=True)
class LayoutDocument:
    """A whole layout; one that contradicts itself cannot be made."""

    name: str
    source: str
    form: Form
    fields: tuple[LayoutField, ...]
    kind: LineKind = LineKind.BILL
    tender: TenderOf = TenderOf.BY_CHECK_NUMBER
    encoding: Encoding = Encoding.UTF8
    max_line_bytes: int = 4096
    # The length of every record, in files that may come without ends of lines.
    record_bytes: int = 0
    delimiter: str = ","
    # Whether the first line names the columns.
    headings: bool = False
    marks: Marks | None = None
    control: Control | None = None
    key: tuple[str, ...] = STANDARD_KEY

    def __post_init__(self) -> None:
        for problem in _problems(self):
            raise ValueError(problem)

    def field(self, name: str) -> LayoutField | None:
        return next((one for one in self.fields if one.name == name), None)


def _problems(layout: LayoutDocument) -> Iterator[str]:
    if _NAME.fullmatch(layout.name) is None:
        yield f"name {layout.name!r}: up to 40 of a-z, 0-9 and -, the first no hyphen"
    if not 16 <= layout.max_line_bytes <= LINE_BYTES_MAX:
        yield f"max_line_bytes {layout.max_line_bytes}: 16 to {LINE_BYTES_MAX}"
    if layout.record_bytes and not (
        layout.form is Form.FIXED and 16 <= layout.record_bytes <= layout.max_line_bytes
    ):
        yield (
            f"record_bytes {layout.record_bytes}: 16 to {layout.max_line_bytes}, of files of"
            " fixed width"
        )
    if layout.form is Form.DELIMITED and layout.delimiter not in (",", ";", "|", "\t"):
        yield f"delimiter {layout.delimiter!r}: one of , ; | or a tab"
    if layout.form is Form.FIXED and layout.encoding is Encoding.UTF8:
        yield "encoding utf-8: columns of fixed width need one byte a character"
    if layout.form is Form.FIXED and layout.headings:
        yield "headings true: only delimited files name their columns"
    yield from _field_problems(layout)
    yield from _place_problems(layout)
    yield from _control_problems(layout)


def _field_problems(layout: LayoutDocument) -> Iterator[str]:
    names = [one.name for one in layout.fields]
    if not 1 <= len(names) <= FIELDS_MAX:
        yield f"{len(names)} fields: 1 to {FIELDS_MAX}"
    for name in names:
        if names.count(name) > 1:
            yield f"field {name} twice: once"
        if not name.isidentifier() or len(name) > 40:
            yield f"field {name!r}: a name of letters, digits and underscores"
    yield from _missing_fields(layout, names)


def _missing_fields(layout: LayoutDocument, names: list[str]) -> Iterator[str]:
    if AMOUNT not in names:
        yield "no field amount: every line has one"
    if layout.kind is LineKind.MISC and "source_code" not in names:
        yield "no field source_code: a miscellaneous line names its source"
    named = "bill_reference" in names or {"parcel_number", "tax_year"} <= set(names)
    if layout.kind is LineKind.BILL and not named:
        yield "no field bill_reference: or parcel_number and tax_year"
    for name in layout.key:
        if name not in BOUND and name not in names:
            yield f"key field {name}: a field of the layout"
    if AMOUNT not in layout.key:
        yield "key without amount: two amounts are two payments"


def _place_problems(layout: LayoutDocument) -> Iterator[str]:
    for name, place in _places(layout):
        if layout.form is Form.FIXED:
            right = place.start is not None
            if place.stop > layout.max_line_bytes:
                yield f"{name} ends at {place.stop}: within {layout.max_line_bytes} bytes"
        elif layout.headings and name not in ("control", "marks"):
            right = place.column is not None
        else:
            right = place.position is not None
        if not right and place.constant is None:
            wanted = "start and length" if layout.form is Form.FIXED else "position"
            headed = layout.headings and name not in ("control", "marks")
            yield f"{name}: {'column' if headed else wanted}, for this form"


def _places(layout: LayoutDocument) -> Iterator[tuple[str, Place]]:
    for one in layout.fields:
        yield f"field {one.name}", one.at
    if layout.marks is not None:
        yield "marks", layout.marks.at
    if layout.control is not None:
        yield "control", layout.control.count
        yield "control", layout.control.total


def _control_problems(layout: LayoutDocument) -> Iterator[str]:
    marks = layout.marks
    if (layout.control is None) != (marks is None or marks.trailer is None):
        yield "control without a trailer's mark, or the mark without control: both or neither"
    if marks is not None and marks.header is not None and layout.headings:
        yield "headings true with a header's mark: the first line is the one or the other"
    given = [] if marks is None else [marks.header, marks.detail, marks.trailer]
    set_marks = [one for one in given if one is not None]
    if len(set(set_marks)) != len(set_marks) or "" in set_marks:
        yield "marks alike or empty: each kind of line has a mark of its own"
