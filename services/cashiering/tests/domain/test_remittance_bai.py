"""CASH-064: the lockbox layout, record by record."""

from datetime import date

import pytest

from cashiering_service.domain.remittance import (
    BadFile,
    BadLine,
    FileProblem,
    LineProblem,
    Record,
    RemittanceLine,
    Trailer,
    open_reader,
)

A = "1326429002000020211"
B = "1803200051000020211"
HEAD = ["100 031300012 0710000132202280600", "2", "50000007700001220228"]


def _check(
    item: int, amount: str, *, batch: str = "001", number: str = "0000001001", paid: str = "220225"
) -> str:
    return f"6{batch}{item:03d}{amount:>10}{'':19}{number:>10}{paid:>6}J. PAYER"


def _coupon(item: int, reference: str, *, part: str = "", sequence: int = 1) -> str:
    return f"4001{item:03d}6{sequence:02d}9{reference:<20}{part}"


def _tail(count: int, cents: int, records: int) -> list[str]:
    return [
        f"70010007700001220228{count:03d}{cents:010d}",
        f"80000007700001220228{count:04d}{cents:010d}",
        f"9{records:06d}",
    ]


def _file(items: list[str], count: int, cents: int) -> list[str]:
    return [*HEAD, *items, *_tail(count, cents, len(HEAD) + len(items) + 3)]


def _read(lines: list[str]) -> list[Record]:
    reader = open_reader("bai-lockbox")
    content = "".join(line + "\n" for line in lines).encode("ascii")
    return [*reader.feed(content), *reader.close()]


def _refusal(lines: list[str]) -> BadFile:
    with pytest.raises(BadFile) as refusal:
        _read(lines)
    return refusal.value


def test_a_coupon_without_a_part_takes_the_whole_check() -> None:
    """The usual case: one coupon, one check."""
    line, trailer = _read(_file([_check(1, "0000012345"), _coupon(1, A)], 1, 12_345))

    assert isinstance(line, RemittanceLine)
    assert (line.line_number, line.amount_cents, line.check_number) == (5, 12_345, "1001")
    assert trailer == Trailer(1, 12_345)


def test_a_check_for_several_bills_becomes_a_line_each() -> None:
    """The parts add up to the check; the batch counts one check."""
    items = [
        _check(1, "0000012345"),
        _coupon(1, A, part="0000012000"),
        _coupon(1, B, part="0000000345", sequence=2),
    ]
    first, second, trailer = _read(_file(items, 1, 12_345))

    assert isinstance(first, RemittanceLine)
    assert isinstance(second, RemittanceLine)
    assert [(x.line_number, x.amount_cents) for x in (first, second)] == [(5, 12_000), (6, 345)]
    assert trailer == Trailer(2, 12_345)


@pytest.mark.parametrize(
    "coupons",
    [
        [_coupon(1, A, part="0000012000"), _coupon(1, B, part="0000000344", sequence=2)],
        [_coupon(1, A), _coupon(1, B, part="0000000345", sequence=2)],
        [_coupon(1, A, part="0000012344")],
        [_coupon(1, A, part="12,345")],
    ],
)
def test_parts_that_do_not_add_up_reject_the_check(coupons: list[str]) -> None:
    """One rejected line for the check, with its whole amount and all its text."""
    bad, trailer = _read(_file([_check(1, "0000012345"), *coupons], 1, 12_345))

    assert isinstance(bad, BadLine)
    assert bad.reason is LineProblem.BAD_AMOUNT
    assert (bad.line_number, bad.amount_cents) == (4, 12_345)
    assert len(bad.raw.split("\n")) == 1 + len(coupons)
    assert trailer == Trailer(1, 12_345)


def test_cash_064_two_coupons_of_one_bill_are_one_payment_of_both() -> None:
    """Both installments alike, on one check: as two lines the second would be a duplicate."""
    items = [
        _check(1, "0000000500"),
        _coupon(1, A, part="0000000200"),
        _coupon(1, B, part="0000000100", sequence=2),
        _coupon(1, A, part="0000000200", sequence=3),
    ]
    both, other, trailer = _read(_file(items, 1, 500))

    assert (both.bill_reference, both.amount_cents, both.line_number) == (A, 400, 5)
    assert (other.bill_reference, other.amount_cents) == (B, 100)
    assert trailer == Trailer(2, 500)


def test_cash_064_what_comes_through_a_lockbox_is_a_check_with_or_without_a_number() -> None:
    """A money order has none that a bank keys; it is no ACH credit for that."""
    line, _ = _read(_file([_check(1, "0000000100", number=""), _coupon(1, A)], 1, 100))

    assert (line.check_number, line.tender_type) == ("", "check")


@pytest.mark.parametrize("lines", [[HEAD[0], "9000002"], [*HEAD[:2], "9000003"], _file([], 0, 0)])
def test_cash_064_a_day_without_a_deposit_is_a_file_without_lines(lines: list[str]) -> None:
    """With or without its empty boxes and batches."""
    assert _read(lines) == [Trailer(0, 0)]


def test_cash_064_a_part_of_a_batch_is_no_batch() -> None:
    """What is missing at the end of a batch shows in its total, not in silence."""
    two = [_check(1, "0000000100"), _coupon(1, A), _check(2, "0000000200"), _coupon(2, B)]
    refusal = _refusal([*HEAD, *two[:2], *_tail(2, 300, 8)])

    assert refusal.reason is FileProblem.CONTROL_COUNT_MISMATCH
    assert "says 2 payments, 1 were read" in refusal.message


def test_one_bad_coupon_of_two_does_not_cost_the_other() -> None:
    """The part of the misread coupon is rejected, the rest is paid."""
    items = [
        _check(1, "0000000300"),
        _coupon(1, A[:-1] + "9", part="0000000100"),
        _coupon(1, B, part="0000000200", sequence=2),
    ]
    bad, good, _ = _read(_file(items, 1, 300))

    assert isinstance(bad, BadLine)
    assert (bad.reason, bad.amount_cents) == (LineProblem.BAD_CHECK_DIGIT, 100)
    assert isinstance(good, RemittanceLine)


@pytest.mark.parametrize(
    ("items", "cents", "reason", "amount"),
    [
        ([_check(1, "0000000100")], 100, LineProblem.BAD_REFERENCE, 100),
        ([_check(1, "0000000100"), _coupon(1, "13264")], 100, LineProblem.BAD_REFERENCE, 100),
        ([_check(1, "ABC"), _coupon(1, A)], 0, LineProblem.BAD_AMOUNT, None),
        ([_check(1, "0000000000"), _coupon(1, A)], 0, LineProblem.AMOUNT_OUT_OF_RANGE, 0),
        ([_check(1, "0000000100", paid="220230"), _coupon(1, A)], 100, LineProblem.BAD_DATE, 100),
        ([_check(1, "0000000100", paid="22-225"), _coupon(1, A)], 100, LineProblem.BAD_DATE, 100),
        ([_check(1, "0000000100", paid="220301"), _coupon(1, A)], 100, LineProblem.BAD_DATE, 100),
    ],
)
def test_a_bad_line_is_rejected_with_its_reason(
    items: list[str], cents: int, reason: LineProblem, amount: int | None
) -> None:
    """The rest of the file stands."""
    bad, trailer = _read(_file(items, 1, cents))

    assert isinstance(bad, BadLine)
    assert (bad.reason, bad.amount_cents) == (reason, amount)
    assert trailer == Trailer(1, cents)


def test_a_check_without_postmark_counts_from_its_deposit() -> None:
    """A blank date field is not an error: most banks do not key it."""
    line, _ = _read(_file([_check(1, "0000000100", paid=""), _coupon(1, A)], 1, 100))

    assert isinstance(line, RemittanceLine)
    assert line.paid_on == line.received_on == date(2022, 2, 28)


def test_batches_and_lockboxes_add_up_separately() -> None:
    """A header may be repeated for each batch, and a file may have several lockboxes."""
    batch = [_check(1, "0000000100"), _coupon(1, A)]
    batch_total = "700100077000012202280010000000100"
    lines = [
        *HEAD,
        *batch,
        batch_total,
        *batch,
        batch_total,
        HEAD[2],
        *batch,
        batch_total,
        "8000000770000122022800030000000300",
        "50000007700002220228",
        "8000000770000222022800000000000000",
        "9000017",
    ]

    assert _read(lines)[-1] == Trailer(3, 300)


ONE = [_check(1, "0000000100"), _coupon(1, A)]
GOOD = _file(ONE, 1, 100)


def _with(place: int, line: str) -> list[str]:
    return [*GOOD[:place], line, *GOOD[place + 1 :]]


@pytest.mark.parametrize(
    ("lines", "reason", "line_number"),
    [
        (_with(0, GOOD[3]), FileProblem.UNKNOWN_LAYOUT, 1),
        (_with(1, GOOD[3]), FileProblem.BAD_RECORD, 2),
        (_with(2, "5000000770000122022X"), FileProblem.BAD_RECORD, 3),
        (_with(2, "50000007700001220231"), FileProblem.BAD_RECORD, 3),
        (_with(3, "6A01001"), FileProblem.BAD_RECORD, 4),
        (_with(4, _coupon(2, A)), FileProblem.BAD_RECORD, 5),
        (_with(4, _coupon(1, A, sequence=2)), FileProblem.BAD_RECORD, 5),
        (_with(5, GOOD[5].replace("7001", "7002", 1)), FileProblem.BAD_RECORD, 6),
        (_with(5, GOOD[5].replace("7700001", "7700009")), FileProblem.BAD_RECORD, 6),
        (_with(5, "700100077000012202280020000000100"), FileProblem.CONTROL_COUNT_MISMATCH, 6),
        (_with(5, "700100077000012202280010000000101"), FileProblem.CONTROL_TOTAL_MISMATCH, 6),
        (_with(6, "8000000770000122022800020000000100"), FileProblem.CONTROL_COUNT_MISMATCH, 7),
        (_with(6, "8000000770000122022800010000000101"), FileProblem.CONTROL_TOTAL_MISMATCH, 7),
        (_with(6, "50000007700002220228"), FileProblem.BAD_RECORD, 7),
        (_with(7, "9000007"), FileProblem.CONTROL_COUNT_MISMATCH, 8),
        (_with(7, "X"), FileProblem.BAD_RECORD, 8),
        ([*GOOD, "9000008"], FileProblem.BAD_RECORD, 9),
        (GOOD[:-1], FileProblem.FILE_TRUNCATED, 7),
        (_with(3, GOOD[3] + "\x07"), FileProblem.BAD_RECORD, 4),
        (_with(3, GOOD[3] + "\x00"), FileProblem.BAD_ENCODING, 4),
        (_with(3, GOOD[3].ljust(161, "X")), FileProblem.LINE_TOO_LONG, 4),
        (
            [*GOOD[:5], _check(2, "0000000100", batch="002"), *GOOD[5:]],
            FileProblem.BAD_RECORD,
            6,
        ),
    ],
)
def test_a_file_out_of_order_or_sum_is_refused_where_it_shows(
    lines: list[str], reason: FileProblem, line_number: int
) -> None:
    """Reason and physical line."""
    refusal = _refusal(lines)

    assert (refusal.reason, refusal.line_number) == (reason, line_number)
