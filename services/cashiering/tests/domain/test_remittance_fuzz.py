"""Any bytes at all give records or BadFile; where chunks end changes nothing."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.remittance import (
    GRAMMARS,
    MAX_AMOUNT_CENTS,
    STANDARD,
    BadFile,
    BadLine,
    RemittanceLine,
    Trailer,
    open_reader,
)
from cashiering_service.imports.layouts import read_document

EXAMPLES = Path(__file__).parents[4] / "examples" / "remittances"
GOOD = {
    "bai-lockbox": (EXAMPLES / "lockbox-2022-02-28.txt").read_bytes(),
    "csv": (EXAMPLES / "lender-2022-12-28.csv").read_bytes(),
    "bai2": (EXAMPLES / "wires-2022-12-29.bai2").read_bytes(),
    "daily-remittance": (EXAMPLES / "daily-2022-12-28.txt").read_bytes(),
    "mail": (EXAMPLES / "mail-2022-12-30.csv").read_bytes(),
    "lender-bulk": (EXAMPLES / "lender-bulk-2022-12-28.txt").read_bytes(),
    "web-ivr": (EXAMPLES / "web-2022-12-28.csv").read_bytes(),
    "transfer-fees": (EXAMPLES / "transfer-fees-2022-12-28.csv").read_bytes(),
    "dmv": (EXAMPLES / "dmv-2022-12-28.txt").read_bytes(),
}
DOCUMENTS = {
    path.stem: read_document(path.read_text(encoding="utf-8"))
    for path in (EXAMPLES / "layouts").glob("*.yaml")
}
layouts = st.sampled_from(sorted(GOOD))
noise = (
    st.binary(max_size=12)
    | st.text("0123459,|/-()\n ", max_size=12).map(str.encode)
    | st.sampled_from([b"\x00", b"\xff\xfe", b"\r\n", b'"', b"=1+1", b"@SUM(A1)", b"9" * 40])
)


def _outcome(layout: str, chunks: list[bytes]) -> list[object]:
    """Everything a reader says, its refusal last."""
    reader = open_reader(DOCUMENTS.get(layout, layout))
    said: list[object] = []
    try:
        for chunk in chunks:
            said.extend(reader.feed(chunk))
        said.extend(reader.close())
    except BadFile as bad:
        said.append((bad.reason, bad.line_number, bad.message))
    return said


def _cut(content: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({0, len(content), *(place % (len(content) + 1) for place in places)})
    return [content[start:stop] for start, stop in pairwise(ends)]


@st.composite
def _mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """Give a good file with some bytes replaced, dropped, put in, or whole lines moved about."""
    layout = draw(layouts)
    content = bytearray(GOOD[layout])
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 12))
        content[place : place + length] = draw(noise)
    lines = bytes(content).split(b"\n")
    if draw(st.booleans()):
        lines = draw(st.permutations(lines))
    return layout, b"\n".join(lines)


def _check(said: list[object]) -> None:
    """Records are sound, numbered upward and each once; only a whole file has a trailer."""
    *before, last = said
    if isinstance(last, Trailer):
        assert last.count == len(before)
        amounts = [r.amount_cents for r in before if isinstance(r, RemittanceLine | BadLine)]
        assert last.total_cents == sum(amount or 0 for amount in amounts)
    else:
        assert isinstance(last, tuple)
    numbers = [r.line_number for r in before if isinstance(r, RemittanceLine | BadLine)]
    assert numbers == sorted(set(numbers))
    for record in before:
        assert isinstance(record, RemittanceLine | BadLine)
        if isinstance(record, RemittanceLine):
            assert 1 <= record.amount_cents <= MAX_AMOUNT_CENTS
            assert record.paid_on <= record.received_on
            assert "\x00" not in record.raw + record.payer_name + record.check_number


@given(layouts, st.binary(max_size=2000))
def test_arbitrary_bytes_never_raise_anything_but_bad_file(layout: str, content: bytes) -> None:
    """Noise is refused, in words."""
    _check(_outcome(layout, [content]))


@given(layouts, st.text(max_size=500))
def test_arbitrary_text_after_a_good_start_is_survived(layout: str, noise: str) -> None:
    """The header was fine, what follows is not."""
    head = b"\n".join(GOOD[layout].split(b"\n")[:3])
    _check(_outcome(layout, [head + b"\n" + noise.encode("utf-8", "surrogatepass")]))


@given(_mutated(), st.lists(st.integers(0, 10**6), max_size=12))
def test_a_damaged_file_reads_the_same_however_it_is_cut(
    damaged: tuple[str, bytes], places: list[int]
) -> None:
    """Chunk boundaries change neither the records nor the refusal."""
    layout, content = damaged

    whole = _outcome(layout, [content])

    _check(whole)
    assert _outcome(layout, _cut(content, places)) == whole


@pytest.mark.parametrize("layout", sorted(GOOD))
def test_a_good_file_reads_the_same_byte_by_byte(layout: str) -> None:
    """The smallest chunks there are."""
    content = GOOD[layout]

    whole = _outcome(layout, [content])

    assert isinstance(whole[-1], Trailer)
    assert _outcome(layout, [bytes([byte]) for byte in content]) == whole


@pytest.mark.parametrize("layout", sorted(GOOD))
def test_a_file_cut_anywhere_is_never_taken_for_whole(layout: str) -> None:
    """Every proper prefix is refused, but for the one that lacks only the last line's end."""
    content = GOOD[layout].rstrip(b" \n")

    for length in range(len(content)):
        assert not isinstance(_outcome(layout, [content[:length]])[-1], Trailer), length


def test_every_layout_there_is_is_fuzzed() -> None:
    """Those with a grammar, those built in, those in the examples."""
    assert {*GRAMMARS, *STANDARD, *DOCUMENTS} == GOOD.keys()


@pytest.mark.parametrize("layout", sorted(GOOD))
@pytest.mark.parametrize("content", [b"x" * 1_000_000, b"\x00" * 100_000, b"\xff" * 100_000])
def test_one_endless_line_is_refused_before_it_is_held(layout: str, content: bytes) -> None:
    """Whatever it is made of; the reader never keeps more than a line."""
    (refusal,) = _outcome(layout, [content[:9000], content[9000:]])

    assert isinstance(refusal, tuple)


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1:A9)", "+cmd|' /C calc'!A0", "-2+3"])
def test_a_cell_like_a_formula_is_text_or_no_amount(cell: str) -> None:
    """Kept as it stands where text belongs, and nothing that can be added up."""
    head = "bill_reference,amount,paid_on,received_on,check_number,payer_name\n"
    row = f"1326429002000020211,1.00,2022-12-27,2022-12-28,1,{cell}\n"
    bad = f"1326429002000020211,{cell},2022-12-27,2022-12-28,2,P\n"
    good, rejected, _ = _outcome("csv", [(head + row + bad + "TRAILER,2,1.00\n").encode()])

    assert isinstance(good, RemittanceLine)
    assert good.payer_name == cell
    assert isinstance(rejected, BadLine)
    assert rejected.reason == "BAD_AMOUNT"
