"""`make bench-bulk`: a remittance file end to end in all services, beside COPY of the same rows."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
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


@dataclass(slots=True)
class Run:
    """One file's way through all services."""

    lines: int
    since: datetime
    import_seconds: float
    all_seconds: float
    peak_megabytes: float
    cpu_ms_per_payment_by_process: dict[str, float]


def _run(county: County, payments: Iterator[Payment], lines: int) -> Run:
    mark = county.stack.mark("cashiering", "api")
    assert mark is not None
    memory = PeakMemory(mark.pid)
    with tempfile.TemporaryDirectory(prefix="millage-bench-") as folder:
        path = Path(folder) / f"bench-{lines}.csv"
        write_file("csv", path, islice(payments, lines), _DAY)
        memory.reset()
        since, before = county.now(), cpu.of_roles(county.stack)
        import_seconds = _import(county, path, lines)
    peak = memory.megabytes
    county.wait(since, lines, every=1)
    last = max(max(done.values()) for done in county.commits(since).values())
    spent = cpu.spent(before, cpu.of_roles(county.stack), lines)
    all_seconds = (last - since).total_seconds()
    say(f"{lines} lines in all services in {all_seconds:.1f} s")
    return Run(lines, since, import_seconds, all_seconds, peak, spent)


def measure(county: County, lines: int) -> Report:
    report = Report("bulk", f"A remittance file of {lines} payments, end to end in all services")
    parcels = -(-lines // len(TAX_YEARS))
    county.levy(parcels)
    payments = _payments(parcels)
    few = _run(county, payments, max(lines // 10, 1))
    run = _run(county, payments, lines)
    # What services tell each other after the last of the five is part of the run's rows.
    time.sleep(2)
    floor = copy_again(county, run.since)
    report.figure("lines imported by cashiering", lines / run.import_seconds, "/s")
    rate = lines / run.all_seconds
    report.rate("in the last service, beside COPY", rate, lines / floor.seconds)
    grown = run.peak_megabytes / few.peak_megabytes
    what = f"peak memory of cashiering's api, {lines} lines to {few.lines}"
    report.verdict(what, grown, "times", f"≤ {_FLAT:g}", met=grown <= _FLAT)
    report.figure("peak memory of cashiering's api", run.peak_megabytes, "MB")
    parked = county.parked()
    report.verdict("messages parked", parked, "", "none", met=parked == 0)
    report.notes += [
        f"the design's target, ratio ≥ {_TARGET:g}, is reported here and not yet required",
        f"floor: {floor.rows} rows, {floor.megabytes:.0f} MB of text, in {floor.seconds:.1f} s",
        "floor's tables: the same indexes and checks, without foreign keys and triggers",
    ]
    report.details |= {
        "runs": [asdict(few), asdict(run)],
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
