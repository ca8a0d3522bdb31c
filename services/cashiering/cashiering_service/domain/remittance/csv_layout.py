"""Remittances as comma-separated text: named columns, then payments, then a TRAILER line.

    bill_reference,amount,paid_on,received_on,check_number,payer_name
    1326429002000020217,4964.28,2022-02-25,2022-02-28,1001,Tamsin Kowalczyk-Reyes
    TRAILER,1,4964.28

Columns may stand in any order and others may be among them. A line is a payment: quoted line
breaks are refused.
"""

import csv
import re
from collections.abc import Iterator, Sequence

from cashiering_service.domain.remittance.payment import (
    WordedPayment,
    judge,
    read_check_number,
    read_iso_date,
)
from cashiering_service.domain.remittance.records import BadFile, FileProblem, Record, Trailer
from cashiering_service.domain.remittance.reference import ReferenceFormat
from cashiering_service.domain.remittance.tally import Tally

COLUMNS = ("bill_reference", "amount", "paid_on", "received_on", "check_number", "payer_name")
TRAILER_MARK = "TRAILER"

_AMOUNT = re.compile(r"(-?)([0-9]+)\.([0-9]{2})")
_COUNT = re.compile(r"[0-9]{1,12}")


class CsvLayout:
    encoding = "utf-8"
    max_line_bytes = 4096

    def __init__(self, references: ReferenceFormat) -> None:
        self._references = references
        self._width = 0
        self._places: tuple[int, ...] = ()
        self._tally = Tally()
        self._complete = False

    @property
    def begun(self) -> bool:
        return self._width > 0

    @property
    def complete(self) -> bool:
        return self._complete

    def take(self, line_number: int, text: str) -> Iterator[Record]:
        cells = _split(line_number, text)
        if not self.begun:
            self._read_names(line_number, cells)
        elif cells[0] == TRAILER_MARK:
            self._read_trailer(line_number, cells)
        elif len(cells) != self._width:
            raise BadFile(
                FileProblem.BAD_RECORD,
                line_number,
                f"{len(cells)} columns where the first line names {self._width}",
            )
        else:
            yield self._read_payment(line_number, cells, text)

    def trailer(self) -> Trailer:
        return Trailer(self._tally.count, self._tally.total_cents)

    def _read_names(self, line_number: int, cells: Sequence[str]) -> None:
        names = [cell.lower() for cell in cells]
        wrong = [name for name in COLUMNS if names.count(name) != 1]
        if wrong:
            raise BadFile(
                FileProblem.UNKNOWN_LAYOUT,
                line_number,
                f"the first line has to name each of these columns once: {', '.join(wrong)}",
            )
        self._width = len(names)
        self._places = tuple(names.index(name) for name in COLUMNS)

    def _read_payment(self, line_number: int, cells: Sequence[str], text: str) -> Record:
        reference, amount, paid_on, received_on, check_number, payer = (
            cells[place] for place in self._places
        )
        amount_cents = _read_amount(amount)
        self._tally.add(amount_cents)
        worded = WordedPayment(
            line_number=line_number,
            raw=text,
            bill_reference=reference,
            amount_cents=amount_cents,
            amount_text=amount,
            paid_on=read_iso_date(paid_on),
            received_on=read_iso_date(received_on),
            dates_text=f"paid on {paid_on!r}, received on {received_on!r}",
            check_number=read_check_number(check_number),
            payer_name=payer,
        )
        return judge(worded, self._references)

    def _read_trailer(self, line_number: int, cells: Sequence[str]) -> None:
        # Spreadsheets fill short lines with empty cells.
        _, count, total, *rest = [*cells, "", ""]
        total_cents = _read_amount(total)
        if not _COUNT.fullmatch(count) or total_cents is None or any(rest):
            raise BadFile(
                FileProblem.BAD_RECORD,
                line_number,
                f"the trailer reads {TRAILER_MARK},count,total such as {TRAILER_MARK},12,3456.78",
            )
        self._tally.agree("trailer", line_number, count=int(count), total_cents=total_cents)
        self._complete = True


def _split(line_number: int, text: str) -> list[str]:
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error as cause:
        raise BadFile(
            FileProblem.BAD_RECORD, line_number, f"not comma-separated text: {cause}"
        ) from cause
    return [cell.strip() for cell in cells]


def _read_amount(text: str) -> int | None:
    """Read dollars with two decimals as cents; None when it is not that."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    sign, dollars, cents = found.groups()
    return int(f"{sign}{dollars}{cents}")
