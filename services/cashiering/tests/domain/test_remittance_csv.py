"""CASH-064, CASH-068: the comma-separated layout, cell by cell."""

import pytest

from cashiering_service.domain.remittance import (
    MAX_AMOUNT_CENTS,
    BadFile,
    BadLine,
    FileProblem,
    LineProblem,
    Record,
    RemittanceLine,
    Trailer,
    open_reader,
)

HEAD = "bill_reference,amount,paid_on,received_on,check_number,payer_name"
A = "1326429002000020211"
DATES = "2022-02-25,2022-02-28"


def _read(lines: list[str]) -> list[Record]:
    reader = open_reader("csv")
    return [*reader.feed("".join(f"{line}\n" for line in lines).encode()), *reader.close()]


def test_columns_may_stand_in_any_order_among_others() -> None:
    """CASH-068: names bind, not places; what is not asked for is kept in the raw text."""
    text = 'ABC,"Payer, J.",001,2022-02-28,2022-02-25,12.34,' + A
    line, trailer = _read(
        [
            "lender,Payer_Name,check_number,received_on,paid_on, amount ,bill_reference",
            text,
            "TRAILER,1,12.34,,,,",
        ]
    )

    assert isinstance(line, RemittanceLine)
    assert (line.payer_name, line.check_number, line.amount_cents) == ("Payer, J.", "1", 1234)
    assert line.raw == text
    assert trailer == Trailer(1, 1234)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"{A},12.3,{DATES},1,P", "amount '12.3' is not dollars and cents such as 1234.56:"),
        (
            f"{A},-5.00,{DATES},1,P",
            "amount -5.00: the sender takes back what it paid as 1; reverse",
        ),
        (f"{A},0.00,{DATES},1,P", "amount 0.00: it is from 1 to"),
        (f"{A},1.00,2022-02-30,2022-02-28,1,P", "paid_on '2022-02-30' is no date as YYYY-MM-DD"),
        (f"{A},1.00,x,,1,P", "paid_on 'x' is no date as YYYY-MM-DD and received_on '' is no date"),
        (f"{A},1.00,2022-03-01,2022-02-28,1,P", "paid_on 2022-03-01 is after received_on"),
    ],
)
def test_cash_064_a_clerk_is_told_field_found_expected_and_what_to_do(row: str, said: str) -> None:
    """Nobody has to know the layout to know what is wrong with a line."""
    bad = next(open_reader("csv").feed(f"{HEAD}\n{row}\n".encode()))

    assert isinstance(bad, BadLine)
    assert bad.message.startswith(said)
    assert "have the sender" in bad.message or "reverse the receipt" in bad.message


@pytest.mark.parametrize(
    ("row", "total", "reason", "amount"),
    [
        (f"{A},1234,{DATES},1,P", "0.00", LineProblem.BAD_AMOUNT, None),
        (f"{A},$12.34,{DATES},1,P", "0.00", LineProblem.BAD_AMOUNT, None),
        (f'{A},"1,234.00",{DATES},1,P', "0.00", LineProblem.BAD_AMOUNT, None),
        (f"{A},12.345,{DATES},1,P", "0.00", LineProblem.BAD_AMOUNT, None),
        (f"{A},1e2,{DATES},1,P", "0.00", LineProblem.BAD_AMOUNT, None),
        (f"{A},,{DATES},1,P", "0.00", LineProblem.BAD_AMOUNT, None),
        (f"{A},0.00,{DATES},1,P", "0.00", LineProblem.AMOUNT_OUT_OF_RANGE, 0),
        (f"{A},-5.00,{DATES},1,P", "-5.00", LineProblem.TAKEN_BACK, -500),
        (f"{A},1.00,2022-02-30,2022-02-28,1,P", "1.00", LineProblem.BAD_DATE, 100),
        (f"{A},1.00,20220225,2022-02-28,1,P", "1.00", LineProblem.BAD_DATE, 100),
        (f"{A},1.00,2022-03-01,2022-02-28,1,P", "1.00", LineProblem.BAD_DATE, 100),
        (f"{A},1.00,0022-02-25,2022-02-28,1,P", "1.00", LineProblem.BAD_DATE, 100),
        (f"{A},1.00,2022-02-25,,1,P", "1.00", LineProblem.BAD_DATE, 100),
        (f",1.00,{DATES},1,P", "1.00", LineProblem.BAD_REFERENCE, 100),
        (f"{A[:-1]}9,1.00,{DATES},1,P", "1.00", LineProblem.BAD_CHECK_DIGIT, 100),
    ],
)
def test_a_bad_line_is_rejected_with_its_reason(
    row: str, total: str, reason: LineProblem, amount: int | None
) -> None:
    """The line is kept as it was, and what can be read still counts in the total."""
    bad, trailer = _read([HEAD, row, f"TRAILER,1,{total}"])

    assert isinstance(bad, BadLine)
    assert (bad.line_number, bad.reason, bad.amount_cents) == (2, reason, amount)
    assert bad.raw == row
    assert isinstance(trailer, Trailer)


def test_the_largest_amount_is_taken_and_one_cent_more_is_not() -> None:
    """2**53 - 1 cents; the file's own total is held to the same bound."""
    most = f"{MAX_AMOUNT_CENTS // 100}.{MAX_AMOUNT_CENTS % 100}"
    over = f"{(MAX_AMOUNT_CENTS + 1) // 100}.{(MAX_AMOUNT_CENTS + 1) % 100}"
    line, _ = _read([HEAD, f"{A},{most},{DATES},1,P", f"TRAILER,1,{most}"])

    assert isinstance(line, RemittanceLine)
    assert line.amount_cents == MAX_AMOUNT_CENTS
    reader = open_reader("csv")
    (bad,) = reader.feed(f"{HEAD}\n{A},{over},{DATES},1,P\n".encode())
    assert isinstance(bad, BadLine)
    assert (bad.reason, bad.amount_cents) == (LineProblem.AMOUNT_OUT_OF_RANGE, None)
    with pytest.raises(BadFile) as refusal:
        list(reader.feed(f"TRAILER,1,{over}\n".encode()))
    assert refusal.value.reason is FileProblem.TOTAL_OUT_OF_RANGE


ROW = f"{A},1.00,{DATES},1,P"


@pytest.mark.parametrize(
    ("lines", "reason", "line_number"),
    [
        ([ROW], FileProblem.UNKNOWN_LAYOUT, 1),
        ([HEAD.replace("amount", "sum")], FileProblem.UNKNOWN_LAYOUT, 1),
        ([HEAD + ",amount"], FileProblem.UNKNOWN_LAYOUT, 1),
        ([HEAD, ROW + ",more"], FileProblem.BAD_RECORD, 2),
        ([HEAD, A], FileProblem.BAD_RECORD, 2),
        ([HEAD, f'{A},1.00,{DATES},1,"P'], FileProblem.BAD_RECORD, 2),
        ([HEAD, f'{A},1.00,{DATES},1,"P"x'], FileProblem.BAD_RECORD, 2),
        ([HEAD, ROW.replace(",1,", ",\x01,")], FileProblem.BAD_RECORD, 2),
        ([HEAD, ROW.replace(",1,", ",\x00,")], FileProblem.BAD_ENCODING, 2),
        ([HEAD, ROW.replace(",1,", f",{'1' * 4096},")], FileProblem.LINE_TOO_LONG, 2),
        ([HEAD, ROW, "TRAILER"], FileProblem.BAD_RECORD, 3),
        ([HEAD, ROW, "TRAILER,one,1.00"], FileProblem.BAD_RECORD, 3),
        ([HEAD, ROW, "TRAILER,1,1"], FileProblem.BAD_RECORD, 3),
        ([HEAD, ROW, "TRAILER,1,1.00,x"], FileProblem.BAD_RECORD, 3),
        ([HEAD, ROW, "TRAILER,2,1.00"], FileProblem.CONTROL_COUNT_MISMATCH, 3),
        ([HEAD, ROW, "TRAILER,1,1.01"], FileProblem.CONTROL_TOTAL_MISMATCH, 3),
        ([HEAD, ROW, "TRAILER,1,1.00", ROW], FileProblem.BAD_RECORD, 4),
        ([HEAD, ROW], FileProblem.FILE_TRUNCATED, 2),
        ([HEAD], FileProblem.FILE_TRUNCATED, 1),
    ],
)
def test_a_bad_file_is_refused_where_it_shows(
    lines: list[str], reason: FileProblem, line_number: int
) -> None:
    """Reason and physical line."""
    with pytest.raises(BadFile) as refusal:
        _read(lines)
    assert (refusal.value.reason, refusal.value.line_number) == (reason, line_number)


def test_an_unreadable_amount_is_named_when_the_total_cannot_agree() -> None:
    """The sender's total holds an amount we could not read: the message says so."""
    with pytest.raises(BadFile, match="1 with an unreadable amount"):
        _read([HEAD, f"{A},12,{DATES},1,P", "TRAILER,1,12.00"])


def test_a_trailer_cut_short_is_a_truncated_file() -> None:
    """The last line has no end, so it is the transfer that failed, not the sender."""
    reader = open_reader("csv")
    list(reader.feed(f"{HEAD}\n{ROW}\nTRAILER,1,1.0".encode()))
    with pytest.raises(BadFile) as refusal:
        list(reader.close())
    assert refusal.value.reason is FileProblem.FILE_TRUNCATED
