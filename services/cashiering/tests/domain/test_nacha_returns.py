"""CASH-064: a NACHA return file, record by record."""

import importlib.util
from datetime import date
from itertools import pairwise
from pathlib import Path

import achkit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.remittance import BadFile, FileProblem, Trailer
from cashiering_service.domain.remittance.nacha_returns import ReturnedEntry, open_returns

ROOT = Path(__file__).parents[4]
CONTENT = (ROOT / "examples" / "remittances" / "returns-2022-12-30.ach").read_text("ascii")
_spec = importlib.util.spec_from_file_location(
    "return_file", Path(__file__).parents[1] / "return_file.py"
)
writer = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(writer)


def _read(text: str | bytes) -> list[object]:
    reader = open_returns()
    content = text if isinstance(text, bytes) else text.encode()
    return [*reader.feed(content), *reader.close()]


def test_cash_064_returns_and_changes_are_told_apart() -> None:
    """Reason, the trace of the payment that came back, its amount and the bank's day."""
    first, second, third, trailer = _read(CONTENT)

    assert first == ReturnedEntry(
        line_number=3,
        kind="return",
        reason_code="R01",
        original_trace="021000020000017",
        amount_cents=10_000,
        is_debit=True,
        returned_on=date(2022, 12, 30),
        payer_name="KOWALCZYK-REYES",
    )
    assert (second.kind, second.reason_code) == ("return", "R03")
    assert (third.kind, third.reason_code, third.amount_cents) == ("change", "C01", 0)
    assert trailer == Trailer(3, 15_000)


@pytest.mark.parametrize(
    ("old", "new", "reason", "line"),
    [
        ("101 071", "201 071", FileProblem.UNKNOWN_LAYOUT, 1),
        ("221230", "221330", FileProblem.BAD_RECORD, 1),
        ("5225", "6225", FileProblem.BAD_RECORD, 2),
        ("626071", "620071", FileProblem.BAD_RECORD, 3),
        ("0000010000", "00000X0000", FileProblem.BAD_RECORD, 3),
        ("0000010000", "0000010001", FileProblem.CONTROL_TOTAL_MISMATCH, 9),
        ("799R01", "799Q01", FileProblem.BAD_RECORD, 4),
        ("R01021000020000017", "R0102100002000001 ", FileProblem.BAD_RECORD, 4),
        ("8225000006", "8225000005", FileProblem.CONTROL_COUNT_MISMATCH, 9),
        ("82250000060021300003", "82250000060021300004", FileProblem.CONTROL_TOTAL_MISMATCH, 9),
        ("1234567890".ljust(43) + "0000001\n9", "x".ljust(43) + "0000002\n9",
         FileProblem.BAD_RECORD, 9),
        ("9000001", "9000002", FileProblem.CONTROL_COUNT_MISMATCH, 10),
        ("00000006002130000300", "00000007002130000300",
         FileProblem.CONTROL_COUNT_MISMATCH, 10),
    ],
)  # fmt: skip
def test_cash_064_a_spoiled_file_is_refused_where_it_shows(old, new, reason, line) -> None:
    """Order, counts, hash and totals; a letter in an amount is no digit."""
    assert old in CONTENT
    with pytest.raises(BadFile) as refusal:
        _read(CONTENT.replace(old, new, 1))
    assert (reason, line) == (refusal.value.reason, refusal.value.line_number)


def test_cash_064_a_second_reason_for_one_entry_is_refused() -> None:
    addenda = CONTENT.split("\n")[3]
    with pytest.raises(BadFile, match="second reason"):
        _read(CONTENT.replace(addenda, f"{addenda}\n{addenda}", 1))


def test_cash_064_a_file_may_be_padded_with_nines_and_nothing_else() -> None:
    assert _read(CONTENT + "9" * 94 + "\n")[-1] == Trailer(3, 15_000)
    with pytest.raises(BadFile, match="more after the trailer"):
        _read(CONTENT + "9" * 93 + "\n")


def test_cash_064_a_file_cut_anywhere_is_never_taken_for_whole() -> None:
    """Every proper prefix but the one that lacks only blanks at its end."""
    whole = CONTENT.rstrip(" \n")
    for length in range(len(whole)):
        with pytest.raises(BadFile):
            _read(whole[:length])


@given(st.binary(max_size=1500))
def test_arbitrary_bytes_never_raise_anything_but_bad_file(content: bytes) -> None:
    with pytest.raises(BadFile):
        _read(content)


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(CONTENT)),
            st.integers(0, 100),
            st.binary(max_size=8) | st.text("0179RC \n", max_size=95).map(str.encode),
        ),
        min_size=1,
        max_size=3,
    ),
    st.lists(st.integers(0, len(CONTENT)), max_size=6),
)
def test_a_damaged_file_reads_the_same_however_it_is_cut(damage, places) -> None:
    """Chunk boundaries change neither the entries nor the refusal."""
    content = bytearray(CONTENT.encode())
    for place, length, noise in damage:
        content[place : place + length] = noise

    def outcome(chunks: list[bytes]) -> list[object]:
        reader, said = open_returns(), []
        try:
            for chunk in chunks:
                said.extend(reader.feed(chunk))
            said.extend(reader.close())
        except BadFile as bad:
            said.append((bad.reason, bad.line_number, bad.message))
        return said

    ends = sorted({0, len(content), *(min(place, len(content)) for place in places)})
    pieces = [bytes(content[start:stop]) for start, stop in pairwise(ends)]
    assert outcome([bytes(content)]) == outcome(pieces)


entries = st.lists(
    st.builds(
        writer.Back,
        trace=st.integers(0, 10**15 - 1).map("{:015d}".format),
        cents=st.integers(0, 10**10 - 1),
        reason=st.sampled_from(["R01", "R02", "R10", "C01"]),
        code=st.sampled_from(["26", "36", "21", "31"]),
        bank=st.integers(0, 10**8 - 1).map("{:08d}".format),
    ),
    max_size=8,
)


@given(entries)
def test_cash_064_an_independent_parser_reads_the_same_entries(entries) -> None:
    """The achkit package and this reader agree on every well-formed file."""
    text = writer.return_file(entries)
    *ours, trailer = _read(text)
    (batch,) = achkit.parse(text)["batches"]

    assert [(one.amount_cents, one.payer_name) for one in ours] == [
        (one["amount_cents"], one["name"]) for one in batch["entries"]
    ]
    assert [f"{one.reason_code}{one.original_trace}" for one in ours] == [
        one["addenda"][0]["info"][:18] for one in batch["entries"]
    ]
    assert trailer.total_cents == sum(one["amount_cents"] for one in batch["entries"])
