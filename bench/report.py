"""What a bench prints and stores: figures beside their floors, and whether targets are met."""

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from taxkit.clock import SystemClock

RESULTS = Path(__file__).parent / "results"
_WIDTH_IN_A_PIPE = 110


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; `value` is held to `limit` where a target names one."""

    what: str
    value: float
    unit: str
    # The same work without ours, or None where the target is absolute.
    floor: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None


@dataclass(slots=True)
class Report:
    """The figures of one bench run."""

    name: str
    title: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)

    def rate(self, what: str, value: float, floor: float, at_least: float | None = None) -> None:
        """A rate per second beside its floor's, held to a share of it where a target names one."""
        ratio = value / floor
        met = None if at_least is None else ratio >= at_least
        target = "" if at_least is None else f"ratio ≥ {at_least:g}"
        self.figures.append(Figure(what, value, "/s", floor, ratio, target, met))

    def figure(self, what: str, value: float, unit: str, below: float | None = None) -> None:
        met = None if below is None else value < below
        target = "" if below is None else f"< {below:g} {unit}"
        self.figures.append(Figure(what, value, unit, None, None, target, met))

    def verdict(self, what: str, value: float, unit: str, target: str, *, met: bool) -> None:
        """A figure whose target is no simple limit."""
        self.figures.append(Figure(what, value, unit, None, None, target, met))

    @property
    def met(self) -> bool:
        return all(each.met is not False for each in self.figures)

    def finish(self, *, require: bool = False) -> int:
        """Print as text, write as JSON; gives the exit code."""
        console = Console(highlight=False)
        if not console.is_terminal:
            console = Console(highlight=False, width=_WIDTH_IN_A_PIPE)
        machine = machine_facts()
        console.print(self._table())
        for note in self.notes:
            console.print(f"- {note}", markup=False)
        console.print(
            f"{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gb']} GB,"
            f" load average {machine['load_average'][0]:.1f} at the end,"
            f" Python {machine['python']}",
            markup=False,
        )
        console.print("all targets met" if self.met else "NOT all targets met")
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{self.name}.json"
        content = {
            "name": self.name,
            "measured_at": SystemClock().now().isoformat(timespec="seconds"),
            "machine": machine,
            "met": self.met,
            "figures": [asdict(each) for each in self.figures],
            "notes": self.notes,
            "details": self.details,
        }
        path.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")
        console.print(f"written to {path}", markup=False)
        return 1 if require and not self.met else 0

    def _table(self) -> Table:
        table = Table(title=self.title, title_justify="left")
        table.add_column("what")
        for name in ("figure", "floor", "ratio"):
            table.add_column(name, justify="right")
        table.add_column("target")
        table.add_column("met")
        words = {True: "yes", False: "NO", None: ""}
        for each in self.figures:
            table.add_row(
                each.what,
                f"{_number(each.value)} {each.unit}",
                "" if each.floor is None else f"{_number(each.floor)} {each.unit}",
                "" if each.ratio is None else f"{each.ratio:.2f}",
                each.target,
                words[each.met],
            )
        return table


def machine_facts() -> dict[str, Any]:
    """What a reader needs to know of the machine before comparing."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpus": len(os.sched_getaffinity(0)),
        "cpu": _cpu_model(),
        "memory_gb": round(memory / 2**30),
        "load_average": os.getloadavg(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def percentile(values: list[float], share: float) -> float:
    """The value that a share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def median(values: list[float]) -> float:
    return percentile(values, 0.5)


def parser(about: str) -> argparse.ArgumentParser:
    """Every bench's own options begin with these."""
    made = argparse.ArgumentParser(description=about)
    made.add_argument("--require", action="store_true", help="exit 1 when a target is not met")
    return made


def say(text: str) -> None:
    """Tell how far the bench is, apart from its result."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}"
