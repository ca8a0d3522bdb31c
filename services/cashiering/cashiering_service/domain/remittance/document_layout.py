"""Reads a file by the document of its layout: delimited or of fixed width."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from cashiering_service.domain.remittance.layout_document import (
    AMOUNT,
    BOUND,
    DATES,
    Form,
    LayoutDocument,
    LayoutField,
    Place,
    TenderOf,
)
from cashiering_service.domain.remittance.payment import WordedPayment, judge, reject
from cashiering_service.domain.remittance.records import (
    BadFile,
    FileProblem,
    LineProblem,
    Record,
    Trailer,
)
from cashiering_service.domain.remittance.reference import ReferenceFormat
from cashiering_service.domain.remittance.tally import Tally
from cashiering_service.domain.remittance.wording import (
    read_amount,
    read_check_number,
    read_date,
)

_COUNT = re.compile(r"[0-9]{1,12}")


class _Line(Enum):
    HEADER = auto()
    DETAIL = auto()
    TRAILER = auto()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for lines that do not say it: the day the county had the file."""

    received_on: date | None = None


class DocumentLayout:
    padding = ""

    def __init__(
        self, document: LayoutDocument, references: ReferenceFormat, defaults: Defaults
    ) -> None:
        self.encoding = document.encoding.value
        self.max_line_bytes = document.max_line_bytes
        self.record_bytes = document.record_bytes
        self._document = document
        self._references = references
        self._defaults = defaults
        self._lines = 0
        self._headings: list[str] = []
        self._tally = Tally()
        self._trailed = False

    @property
    def begun(self) -> bool:
        return self._lines > 0

    @property
    def complete(self) -> bool:
        return self._trailed

    @property
    def open_ended(self) -> bool:
        """Whether the file has no trailer: its totals are compared with what the sender wrote."""
        return self._document.control is None

    def take(self, line_number: int, text: str) -> Iterator[Record]:
        cells = self._cells(line_number, text)
        if self._document.headings and not self.begun:
            self._read_headings(line_number, cells)
            self._lines += 1
            return
        kind = self._kind_of(line_number, cells, text)
        self._lines += 1
        match kind:
            case _Line.HEADER:
                return
            case _Line.TRAILER:
                self._read_trailer(line_number, cells, text)
            case _Line.DETAIL:
                self._check_width(line_number, cells)
                yield self._read_payment(line_number, cells, text)

    def trailer(self) -> Trailer:
        return Trailer(self._tally.count, self._tally.total_cents)

    def _cells(self, line_number: int, text: str) -> Sequence[str]:
        """The line's cells; a line of fixed width has none."""
        if self._document.form is Form.FIXED:
            return ()
        try:
            rows = csv.reader([text], delimiter=self._document.delimiter, strict=True)
            return [cell.strip() for cell in next(rows)]
        except csv.Error as cause:
            what = "comma" if self._document.delimiter == "," else "delimiter"
            raise BadFile(
                FileProblem.BAD_RECORD, line_number, f"not {what}-separated text: {cause}"
            ) from cause

    def _value(self, at: Place, cells: Sequence[str], text: str) -> str:
        if at.constant is not None:
            return at.constant
        if at.start is not None:
            return text[at.start - 1 : at.stop].strip()
        if at.column is not None:
            return cells[self._headings.index(at.column.lower())]
        place = (at.position or 1) - 1
        return cells[place] if place < len(cells) else ""

    def _kind_of(self, line_number: int, cells: Sequence[str], text: str) -> _Line:
        marks = self._document.marks
        if marks is None:
            return _Line.DETAIL
        found = self._value(marks.at, cells, text)
        if marks.header is not None and not self.begun:
            if found != marks.header:
                raise BadFile(
                    FileProblem.UNKNOWN_LAYOUT,
                    line_number,
                    f"the file begins with {found[:40]!r}, not with {marks.header!r}",
                )
            return _Line.HEADER
        if found == marks.trailer:
            return _Line.TRAILER
        if marks.detail is not None and found != marks.detail:
            raise BadFile(
                FileProblem.BAD_RECORD,
                line_number,
                f"a line marked {found[:40]!r} where {marks.detail!r} or {marks.trailer!r} stands",
            )
        return _Line.DETAIL

    def _read_headings(self, line_number: int, cells: Sequence[str]) -> None:
        names = [cell.lower() for cell in cells]
        wanted = [one.at.column.lower() for one in self._document.fields if one.at.column]
        wrong = [name for name in wanted if names.count(name) != 1]
        if wrong:
            raise BadFile(
                FileProblem.UNKNOWN_LAYOUT,
                line_number,
                f"the first line has to name each of these columns once: {', '.join(wrong)}",
            )
        self._headings = names

    def _check_width(self, line_number: int, cells: Sequence[str]) -> None:
        if self._headings and len(cells) != len(self._headings):
            raise BadFile(
                FileProblem.BAD_RECORD,
                line_number,
                f"{len(cells)} columns where the first line names {len(self._headings)}",
            )
        if self._document.form is Form.DELIMITED:
            last = max((one.at.position or 0 for one in self._document.fields), default=0)
            if len(cells) < last:
                raise BadFile(
                    FileProblem.BAD_RECORD,
                    line_number,
                    f"{len(cells)} cells where the layout reads {last}",
                )

    def _read_payment(self, line_number: int, cells: Sequence[str], text: str) -> Record:
        document = self._document
        found = {one.name: self._value(one.at, cells, text) for one in document.fields}
        amount = self._field(AMOUNT)
        cents = read_amount(found[AMOUNT], amount.amount, amount.sign)
        self._tally.add(cents)
        worded = self._word(line_number, text, found, cents)
        missing = [one.name for one in document.fields if one.required and not found[one.name]]
        if missing and missing != [AMOUNT]:
            return reject(worded, LineProblem.FIELD_MISSING, _nothing_in(missing))
        return judge(worded, self._references)

    def _word(
        self, line_number: int, text: str, found: dict[str, str], cents: int | None
    ) -> WordedPayment:
        received_on = self._date("received_on", found) or self._unsaid("received_on")
        paid_on = self._date("paid_on", found)
        if "paid_on" not in found:
            paid_on = received_on
        tender = self._document.tender
        return WordedPayment(
            line_number=line_number,
            raw=text,
            bill_reference=found.get("bill_reference", ""),
            amount_cents=cents,
            amount_text=found[AMOUNT],
            paid_on=paid_on,
            received_on=received_on,
            amount_form=self._field(AMOUNT).amount,
            dates_text=" and ".join(self._bad_dates(found)),
            check_number=read_check_number(found.get("check_number", "")),
            payer_name=found.get("payer_name", ""),
            parcel_number=found.get("parcel_number", ""),
            tax_year=found.get("tax_year", ""),
            kind=self._document.kind,
            tender_type="" if tender is TenderOf.BY_CHECK_NUMBER else tender.value,
            tender_reference=found.get("tender_reference", ""),
            lender_code=found.get("lender_code", ""),
            source_code=found.get("source_code", ""),
            fields={name: value for name, value in found.items() if name not in BOUND},
        )

    def _bad_dates(self, found: dict[str, str]) -> Iterator[str]:
        for name in DATES:
            if name in found and self._date(name, found) is None:
                yield f"{name} {found[name][:40]!r} is no date as {self._field(name).date}"

    def _unsaid(self, name: str) -> date | None:
        return None if self._document.field(name) else self._defaults.received_on

    def _date(self, name: str, found: dict[str, str]) -> date | None:
        assert name in DATES
        return read_date(found[name], self._field(name).date) if name in found else None

    def _field(self, name: str) -> LayoutField:
        found = self._document.field(name)
        assert found is not None, name
        return found

    def _read_trailer(self, line_number: int, cells: Sequence[str], text: str) -> None:
        control, marks = self._document.control, self._document.marks
        assert control is not None
        assert marks is not None
        count = self._value(control.count, cells, text)
        total = read_amount(self._value(control.total, cells, text), control.amount, control.sign)
        # Spreadsheets fill short lines with empty cells.
        read = {(at.position or 0) - 1 for at in (control.count, control.total, marks.at)}
        rest = [cell for place, cell in enumerate(cells) if cell and place not in read]
        if not _COUNT.fullmatch(count) or total is None or (rest and self._document.headings):
            raise BadFile(
                FileProblem.BAD_RECORD,
                line_number,
                f"the trailer has a count and a total, such as {marks.trailer},12,3456.78",
            )
        self._tally.agree("trailer", line_number, count=int(count), total_cents=total)
        self._trailed = True


def _nothing_in(names: list[str]) -> str:
    are = "is" if len(names) == 1 else "are"
    return f"{', '.join(names)} {are} empty: have the sender fill it in, or post the line by hand"
