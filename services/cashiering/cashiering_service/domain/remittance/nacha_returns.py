"""Payments that banks sent back, out of a NACHA return file, read by the grammar beside it.

An entry with an addenda of type 99 is a return: its reason, and the trace number of the entry that
is returned. Type 98 tells of a change and returns nothing. Counts, hash and totals of batch and
file are compared as they come.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from cashiering_service.domain.remittance.layout_document import DateFormat
from cashiering_service.domain.remittance.nacha_grammar import (
    CHANGE_ADDENDA,
    OPENING,
    PADDING,
    RECORD_BYTES,
    RETURN_ADDENDA,
    SHAPES,
)
from cashiering_service.domain.remittance.nacha_reasons import reason_of
from cashiering_service.domain.remittance.reader import FileReader
from cashiering_service.domain.remittance.records import BadFile, FileProblem, Trailer
from cashiering_service.domain.remittance.wording import read_date

_REASON = re.compile(r"[RC][0-9]{2}")
_TRACE = re.compile(r"[0-9]{15}")
_HASH_DIGITS = 10**10
Fields = Mapping[str, str]


class EntryKind(StrEnum):
    RETURN = "return"
    CHANGE = "change"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReturnedEntry:
    """An entry of a return file; only a debit that comes back is a payment that fails."""

    line_number: int
    kind: EntryKind
    reason_code: str
    original_trace: str
    amount_cents: int
    is_debit: bool
    returned_on: date
    payer_name: str
    information: str = ""


@dataclass(slots=True)
class _Totals:
    count: int = 0
    hash: int = 0
    debit: int = 0
    credit: int = 0

    def include(self, other: "_Totals") -> None:
        self.count += other.count
        self.hash += other.hash
        self.debit += other.debit
        self.credit += other.credit

    def said(self) -> dict[str, int]:
        return {
            "count": self.count,
            "hash": self.hash % _HASH_DIGITS,
            "debit": self.debit,
            "credit": self.credit,
        }


class NachaReturns:
    encoding = "ascii"
    max_line_bytes = record_bytes = RECORD_BYTES
    open_ended = False
    padding = PADDING

    def __init__(self) -> None:
        self._may_follow = OPENING
        self._created_on: date | None = None
        self._entry: ReturnedEntry | None = None
        self._batch_number = ""
        self._batches = 0
        self._batch, self._file = _Totals(), _Totals()
        self._returns = 0
        self._cents = 0

    @property
    def begun(self) -> bool:
        return self._created_on is not None

    @property
    def complete(self) -> bool:
        return self.begun and not self._may_follow

    def trailer(self) -> Trailer:
        return Trailer(self._returns, self._cents)

    def take(self, line_number: int, text: str) -> Iterator[ReturnedEntry]:
        code = text[0]
        if code not in self._may_follow:
            raise self._out_of_place(line_number, code)
        fields = _read_fields(line_number, code, text)
        self._may_follow = SHAPES[code].followed_by
        if code == "7":
            self._add(line_number, fields)
            return
        if self._entry is not None:
            self._returns += 1
            self._cents += self._entry.amount_cents
            yield self._entry
            self._entry = None
        match code:
            case "1":
                self._open_file(line_number, fields)
            case "5":
                self._batch_number, self._batch = fields["batch"], _Totals()
            case "6":
                self._open_entry(line_number, fields)
            case "8":
                self._close_batch(line_number, fields)
            case "9":
                self._close_file(line_number, fields)

    def _out_of_place(self, line_number: int, code: str) -> BadFile:
        if not self.begun:
            return BadFile(
                FileProblem.UNKNOWN_LAYOUT,
                line_number,
                f"a NACHA file begins with record {OPENING}, not with {code!r}",
            )
        allowed = " or ".join(f"{one} ({SHAPES[one].title})" for one in self._may_follow)
        return _bad(line_number, f"record {code!r} where {allowed} may stand")

    def _open_file(self, line_number: int, fields: Fields) -> None:
        created_on = read_date(fields["created_on"], DateFormat.SHORT)
        if created_on is None:
            raise _bad(line_number, f"file date {fields['created_on']!r} is not YYMMDD")
        self._created_on = created_on

    def _open_entry(self, line_number: int, fields: Fields) -> None:
        side = fields["code"][1]
        if side not in "12346789":
            raise _bad(line_number, f"transaction code {fields['code']} is neither side's")
        cents, is_debit = int(fields["amount"]), side >= "6"
        self._batch.count += 1
        self._batch.hash += int(fields["bank"])
        self._batch.debit += cents if is_debit else 0
        self._batch.credit += 0 if is_debit else cents
        assert self._created_on is not None
        self._entry = ReturnedEntry(
            line_number, EntryKind.OTHER, "", "", cents, is_debit, self._created_on, fields["name"]
        )

    def _add(self, line_number: int, fields: Fields) -> None:
        entry = self._entry
        assert entry is not None, "the grammar puts an addenda after its entry"
        self._batch.count += 1
        if fields["type"] not in (RETURN_ADDENDA, CHANGE_ADDENDA):
            return
        if entry.reason_code:
            raise _bad(line_number, "an entry is returned once: this is its second reason")
        reason, original = fields["reason"], fields["original"]
        if _REASON.fullmatch(reason) is None or _TRACE.fullmatch(original) is None:
            raise _bad(
                line_number,
                f"reason {reason!r} and original trace {original!r}: R01 and fifteen digits",
            )
        kind = EntryKind.CHANGE
        if fields["type"] == RETURN_ADDENDA:
            # A return that is itself sent back is no second return of the payment.
            kind = EntryKind.RETURN if reason_of(reason).meaning.takes_back else EntryKind.OTHER
        self._entry = replace(
            entry,
            kind=kind,
            reason_code=reason,
            original_trace=original,
            information=fields["information"],
        )

    def _close_batch(self, line_number: int, fields: Fields) -> None:
        if fields["batch"] != self._batch_number:
            raise _bad(line_number, f"batch {fields['batch']} where {self._batch_number} is open")
        self._agree(line_number, f"control of batch {self._batch_number}", self._batch, fields)
        self._file.include(self._batch)
        self._batches += 1

    def _close_file(self, line_number: int, fields: Fields) -> None:
        if int(fields["batches"]) != self._batches:
            raise BadFile(
                FileProblem.CONTROL_COUNT_MISMATCH,
                line_number,
                f"the file control says {int(fields['batches'])} batches,"
                f" {self._batches} were read",
            )
        self._agree(line_number, "file control", self._file, fields)

    def _agree(self, line_number: int, what: str, totals: _Totals, fields: Fields) -> None:
        for name, found in totals.said().items():
            if int(fields[name]) != found:
                raise BadFile(
                    FileProblem.CONTROL_COUNT_MISMATCH
                    if name == "count"
                    else FileProblem.CONTROL_TOTAL_MISMATCH,
                    line_number,
                    f"the {what} says {name} {int(fields[name])}, what was read makes {found}",
                )


def open_returns() -> FileReader[ReturnedEntry]:
    return FileReader(NachaReturns())


def _read_fields(line_number: int, code: str, text: str) -> dict[str, str]:
    shape, padded = SHAPES[code], text.ljust(RECORD_BYTES)
    fields: dict[str, str] = {}
    for name, column in shape.columns.items():
        value = padded[column.start : column.stop]
        if column.digits and not value.isdigit():
            raise _bad(
                line_number,
                f"{shape.title}: {name} in columns {column.start + 1} to {column.stop} is"
                f" {value!r}, not digits",
            )
        fields[name] = value.strip()
    return fields


def _bad(line_number: int, message: str) -> BadFile:
    return BadFile(FileProblem.BAD_RECORD, line_number, message)
