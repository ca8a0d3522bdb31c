"""CASH-064, CASH-068: remittance files become payments, line by line, or are refused whole."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from cashiering_service.domain.remittance import (
    BadFile,
    BadLine,
    FileProblem,
    LineProblem,
    Record,
    RemittanceLine,
    Trailer,
    line_key,
    open_reader,
)

EXAMPLES = Path(__file__).parents[4] / "examples" / "remittances"


def _read(layout: str, chunks: Iterable[bytes]) -> list[Record]:
    reader = open_reader(layout)
    records = [record for chunk in chunks for record in reader.feed(chunk)]
    return [*records, *reader.close()]


def _outcomes(records: Iterable[Record]) -> list[tuple[int, str, int | None]]:
    return [
        (r.line_number, r.reason if isinstance(r, BadLine) else "ok", r.amount_cents)
        for r in records
        if not isinstance(r, Trailer)
    ]


LOCKBOX = (EXAMPLES / "lockbox-2022-02-28.txt").read_bytes()
LENDER = (EXAMPLES / "lender-2022-12-28.csv").read_bytes()


def test_cash_064_the_lockbox_example_reads_line_by_line() -> None:
    """The wrong check digit costs its own line only; one check may pay two bills."""
    records = _read("bai-lockbox", [LOCKBOX])

    assert _outcomes(records) == [
        (5, "ok", 496_428),
        (7, "ok", 119_761),
        (9, "ok", 100_000),
        (11, "ok", 496_428),
        (13, "ok", 25_000),
        (15, LineProblem.BAD_CHECK_DIGIT, 83_753_817),
        (17, "ok", 5_964_813),
        (18, "ok", 48_471),
    ]
    assert records[-1] == Trailer(8, 91_004_718)


def test_cash_064_the_csv_example_reads_line_by_line() -> None:
    """Names beyond ASCII come through; line numbers are those of the file."""
    records = _read("csv", [LENDER])

    assert _outcomes(records) == [
        (2, "ok", 763_794),
        (3, "ok", 111_975),
        (4, "ok", 50_000),
        (5, "ok", 111_975),
        (6, "ok", 31_250),
        (7, LineProblem.BAD_CHECK_DIGIT, 175_691),
    ]
    assert records[-1] == Trailer(6, 1_244_685)
    assert isinstance(records[4], RemittanceLine)
    assert records[4].payer_name == "Renée Halloran"


def test_a_lockbox_item_says_who_paid_what_when() -> None:
    """Every field of the first check, and the text it came from."""
    first = _read("bai-lockbox", [LOCKBOX])[0]

    lines = LOCKBOX.decode("ascii").split("\n")
    assert first == RemittanceLine(
        line_number=5,
        bill_reference="1326429002000020211",
        parcel_number="13264290020000",
        tax_year=2021,
        amount_cents=496_428,
        paid_on=date(2022, 2, 25),
        received_on=date(2022, 2, 28),
        check_number="1001",
        payer_name="TAMSIN KOWALCZYK-REYES",
        raw=f"{lines[3]}\n{lines[4]}",
        tender_type="check",
    )


@pytest.mark.parametrize(("layout", "content"), [("bai-lockbox", LOCKBOX), ("csv", LENDER)])
def test_a_line_key_knows_the_same_payment_again(layout: str, content: bytes) -> None:
    """The example's duplicate has its twin's key, all others differ."""
    keys = [line_key(r) for r in _read(layout, [content]) if isinstance(r, RemittanceLine)]

    assert len(set(keys)) == len(keys) - 1
    assert keys.count(keys[0 if layout == "bai-lockbox" else 1]) == 2


def test_the_same_check_has_one_key_in_both_layouts() -> None:
    """Leading zeros of a fixed-width field are not part of a check number."""
    csv_file = (
        "bill_reference,amount,paid_on,received_on,check_number,payer_name\n"
        "1326429002000020211,4964.28,2022-02-25,2022-03-01,1001,T. Kowalczyk-Reyes\n"
        "TRAILER,1,4964.28\n"
    )
    from_csv = _read("csv", [csv_file.encode()])[0]
    from_lockbox = _read("bai-lockbox", [LOCKBOX])[0]

    assert isinstance(from_csv, RemittanceLine)
    assert isinstance(from_lockbox, RemittanceLine)
    assert line_key(from_lockbox) == line_key(from_csv)


BAD_FILES = [
    ("wrong-control-total.csv", FileProblem.CONTROL_TOTAL_MISMATCH, 8),
    ("wrong-control-total.txt", FileProblem.CONTROL_TOTAL_MISMATCH, 19),
    ("wrong-control-count.csv", FileProblem.CONTROL_COUNT_MISMATCH, 8),
    ("wrong-control-count.txt", FileProblem.CONTROL_COUNT_MISMATCH, 21),
    ("truncated.csv", FileProblem.FILE_TRUNCATED, 7),
    ("truncated.txt", FileProblem.FILE_TRUNCATED, 10),
    ("wrong-encoding.csv", FileProblem.BAD_ENCODING, 6),
    ("wrong-encoding.txt", FileProblem.BAD_ENCODING, 6),
    ("wrong-layout.txt", FileProblem.UNKNOWN_LAYOUT, 1),
]


@pytest.mark.parametrize(("name", "reason", "line_number"), BAD_FILES)
def test_cash_064_a_bad_file_is_refused_with_reason_and_line(
    name: str, reason: FileProblem, line_number: int
) -> None:
    """The whole file, and the place where it shows."""
    layout = "csv" if name.endswith(".csv") else "bai-lockbox"

    with pytest.raises(BadFile) as refusal:
        _read(layout, [(EXAMPLES / "bad" / name).read_bytes()])

    assert refusal.value.reason is reason
    assert refusal.value.line_number == line_number


def test_every_bad_example_is_tested() -> None:
    """A file in examples/remittances/bad without a test would prove nothing."""
    assert {path.name for path in (EXAMPLES / "bad").iterdir()} == {name for name, *_ in BAD_FILES}


def test_an_unknown_layout_is_refused_before_any_byte() -> None:
    """UNKNOWN_LAYOUT names the layouts there are."""
    with pytest.raises(BadFile, match="bai-lockbox, bai2, csv") as refusal:
        open_reader("nacha")
    assert refusal.value.reason is FileProblem.UNKNOWN_LAYOUT


@pytest.mark.parametrize("layout", ["csv", "bai-lockbox"])
@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n \r\n"])
def test_a_file_without_text_is_empty(layout: str, content: bytes) -> None:
    """FILE_EMPTY, not truncated."""
    with pytest.raises(BadFile) as refusal:
        _read(layout, [content])
    assert refusal.value.reason is FileProblem.FILE_EMPTY


@pytest.mark.parametrize(("layout", "limit"), [("csv", 4096), ("bai-lockbox", 160)])
def test_a_line_without_end_is_refused_before_it_fills_memory(layout: str, limit: int) -> None:
    """The reader never holds more than a line and a chunk."""
    reader = open_reader(layout)
    for _ in range(limit // 2):
        assert list(reader.feed(b"11")) == []
    with pytest.raises(BadFile) as refusal:
        list(reader.feed(b"11"))
    assert refusal.value.reason is FileProblem.LINE_TOO_LONG


def test_a_bad_file_stays_bad() -> None:
    """Whoever goes on feeding or closes gets the same answer."""
    reader = open_reader("csv")
    with pytest.raises(BadFile) as first:
        list(reader.feed(b"nonsense\n"))
    for again in (lambda: list(reader.feed(LENDER)), lambda: list(reader.close())):
        with pytest.raises(BadFile) as refusal:
            again()
        assert refusal.value is first.value


@pytest.mark.parametrize(("layout", "content"), [("bai-lockbox", LOCKBOX), ("csv", LENDER)])
def test_line_ends_of_another_system_do_not_matter(layout: str, content: bytes) -> None:
    """CRLF reads as LF, the last line may lack its end, a byte order mark is no text."""
    expected = _read(layout, [content])

    assert _read(layout, [content.replace(b"\n", b"\r\n")]) == expected
    assert _read(layout, [content.rstrip(b"\n")]) == expected
    assert _read(layout, [b"\xef\xbb\xbf" + content]) == expected


@pytest.mark.parametrize(("layout", "content"), [("bai-lockbox", LOCKBOX), ("csv", LENDER)])
def test_what_stands_after_the_trailer_is_refused(layout: str, content: bytes) -> None:
    """Two files glued together are not one file; no Trailer is announced before the end."""
    reader = open_reader(layout)
    assert not any(isinstance(record, Trailer) for record in reader.feed(content))
    with pytest.raises(BadFile) as refusal:
        list(reader.feed(content))
    assert refusal.value.reason is FileProblem.BAD_RECORD


@pytest.mark.parametrize("layout", ["bai-lockbox", "csv", "bai2"])
@pytest.mark.parametrize(
    ("encoding", "found"), [("cp037", "EBCDIC"), ("utf-16", "UTF-16"), ("utf-16-be", "UTF-16")]
)
def test_cash_064_a_file_in_a_strange_encoding_is_refused_by_its_name(
    layout: str, encoding: str, found: str
) -> None:
    """What a mainframe or a spreadsheet writes, and what to ask its sender for."""
    text = "bill_reference,amount,paid_on,received_on" if layout == "csv" else LOCKBOX.decode()
    content = ("\ufeff" if encoding == "utf-16-be" else "").encode("utf-16-be")
    with pytest.raises(BadFile, match="have the sender write it in") as refusal:
        _read(layout, [content + text.encode(encoding)])

    assert refusal.value.reason is FileProblem.BAD_ENCODING
    assert found in refusal.value.message


@pytest.mark.parametrize(("layout", "content"), [("bai-lockbox", LOCKBOX), ("csv", LENDER)])
def test_cash_064_a_byte_order_mark_and_a_missing_last_end_of_line_do_not_matter(
    layout: str, content: bytes
) -> None:
    """Both are what spreadsheets and editors leave behind."""
    spoiled = b"\xef\xbb\xbf" + content.rstrip(b"\n")

    assert _read(layout, [spoiled]) == _read(layout, [content])


def test_cash_064_a_first_line_of_another_script_is_no_mainframes() -> None:
    """Columns may have any names, as long as they are UTF-8."""
    text = "納税者番号," + "bill_reference,amount,paid_on,received_on,check_number,payer_name"

    assert _read("csv", [f"{text}\nTRAILER,0,0.00\n".encode()]) == [Trailer(0, 0)]


def test_cash_064_lines_that_end_with_a_carriage_return_alone_are_refused_with_advice() -> None:
    """An end of line no bank writes; a short file of them would be one line."""
    with pytest.raises(BadFile, match="not with CR") as refusal:
        _read("csv", [LENDER.replace(b"\n", b"\r")])

    assert refusal.value.reason is FileProblem.BAD_RECORD
