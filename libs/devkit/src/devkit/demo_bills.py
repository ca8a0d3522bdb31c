"""The first scene: a real roll is loaded, and every line of every bill is held to the print."""

import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rich.table import Table

from devkit.paths import REPOSITORY
from devkit.processes import until
from millage.levy.v1 import levy_pb2 as pb
from millage_cli import roll as rolls
from millage_cli.client import Client, one_trace
from millage_cli.output import money, table
from millage_cli.trail import steps_of

ROLL = REPOSITORY / "examples" / "roll"
SOURCE = "public tax bills of Cook County, 2018 to 2021 (examples/roll/README.md)"
_FAN_OUT_SECONDS = 60
# Two hear of a bill from levy, the others of its balance from receivables.
_HEAR = ("receivables", "distribution", "cashiering", "levy", "collections", "taxsale")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The bills as levy issued them, and how long it took until all services knew them."""

    bills: Sequence[pb.Bill]
    load_seconds: float
    fan_out_seconds: float
    # What differs from the printed bills; nothing when all is well.
    differences: Sequence[str]

    @property
    def line_count(self) -> int:
        return sum(len(bill.lines) for bill in self.bills)


def load_roll(client: Client) -> Loaded:
    """Load all years, and wait until every service that hears of bills has heard of each."""
    began = time.monotonic()
    with one_trace():
        for roll in rolls.read_rolls([ROLL / "rates.csv", ROLL / "parcels.csv"]):
            rolls.load(client, roll, source=SOURCE)
    loaded = time.monotonic()
    bills = list(rolls.bills(client))
    unheard = not_heard_of(client, bills)
    differences = [*differences_from_print(bills), *unheard]
    return Loaded(bills, loaded - began, time.monotonic() - loaded, differences)


def not_heard_of(client: Client, bills: Sequence[pb.Bill]) -> list[str]:
    """Wait until every service that hears of bills has heard of each; name those that have not."""
    late = [(service, bill.bill_id) for bill in bills for service in _HEAR]

    def all_know() -> bool:
        late[:] = [one for one in late if not _has_heard(client, *one)]
        return not late

    until(all_know, _FAN_OUT_SECONDS, every=0.1)
    return [f"{who} has not heard of bill {bill}" for who, bill in late]


def bills_view(loaded: Loaded) -> Table:
    """Every bill with its residual cents and its two installments, by tax year."""
    numbers = ("net value", "rate %", "total", "lines", "residual", "1st installment", "2nd")
    made = table("", "bill", *numbers, right=numbers)
    for tax_year, bills in groupby(loaded.bills, key=lambda bill: bill.tax_year):
        rows = list(bills)
        due = [f"due {one.due_on}" for one in rows[0].installments]
        made.add_row(f"tax year {tax_year}", *[""] * 5, *due, style="dim")
        for bill in rows:
            made.add_row(*_bill_row(bill))
        made.add_section()
    return made


def _bill_row(bill: pb.Bill) -> list[str]:
    return [
        bill.bill_number,
        f"{bill.net_value_dollars:,}",
        bill.composite_rate_percent,
        money(bill.total_cents),
        str(len(bill.lines)),
        _cents(sum(line.residual_cents for line in bill.lines)),
        *(money(one.amount_cents) for one in bill.installments),
    ]


def _cents(amount: int) -> str:
    return f"{amount:+d} ¢" if amount else ""


def _has_heard(client: Client, service: str, bill_id: str) -> bool:
    """A bill's issue is a trace of its own, named as the bill."""
    steps = steps_of(client, service, bill_id.replace("-", ""))
    return any(step.kind == "consumed" for step in steps)


def differences_from_print(bills: Sequence[pb.Bill]) -> Iterator[str]:
    """Every bill and line that is missing, too many, or off by a cent."""
    by_place = {(bill.tax_year, bill.parcel_number): bill for bill in bills}
    totals = {_place(row): int(row["total_cents"]) for row in _rows(ROLL / "expected_bills.csv")}
    for place in sorted(totals.keys() ^ by_place.keys()):
        yield f"bill {place}: {'missing' if place in totals else 'not on the printed roll'}"
    for place in sorted(totals.keys() & by_place.keys()):
        if by_place[place].total_cents != totals[place]:
            yield f"bill {place}: {by_place[place].total_cents} cents, printed {totals[place]}"
    issued = {
        (*place, line.agency_code): line.amount_cents
        for place, bill in by_place.items()
        for line in bill.lines
    }
    printed = {
        (*_place(row), row["agency_code"]): int(row["amount_cents"])
        for row in _rows(ROLL / "expected_lines.csv")
    }
    for where in sorted(issued.keys() | printed.keys()):
        if issued.get(where) != printed.get(where):
            yield f"line {where}: {issued.get(where)} cents, printed {printed.get(where)}"


def _place(row: dict[str, str]) -> tuple[int, str]:
    return int(row["tax_year"]), row["parcel_number"]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
