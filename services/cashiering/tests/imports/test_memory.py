"""CASH-064: what a file takes of memory does not depend on how long it is, measured."""

import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cashiering_service.commands import Asked
from cashiering_service.domain.remittance import open_reader
from cashiering_service.domain.remittance.nacha_returns import open_returns
from cashiering_service.imports import runs as imports
from cashiering_service.imports.layouts import read_document
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

LAYOUTS = Path(__file__).parents[4] / "examples" / "remittances" / "layouts"
SHORT, LONG, LOCKBOX_LONG = 2_000, 20_000, 8_000
ROUND_BYTES = 400_000


def _csv(lines: int) -> Iterator[bytes]:
    yield b"bill_reference,amount,paid_on,received_on,check_number,payer_name\n"
    for number in range(lines):
        yield b"1326429002000020211,0.01,2022-12-27,2022-12-28,%d,P\n" % (number + 1)
    yield b"TRAILER,%d,%d.%02d\n" % (lines, lines // 100, lines % 100)


def _fixed(lines: int) -> Iterator[bytes]:
    yield b"H20221228\n"
    for number in range(lines):
        yield b"D132642900200002021000000000112272022%015dPLATE   \n" % number
    yield b"T%06d%012d\n" % (lines, lines)


def _bai2(lines: int) -> Iterator[bytes]:
    yield b"01,071000013,COUNTY,221229,2215,1,80,10,2/\n02,COUNTY,071000013,1,221229,,USD,2/\n"
    yield b"03,139001,USD,,,,/\n"
    for number in range(lines):
        yield b"16,195,1,0,F%d,,1326429002000020211/\n" % number
    yield b"49,%d,%d/\n" % (lines, lines + 2)
    yield b"98,%d,1,%d/\n99,%d,1,%d/\n" % (lines, lines + 4, lines, lines + 6)


def _lockbox(lines: int) -> Iterator[bytes]:
    yield b"100 031300012 0710000132202280600\n2 031300012 071000013COUNTYTAX 40010401041\n"
    yield b"50000007700001220228\n"
    for batch in range(lines // 500):
        for item in range(1, 501):
            yield b"6%03d%03d0000000001071000013         00000%05d220225P\n" % (batch, item, item)
            yield b"4%03d%03d6011326429002000020211\n" % (batch, item)
        yield b"7%03d00077000012202285000000000500\n" % batch
    yield b"80000007700001220228%04d%010d\n" % (lines, lines)
    yield b"9%06d\n" % (2 * lines + lines // 500 + 5)


def _returns(lines: int) -> Iterator[bytes]:
    yield b"101 071000013 0910000192212300830A094101".ljust(94) + b"\n"
    yield b"5225".ljust(87) + b"0000001\n"
    for number in range(lines):
        yield b"62607100001300720000000000000" + b"0000000001" + b" " * 39 + b"1%015d\n" % number
        yield b"799R01%015d      07100001".ljust(80) % number + b"\n"
    sums = b"%010d%012d%012d" % (lines * 7_100_001 % 10**10, lines, 0)
    yield b"8225%06d%s".ljust(0) % (2 * lines, sums) + b" " * 43 + b"0000001\n"
    yield b"9000001000001%08d%s\n" % (2 * lines, sums)


READERS: dict[str, tuple[Callable[[], object], Callable[[int], Iterator[bytes]]]] = {
    "csv": (lambda: open_reader("csv"), _csv),
    "dmv": (
        lambda: open_reader(read_document((LAYOUTS / "dmv.yaml").read_text("utf-8"))), _fixed,
    ),
    "bai2": (lambda: open_reader("bai2"), _bai2),
    "bai-lockbox": (lambda: open_reader("bai-lockbox"), _lockbox),
    "returns": (open_returns, _returns),
}  # fmt: skip


def _peak(work: Callable[[], int]) -> tuple[int, int]:
    """What work gives, and the bytes it held at most."""
    tracemalloc.start()
    try:
        return work(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", READERS)
def test_cash_064_a_reader_holds_a_line_whatever_the_files_length(name: str) -> None:
    """Many times the lines, the same memory; a lockbox total counts to 9,999."""
    make, lines_of = READERS[name]
    most = LOCKBOX_LONG if name == "bai-lockbox" else LONG

    def read(lines: int) -> int:
        reader, count = make(), 0
        for chunk in lines_of(lines):
            for _ in reader.feed(chunk):
                count += 1
        return count + sum(1 for _ in reader.close())

    short, long = _peak(lambda: read(SHORT)), _peak(lambda: read(most))
    assert (short[0], long[0]) == (SHORT + 1, most + 1)
    assert long[1] < short[1] + ROUND_BYTES


@pytest.mark.slow
@pytest.mark.parametrize("policy", [pb.IMPORT_POLICY_DRY_RUN, pb.IMPORT_POLICY_UNSPECIFIED])
def test_cash_064_a_run_holds_a_batch_whatever_the_files_length(app, policy) -> None:
    """Staged, judged and posted, with all that is told of it."""
    asked = Asked("night operator", testing.TRACEPARENT, may_register_tills=True)

    def parts(lines: int) -> Iterator[pb.ImportRemittanceRequest]:
        header = pb.ImportHeader(
            idempotency_key=f"memory {lines}", layout="csv", till_code=f"T{lines}",
            business_date="2022-12-30", policy=policy,
        )  # fmt: skip
        yield pb.ImportRemittanceRequest(header=header)
        # Other checks than in the shorter file, so that none is a duplicate.
        for chunk in _csv(lines):
            yield pb.ImportRemittanceRequest(chunk=chunk.replace(b"28,", b"28,%d" % lines, 1))

    def run(lines: int) -> int:
        (last,) = deque(imports.run(app, asked, parts(lines)), maxlen=1)
        return last.run.posted_count

    short, long = _peak(lambda: run(6_000)), _peak(lambda: run(15_000))
    assert (short[0], long[0]) == (6_000, 15_000)
    assert long[1] < short[1] * 5 // 4 + ROUND_BYTES
