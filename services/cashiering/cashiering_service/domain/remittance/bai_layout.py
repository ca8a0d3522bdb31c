"""Remittances as a bank's BAI lockbox file, read by the grammar beside it.

An item is a check (detail record) with the coupons that came with it (overflow records). One
coupon takes the whole check; several say each what part is theirs, and the parts add up to the
check. Batch, lockbox and record counts are compared as they come.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from cashiering_service.domain.remittance.bai_grammar import (
    MAX_RECORD_BYTES,
    OPENING,
    RECORD_BYTES,
    SHAPES,
    Kind,
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
from cashiering_service.domain.remittance.reference import ReferenceFormat
from cashiering_service.domain.remittance.tally import Tally
from cashiering_service.domain.remittance.wording import (
    read_check_number,
    read_date,
)

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Coupon:
    line_number: int
    text: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Item:
    """A check and its coupons; two digits number them, so there are at most 99."""

    line_number: int
    text: str
    fields: Fields
    received_on: date
    coupons: list[Coupon] = field(default_factory=list)


class BaiLockboxLayout:
    encoding = "ascii"
    max_line_bytes = MAX_RECORD_BYTES
    open_ended = False
    record_bytes = 0
    padding = ""

    def __init__(self, references: ReferenceFormat) -> None:
        self._references = references
        self._may_follow = OPENING
        self._record_count = 0
        self._lockbox: str | None = None
        self._deposited_on = date.min
        self._item: Item | None = None
        self._lines = 0
        self._batch_number: str | None = None
        self._batch = Tally()
        self._box = Tally()
        self._file = Tally()

    @property
    def begun(self) -> bool:
        return self._record_count > 0

    @property
    def complete(self) -> bool:
        return self.begun and not self._may_follow

    def take(self, line_number: int, text: str) -> Iterator[Record]:
        code = text[0]
        if code not in self._may_follow:
            raise self._out_of_place(line_number, code)
        fields = _read_fields(line_number, code, text)
        self._may_follow = SHAPES[code].followed_by
        self._record_count += 1
        if code == "4":
            self._add_coupon(Coupon(line_number, text, fields))
            return
        if self._item is not None:
            yield from self._finish_item(self._item)
        match code:
            case "5":
                self._open_lockbox(line_number, fields)
            case "6":
                self._open_item(line_number, text, fields)
            case "7":
                self._close_batch(line_number, fields)
            case "8":
                self._close_lockbox(line_number, fields)
            case "9":
                self._close_file(line_number, fields)

    def trailer(self) -> Trailer:
        return Trailer(self._lines, self._file.total_cents)

    def _out_of_place(self, line_number: int, code: str) -> BadFile:
        if not self.begun:
            return BadFile(
                FileProblem.UNKNOWN_LAYOUT,
                line_number,
                f"a lockbox file begins with record {OPENING}, not with {code!r}",
            )
        allowed = " or ".join(f"{c} ({SHAPES[c].title})" for c in self._may_follow)
        return BadFile(
            FileProblem.BAD_RECORD, line_number, f"record {code!r} where {allowed} may stand"
        )

    def _open_lockbox(self, line_number: int, fields: Fields) -> None:
        # Some banks repeat the header for each batch of the same lockbox.
        if self._lockbox not in (None, fields["lockbox"]):
            raise self._disagrees(line_number, "lockbox", self._lockbox, fields["lockbox"])
        deposited_on = read_date(fields["deposit_date"], DateFormat.SHORT)
        if deposited_on is None:
            raise BadFile(
                FileProblem.BAD_RECORD,
                line_number,
                f"deposit date {fields['deposit_date']!r} is not YYMMDD",
            )
        self._lockbox, self._deposited_on = fields["lockbox"], deposited_on

    def _open_item(self, line_number: int, text: str, fields: Fields) -> None:
        if self._batch_number not in (None, fields["batch"]):
            raise self._disagrees(line_number, "batch", self._batch_number, fields["batch"])
        self._batch_number = fields["batch"]
        self._item = Item(line_number, text, fields, self._deposited_on)

    def _add_coupon(self, coupon: Coupon) -> None:
        item = self._item
        assert item is not None, "the grammar puts an overflow after its detail"
        for name in ("batch", "item"):
            if coupon.fields[name] != item.fields[name]:
                raise self._disagrees(
                    coupon.line_number, name, item.fields[name], coupon.fields[name]
                )
        expected = f"{len(item.coupons) + 1:02d}"
        if coupon.fields["sequence"] != expected:
            raise self._disagrees(
                coupon.line_number, "overflow sequence", expected, coupon.fields["sequence"]
            )
        item.coupons.append(coupon)

    def _finish_item(self, item: Item) -> Iterator[Record]:
        self._item = None
        check = _word_check(item)
        self._batch.add(check.amount_cents)
        for record in self._judge_item(item, check):
            self._lines += 1
            yield record

    def _judge_item(self, item: Item, check: WordedPayment) -> Iterator[Record]:
        parts = [_read_cents(coupon.fields["amount"]) for coupon in item.coupons]
        if len(parts) == 1 and not item.coupons[0].fields["amount"]:
            parts = [check.amount_cents]
        if not parts or check.amount_cents is None:
            yield judge(check, self._references)
        elif None in parts or sum(p for p in parts if p is not None) != check.amount_cents:
            yield reject(
                check,
                LineProblem.BAD_AMOUNT,
                f"the coupons' parts do not add up to the check of {check.amount_cents} cents:"
                " compare them with the coupons, and post it by hand",
            )
        else:
            for coupon, part in _by_bill(item.coupons, parts):
                yield judge(_word_coupon(check, coupon, part), self._references)

    def _close_batch(self, line_number: int, fields: Fields) -> None:
        if self._batch_number not in (None, fields["batch"]):
            raise self._disagrees(line_number, "batch", self._batch_number, fields["batch"])
        self._check_lockbox(line_number, fields)
        self._batch.agree(
            f"total of batch {fields['batch']}",
            line_number,
            count=int(fields["count"]),
            total_cents=int(fields["total"]),
        )
        self._box.include(self._batch)
        self._batch, self._batch_number = Tally(), None

    def _close_lockbox(self, line_number: int, fields: Fields) -> None:
        self._check_lockbox(line_number, fields)
        self._box.agree(
            f"total of lockbox {fields['lockbox']}",
            line_number,
            count=int(fields["count"]),
            total_cents=int(fields["total"]),
        )
        self._file.include(self._box)
        self._box, self._lockbox = Tally(), None

    def _close_file(self, line_number: int, fields: Fields) -> None:
        if int(fields["record_count"]) != self._record_count:
            raise BadFile(
                FileProblem.CONTROL_COUNT_MISMATCH,
                line_number,
                f"the trailer says {int(fields['record_count'])} records with itself, "
                f"{self._record_count} were read",
            )

    def _check_lockbox(self, line_number: int, fields: Fields) -> None:
        if fields["lockbox"] != self._lockbox:
            raise self._disagrees(line_number, "lockbox", self._lockbox, fields["lockbox"])

    @staticmethod
    def _disagrees(line_number: int, what: str, expected: str | None, found: str) -> BadFile:
        return BadFile(
            FileProblem.BAD_RECORD, line_number, f"{what} {found!r} where {expected!r} is open"
        )


def _read_fields(line_number: int, code: str, text: str) -> dict[str, str]:
    shape = SHAPES[code]
    padded = text.ljust(RECORD_BYTES)
    fields: dict[str, str] = {}
    for part in shape.fields:
        value = padded[part.start : part.stop]
        if part.kind is Kind.DIGITS and not value.isdigit():
            raise BadFile(
                FileProblem.BAD_RECORD,
                line_number,
                f"{shape.title}: {part.name} in columns {part.start + 1} to {part.stop} "
                f"is {value!r}, not digits",
            )
        fields[part.name] = value.strip()
    return fields


def _read_cents(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _by_bill(
    coupons: Sequence[Coupon], parts: Sequence[int | None]
) -> Iterator[tuple[Coupon, int]]:
    """The coupons of one bill as one: both its installments may come with one check, alike."""
    found: dict[str, tuple[Coupon, int]] = {}
    for one, part in zip(coupons, parts, strict=True):
        first, cents = found.get(one.fields["reference"], (one, 0))
        found[one.fields["reference"]] = (first, cents + (part or 0))
    return iter(found.values())


def _word_check(item: Item) -> WordedPayment:
    """Word a check as a payment of its own, to be rejected when its coupons cannot be used."""
    fields = item.fields
    return WordedPayment(
        line_number=item.line_number,
        raw="\n".join((item.text, *(coupon.text for coupon in item.coupons))),
        bill_reference="",
        amount_cents=_read_cents(fields["amount"]),
        amount_text=fields["amount"],
        # A bank that does not read postmarks leaves the field blank: the deposit counts.
        paid_on=(
            read_date(fields["paid_date"], DateFormat.SHORT)
            if fields["paid_date"]
            else item.received_on
        ),
        received_on=item.received_on,
        amount_form=AmountFormat.CENTS,
        dates_text=f"paid_date {fields['paid_date']!r} in columns 47 to 52 is no date as YYMMDD",
        check_number=read_check_number(fields["check_number"]),
        payer_name=fields["remitter"],
        # A money order has no number that the bank keys.
        tender_type="check",
    )


def _word_coupon(check: WordedPayment, coupon: Coupon, part: int | None) -> WordedPayment:
    return WordedPayment(
        line_number=coupon.line_number,
        raw=check.raw.split("\n", 1)[0] + "\n" + coupon.text,
        bill_reference=coupon.fields["reference"],
        amount_cents=part,
        amount_text=str(part),
        paid_on=check.paid_on,
        received_on=check.received_on,
        amount_form=AmountFormat.CENTS,
        dates_text=check.dates_text,
        check_number=check.check_number,
        payer_name=check.payer_name,
        tender_type=check.tender_type,
    )
