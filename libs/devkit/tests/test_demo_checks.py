"""What the demo promises is checked by it: a demo that cannot fail proves nothing."""

import csv
from collections import defaultdict

import pytest

from devkit.demo_bills import ROLL, differences_from_print
from devkit.demo_money import missing_outcomes
from millage.cashiering.v1 import cashiering_pb2
from millage.levy.v1 import levy_pb2


@pytest.fixture
def bills() -> list[levy_pb2.Bill]:
    """The printed bills, as levy would issue them."""
    lines = defaultdict(list)
    for row in _rows("expected_lines.csv"):
        line = levy_pb2.BillLine(
            agency_code=row["agency_code"], amount_cents=int(row["amount_cents"])
        )
        lines[row["tax_year"], row["parcel_number"]].append(line)
    return [
        levy_pb2.Bill(
            tax_year=int(row["tax_year"]),
            parcel_number=row["parcel_number"],
            total_cents=int(row["total_cents"]),
            lines=lines[row["tax_year"], row["parcel_number"]],
        )
        for row in _rows("expected_bills.csv")
    ]


def test_bills_as_printed_have_no_difference(bills):
    """24 bills, all their lines, to the cent."""
    assert list(differences_from_print(bills)) == []


def test_a_cent_on_a_line_or_a_total_is_a_difference(bills):
    """The bill and the line are named with both amounts."""
    bills[0].total_cents += 1
    bills[1].lines[0].amount_cents -= 1

    total, line = differences_from_print(bills)

    assert f"{bills[0].total_cents} cents, printed {bills[0].total_cents - 1}" in total
    assert bills[1].lines[0].agency_code in line


def test_a_missing_bill_and_one_too_many_are_differences(bills):
    """Also a missing line."""
    stranger = levy_pb2.Bill(tax_year=1999, parcel_number="1")
    missing = bills.pop()
    bills[0].lines.pop()

    found = "\n".join(differences_from_print([*bills, stranger]))

    assert f"'{missing.parcel_number}'): missing" in found
    assert "(1999, '1'): not on the printed roll" in found
    assert "None cents, printed" in found


def test_a_file_that_shows_no_duplicate_is_noticed():
    """Each of the four outcomes belongs to the demo."""
    outcomes = ("posted", "suspense", "rejected")
    lines = [cashiering_pb2.ImportLine(outcome=outcome) for outcome in outcomes]
    run = cashiering_pb2.ImportRun(file_name="a.csv", lines=lines)

    assert missing_outcomes([run]) == {"a.csv: no duplicate line"}


def _rows(name: str) -> list[dict[str, str]]:
    with (ROLL / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
