"""A small county as files: a roll, and what has to come of it by the pack's own worked cases."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devkit.paths import REPOSITORY
from millage.levy.v1 import levy_pb2 as pb
from millage_cli import roll as rolls

EXAMPLES = REPOSITORY / "examples" / "counties"
Row = Mapping[str, str]
Parcel = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Example:
    """Each row with its working, as it stands in its file."""

    jurisdiction: str
    rolls: Sequence[rolls.Roll]
    bills: Sequence[Row]
    owed: Sequence[Row]
    payments: Sequence[Row]

    @property
    def days(self) -> list[str]:
        """The business dates on which something is paid."""
        return sorted({row["business_date"] for row in self.payments})

    def paid_on(self, day: str) -> list[Row]:
        return [row for row in self.payments if row["business_date"] == day]


def known() -> list[str]:
    """The packs of which there is an example."""
    return sorted(file.parent.name for file in EXAMPLES.glob("*/bills.csv"))


def read(jurisdiction: str) -> Example:
    folder = EXAMPLES / jurisdiction
    read_rolls = rolls.read_rolls([folder / "rates.csv", folder / "parcels.csv"])
    return Example(
        jurisdiction,
        read_rolls,
        *(_rows(folder / f"{name}.csv") for name in ("bills", "owed", "payments")),
    )


def parcel_of(row: Row) -> Parcel:
    return int(row["tax_year"]), row["parcel_number"]


def differences(example: Example, made: Sequence[pb.Bill]) -> Iterator[str]:
    """Every bill that is missing, too many, or has a line or an installment that differs."""
    issued = {(bill.tax_year, bill.parcel_number): bill for bill in made}
    expected = {parcel_of(row): row for row in example.bills}
    for place in sorted(issued.keys() ^ expected.keys()):
        yield f"bill {place}: {'missing' if place in expected else 'not expected'}"
    for place in sorted(issued.keys() & expected.keys()):
        row, bill = expected[place], issued[place]
        for said, found in ((row["lines"], lines(bill)), (row["installments"], parts(bill))):
            if said != found:
                yield f"bill {place}: {found}, worked out by hand {said}"


def lines(bill: pb.Bill) -> str:
    return " ".join(f"{one.agency_code}={one.amount_cents}" for one in bill.lines)


def parts(bill: pb.Bill) -> str:
    return " ".join(f"{one.due_on}={one.amount_cents}" for one in bill.installments)


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
