"""Wires and ACH credits out of a bank's BAI2 file, read by the grammar beside it.

A payment that names its bill, by the coupon's number anywhere in its text, pays it; any other is
money the county has and cannot place: it names no bill, and waits in suspense (RECV-047).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from cashiering_service.domain.remittance.bai2_grammar import (
    CONTINUATION,
    MAX_LINE_BYTES,
    MAX_RECORD_CHARS,
    OPENING,
    OWN,
    PAYMENTS,
    SHAPES,
    is_credit,
)
from cashiering_service.domain.remittance.layout_document import AmountFormat, DateFormat
from cashiering_service.domain.remittance.payment import WordedPayment, judge, reject
from cashiering_service.domain.remittance.records import (
    BadFile,
    FileProblem,
    LineProblem,
    Record,
    Trailer,
)
from cashiering_service.domain.remittance.reference import BadReference, ReferenceFormat
from cashiering_service.domain.remittance.tally import Tally
from cashiering_service.domain.remittance.wording import read_date

_AMOUNT = re.compile(r"[+-]?[0-9]{1,30}")
_COUNT = re.compile(r"[0-9]{1,12}")
_NUMBERS = re.compile(r"[0-9]{10,30}")
_NO_REFERENCE = re.compile(r"0*|N/?A|NONE|NONREF|NOT ?PROVIDED", re.IGNORECASE)
_TEXT_KEPT = 500
KEY = ("tender_reference", "amount", "paid_on", "parcel_number", "tax_year")


@dataclass(slots=True)
class _Section:
    """A file, a group or an account as far as it has been read."""

    # How many records stood before its header.
    start: int
    cents: int = 0
    parts: int = 0


@dataclass(slots=True)
class _Open:
    """A record that continuations may still add to."""

    line_number: int
    code: str
    text: str
    # Whether the line before ended with the slash that ends a field, too.
    ended: bool


class Bai2Layout:
    encoding = "ascii"
    max_line_bytes = MAX_LINE_BYTES
    open_ended = False
    record_bytes = 0
    padding = ""

    def __init__(self, references: ReferenceFormat) -> None:
        self._references = references
        self._may_follow: tuple[str, ...] = (OPENING,)
        self._open: _Open | None = None
        self._begun = False
        self._records = 0
        self._file, self._group, self._account = _Section(0), _Section(0), _Section(0)
        self._file_name = ""
        self._as_of = date.min
        self._tally = Tally()

    @property
    def begun(self) -> bool:
        return self._begun

    @property
    def complete(self) -> bool:
        return self._begun and not self._may_follow

    def trailer(self) -> Trailer:
        return Trailer(self._tally.count, self._tally.total_cents)

    def take(self, line_number: int, text: str) -> Iterator[Record]:
        code, body = text[:2], text[3:].rstrip()
        if code == CONTINUATION and self._open is not None:
            self._continue(line_number, self._open, body)
            return
        if self._open is not None:
            yield from self._finish(self._open)
            self._open = None
        if code not in self._may_follow or text[2:3] != ",":
            self._refuse_place(line_number, text)
        self._begun = True
        self._may_follow = SHAPES[code].followed_by
        if code == "02":
            self._group = _Section(self._records)
        elif code == "03":
            self._account = _Section(self._records)
        self._records += 1
        self._open = _Open(line_number, code, body.removesuffix("/"), body.endswith("/"))
        if code == "99":
            if not self._open.ended:
                raise self._bad(line_number, "the file's trailer does not end with a slash")
            yield from self._finish(self._open)

    def _refuse_place(self, line_number: int, text: str) -> NoReturn:
        if not self._begun:
            raise BadFile(
                FileProblem.UNKNOWN_LAYOUT,
                line_number,
                f"a BAI2 file begins with record {OPENING}, not with {text[:3]!r}",
            )
        allowed = " or ".join(f"{code} ({SHAPES[code].title})" for code in self._may_follow)
        raise self._bad(line_number, f"record {text[:3]!r} where {allowed} may stand")

    def _continue(self, line_number: int, record: _Open, body: str) -> None:
        self._records += 1
        joint = "," if record.ended else " "
        record.text += joint + body.removesuffix("/")
        record.ended = body.endswith("/")
        if len(record.text) > MAX_RECORD_CHARS:
            raise self._bad(
                line_number, f"a record of more than {MAX_RECORD_CHARS} characters with its 88s"
            )

    def _finish(self, record: _Open) -> Iterator[Record]:
        shape, fields = SHAPES[record.code], record.text.split(",")
        if len(fields) < shape.fields_min:
            raise self._bad(
                record.line_number,
                f"{shape.title}: {len(fields)} fields where {shape.fields_min} are needed",
            )
        match record.code:
            case "01":
                self._file_name = "-".join(field.strip() for field in fields[2:5])
            case "02":
                self._open_group(record, fields)
            case "03":
                self._open_account(record, fields)
            case "16":
                yield from self._transaction(record, fields)
            case "49":
                self._close(record, fields, self._account, parts=False)
                self._group.cents += self._account.cents
                self._group.parts += 1
            case "98":
                self._close(record, fields, self._group)
                self._file.cents += self._group.cents
                self._file.parts += 1
            case _:
                self._close(record, fields, self._file)

    def _open_group(self, record: _Open, fields: Sequence[str]) -> None:
        as_of = read_date(fields[3].strip(), DateFormat.SHORT)
        if as_of is None:
            raise self._bad(record.line_number, f"group date {fields[3]!r} is not YYMMDD")
        self._check_currency(record, fields, 5)
        self._as_of = as_of

    def _check_currency(self, record: _Open, fields: Sequence[str], place: int) -> None:
        currency = fields[place].strip() if len(fields) > place else ""
        if currency not in ("", "USD"):
            raise self._bad(record.line_number, f"currency {currency!r}: only USD is taken")

    def _open_account(self, record: _Open, fields: Sequence[str]) -> None:
        """Add up the summaries of an account; its trailer counts them in."""
        self._check_currency(record, fields, 1)
        rest = [field.strip() for field in fields[2:]]
        while any(rest):
            amount = rest[1] if len(rest) > 1 else ""
            self._account.cents += self._cents(record, amount)
            rest = self._after_funds(record, rest[3:])

    def _transaction(self, record: _Open, fields: Sequence[str]) -> Iterator[Record]:
        type_code, amount = fields[0].strip(), fields[1].strip()
        cents = self._cents(record, amount)
        self._account.cents += cents
        rest = self._after_funds(record, [field.strip() for field in fields[2:]])
        is_payment = type_code in PAYMENTS
        is_strange = not is_payment and is_credit(type_code) and type_code not in OWN
        if not ((is_payment and amount) or (is_strange and cents)):
            return
        self._tally.add(cents)
        worded = self._word(record, type_code, amount, cents, rest)
        if is_payment:
            yield judge(worded, self._references)
            return
        yield reject(
            worded,
            LineProblem.TYPE_UNKNOWN,
            f"type {type_code}: a credit of {cents} cents that is neither a payment nor the"
            f" county's own deposit ({worded.fields['text'][:200]}): ask the bank, and post it by"
            " hand if it is a payment",
        )

    def _word(
        self, record: _Open, type_code: str, amount: str, cents: int, rest: Sequence[str]
    ) -> WordedPayment:
        bank, customer = (*rest, "", "")[:2]
        text = " ".join(",".join(rest[2:]).split())
        return WordedPayment(
            line_number=record.line_number,
            raw=record.text,
            bill_reference=self._bill_in(f"{customer} {text}"),
            amount_cents=cents,
            amount_text=amount,
            amount_form=AmountFormat.CENTS,
            paid_on=self._as_of,
            received_on=self._as_of,
            dates_text=str(self._as_of),
            check_number="",
            payer_name="",
            may_name_no_bill=True,
            tender_type=PAYMENTS.get(type_code, ""),
            # Two wires alike are two wires: where the bank names none, its place does.
            tender_reference=_named(bank)
            or _named(customer)
            or f"{self._file_name}-{record.line_number}",
            fields={"type_code": type_code, "text": text[:_TEXT_KEPT]},
        )

    def _bill_in(self, text: str) -> str:
        """The one coupon number in a text; none where there is none, or more than one."""
        found = {
            number
            for number in _NUMBERS.findall(text)
            if not isinstance(self._references.read(number), BadReference)
        }
        return found.pop() if len(found) == 1 else ""

    def _after_funds(self, record: _Open, fields: list[str]) -> list[str]:
        """What follows the funds type, which says how many fields belong to it."""
        kind, rest = (fields[0], fields[1:]) if fields else ("", [])
        match kind:
            case "" | "0" | "1" | "2" | "Z":
                return rest
            case "V":
                return rest[2:]
            case "S":
                return rest[3:]
            case "D":
                count = rest[0] if rest else ""
                if _COUNT.fullmatch(count) and int(count) * 2 < len(rest):
                    return rest[1 + 2 * int(count) :]
        raise self._bad(record.line_number, f"funds type {kind[:20]!r} is none, or cut short")

    def _close(
        self, record: _Open, fields: Sequence[str], section: _Section, *, parts: bool = True
    ) -> None:
        what = f"{SHAPES[record.code].title}"
        cents = self._cents(record, fields[0].strip())
        said = [self._count(record, field.strip()) for field in fields[1 : 3 if parts else 2]]
        found = [section.parts] * parts + [self._records - section.start]
        if said != found:
            raise BadFile(
                FileProblem.CONTROL_COUNT_MISMATCH,
                record.line_number,
                f"the {what} says {said} parts and records, {found} were read",
            )
        if cents != section.cents:
            raise BadFile(
                FileProblem.CONTROL_TOTAL_MISMATCH,
                record.line_number,
                f"the {what} says {cents} cents, what was read makes {section.cents}",
            )

    def _cents(self, record: _Open, text: str) -> int:
        if text and _AMOUNT.fullmatch(text) is None:
            raise self._bad(record.line_number, f"amount {text[:40]!r} is not whole cents")
        return int(text or 0)

    def _count(self, record: _Open, text: str) -> int:
        if _COUNT.fullmatch(text) is None:
            raise self._bad(record.line_number, f"count {text[:40]!r} is not a number")
        return int(text)

    @staticmethod
    def _bad(line_number: int, message: str) -> BadFile:
        return BadFile(FileProblem.BAD_RECORD, line_number, message)


def _named(reference: str) -> str:
    """A reference, unless it is what banks write where they have none."""
    return "" if _NO_REFERENCE.fullmatch(reference) else reference
