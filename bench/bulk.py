"""`make bench-bulk`: a remittance file end to end in all services, beside COPY of the same rows."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from itertools import cycle, islice
from pathlib import Path

from tools.make_remittance import REFERENCES, Payment, write_file

from bench import cpu
from bench.bulk_floor import copy_again
from bench.county import TAX_YEARS, County, new_stack
from bench.report import Report, parser, say
from millage_cli import remittance
from millage_cli.remittance import Remittance

_DAY = date(2022, 2, 28)
_PAID_ON = date(2022, 2, 25)
_TARGET = 0.2
# A reading of the peak that grows with the file would show at ten times the lines.
_FLAT = 1.25


def _payments(parcels: int) -> Iterator[Payment]:
    """Each bill once a round, in the order of parcels and years, every line with its own check."""
    bills = cycle((number, year) for number in range(1, parcels + 1) for year in TAX_YEARS)
    for check, (number, year) in enumerate(bills, start=1):
        yield Payment(
            bill_reference=REFERENCES.write(f"99{number:012d}", year),
            amount_cents=10_000 + check % 5_000,
            paid_on=_PAID_ON,
            check_number=str(check),
            payer_name=f"LENDER {check % 50}",
        )


class PeakMemory:
    """The highest resident size of a process since it was last reset."""

    def __init__(self, pid: int) -> None:
        self._process = Path(f"/proc/{pid}")

    def reset(self) -> None:
        (self._process / "clear_refs").write_text("5", encoding="ascii")

    @property
    def megabytes(self) -> float:
        for line in (self._process / "status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise ProcessLookupError(self._process)


def _import(county: County, path: Path, lines: int) -> float:
    """Send a file; gives the seconds until its run was answered."""
    started = time.perf_counter()
    file = Remittance(path, "csv", "BENCH-MAIL", _DAY.isoformat())
    run = remittance.import_file(county.client, file)
    seconds = time.perf_counter() - started
    assert run.posted_count == lines, f"{run.posted_count} of {lines} posted"
    say(f"{lines} lines imported in {seconds:.1f} s")
    return seconds


def measure(county: County, lines: int) -> Report:
    report = Report("bulk", f"A remittance file of {lines} payments, end to end in all services")
    few = max(lines // 10, 1)
    parcels = -(-lines // len(TAX_YEARS))
    county.levy(parcels)
    mark = county.stack.mark("cashiering", "api")
    assert mark is not None
    memory, peaks = PeakMemory(mark.pid), []
    rates: dict[int, dict[str, float]] = {}
    source = _payments(parcels)
    since, before = county.now(), cpu.of_roles(county.stack)
    for count in (few, lines):
        with tempfile.TemporaryDirectory(prefix="millage-bench-") as folder:
            path = Path(folder) / f"bench-{count}.csv"
            write_file("csv", path, islice(source, count), _DAY)
            memory.reset()
            since, before = county.now(), cpu.of_roles(county.stack)
            seconds = _import(county, path, count)
        peaks.append(memory.megabytes)
        county.wait(since, count, every=1)
        last = max(max(done.values()) for done in county.commits(since).values())
        took = (last - since).total_seconds()
        rates[count] = {"import": count / seconds, "end_to_end": count / took}
        say(f"{count} lines in all services in {took:.1f} s")
    spent = cpu.spent(before, cpu.of_roles(county.stack), lines)
    # What services tell each other after the last of the five is part of the run's rows.
    time.sleep(2)
    floor = copy_again(county, since)
    report.figure("lines imported by cashiering", rates[lines]["import"], "/s")
    copied = lines / floor.seconds
    report.rate("in the last service, beside COPY", rates[lines]["end_to_end"], copied)
    report.notes.append(
        f"the design's target, ratio ≥ {_TARGET:g}, is reported here and not yet required"
    )
    report.verdict(
        f"peak memory of cashiering's api, {lines} lines to {few}",
        peaks[1] / peaks[0],
        "times",
        f"≤ {_FLAT:g}",
        met=peaks[1] / peaks[0] <= _FLAT,
    )
    report.figure("peak memory of cashiering's api", peaks[1], "MB")
    parked = county.parked()
    report.verdict("messages parked", parked, "", "none", met=parked == 0)
    report.notes.append(
        f"floor: {floor.rows} rows, {floor.megabytes:.0f} MB of text, in {floor.seconds:.1f} s,"
        " into tables with the same indexes and checks, without foreign keys and triggers"
    )
    report.details |= {
        "rates_by_lines": rates,
        "peak_megabytes": peaks,
        "cpu_ms_per_payment_by_process": spent,
        "floor_rows_by_table": floor.rows_by_table,
    }
    return report


def main() -> int:
    made = parser(__doc__ or "")
    lines = int(os.environ.get("MILLAGE_BENCH_LINES", "100000"))
    made.add_argument("--lines", type=int, default=lines)
    given = made.parse_args()
    with new_stack() as stack:
        report = measure(County.of(stack), given.lines)
    return report.finish(require=given.require)


if __name__ == "__main__":
    sys.exit(main())
