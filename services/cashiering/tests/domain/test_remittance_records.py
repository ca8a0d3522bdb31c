"""CASH-068: files of mainframes, with their own end of a line or with none at all."""

from dataclasses import replace
from pathlib import Path

import pytest

from cashiering_service.domain.remittance import (
    BadFile,
    FileProblem,
    LayoutDocument,
    Record,
    Trailer,
    open_reader,
)
from cashiering_service.domain.remittance.layout_document import (
    AmountFormat,
    Control,
    DateFormat,
    Encoding,
    Form,
    LayoutField,
    Marks,
    Place,
)
from cashiering_service.domain.remittance.nacha_returns import open_returns
from cashiering_service.domain.remittance.reader import FileReader

RETURNS = Path(__file__).parents[4] / "examples" / "remittances" / "returns-2022-12-30.ach"
SIZE = 48
ROLL = LayoutDocument(
    name="mainframe",
    source="csv",
    form=Form.FIXED,
    encoding=Encoding.ASCII,
    fields=(
        LayoutField("parcel_number", Place(start=2, length=14)),
        LayoutField("tax_year", Place(start=16, length=4)),
        LayoutField("amount", Place(start=20, length=10), AmountFormat.CENTS),
        LayoutField("received_on", Place(start=30, length=8), date=DateFormat.COMPACT),
        LayoutField("payer_name", Place(start=38, length=11), required=False),
    ),
    marks=Marks(Place(start=1, length=1), detail="D", trailer="T"),
    control=Control(Place(start=2, length=6), Place(start=8, length=12), AmountFormat.CENTS),
)
RECORDS = [
    "D1326429002000020210000120450" + "20221227" + "REYES, T.",
    "D1803200051000020210000000100" + "20221228" + "OSEI, V.",
    "T000002000000120550",
]


def _read(reader: FileReader, content: bytes, size: int) -> list[Record]:
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return [*(one for piece in pieces for one in reader.feed(piece)), *reader.close()]


def _content(encoding: str, end: bytes) -> bytes:
    return b"".join(one.ljust(SIZE).encode(encoding) + end for one in RECORDS)


EXPECTED = _read(open_reader(ROLL), _content("ascii", b"\n"), 1000)


@pytest.mark.parametrize("size", [1, 7, SIZE, 1000])
@pytest.mark.parametrize("end", [b"\x15", b"\x25", b"\x0d\x25", b""])
def test_cash_068_a_file_in_ebcdic_reads_as_the_same_in_ascii(end: bytes, size: int) -> None:
    """Its lines end with NEL or LF, or all have one length; in whatever pieces it comes."""
    layout = replace(ROLL, encoding=Encoding.EBCDIC, record_bytes=0 if end else SIZE)

    assert EXPECTED[-1] == Trailer(2, 120_550)
    found = _read(open_reader(layout), _content("cp037", end), size)
    assert [replace(one, raw="") for one in found[:-1]] == [
        replace(one, raw="") for one in EXPECTED[:-1]
    ]
    assert found[-1] == EXPECTED[-1]


@pytest.mark.parametrize("size", [1, 50, 1000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_cash_068_records_of_one_length_may_come_with_or_without_ends_of_lines(
    end: bytes, size: int
) -> None:
    """The first record shows which; what an editor leaves at the end does not matter."""
    layout = replace(ROLL, record_bytes=SIZE)

    for left_behind in (b"", b"\n", b"\r\n\x1a") if not end else (b"",):
        content = _content("ascii", end) + left_behind
        assert _read(open_reader(layout), content, size) == EXPECTED


def test_cash_064_a_file_without_ends_of_lines_cut_short_is_truncated() -> None:
    """Between two records and inside of one."""
    content = _content("ascii", b"")
    for kept in (SIZE * 2, SIZE * 2 + 5, SIZE + 20):
        with pytest.raises(BadFile) as refusal:
            _read(open_reader(replace(ROLL, record_bytes=SIZE)), content[:kept], 1000)
        assert refusal.value.reason in (FileProblem.FILE_TRUNCATED, FileProblem.BAD_RECORD)


@pytest.mark.parametrize("size", [1, 94, 10_000])
def test_cash_064_returns_in_one_run_of_records_are_the_same_returns(size: int) -> None:
    """As the network itself hands them on: blocks of ten records, nothing between."""
    lines = RETURNS.read_text("ascii").splitlines()
    unbroken = "".join(line.ljust(94) for line in lines).encode()

    assert _read(open_returns(), unbroken, size) == _read(
        open_returns(), RETURNS.read_bytes(), 10_000
    )


@pytest.mark.parametrize(
    "changes",
    [{"record_bytes": 15}, {"record_bytes": 5000}, {"record_bytes": SIZE, "form": Form.DELIMITED}],
)
def test_cash_068_a_length_of_records_is_of_fixed_width_and_within_a_line(changes) -> None:
    with pytest.raises(ValueError, match="record_bytes"):
        replace(ROLL, **changes)
