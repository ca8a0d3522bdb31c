"""CASH-035, LEVY-002: the sample's bills in tax-increment districts, line by line."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from levy_service import rulebook
from levy_service.domain.billing import AgencyRate, ComputedBill
from levy_service.domain.increment import Part, Value, compute_parts
from levy_service.domain.rates import parse_rate

ROOT = Path(__file__).parents[4]
SAMPLE = ROOT / "examples" / "roll" / "increment"
RULES = rulebook.load(ROOT / "jurisdictions" / "us-il-cook")
Key = tuple[str, str]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (SAMPLE / name).open(encoding="utf-8", newline="") as rows:
        yield from csv.DictReader(rows)


def _key(row: dict[str, str]) -> Key:
    return row["tax_year"], row["parcel_number"]


def _by_bill(name: str, column: str) -> dict[Key, dict[str, int]]:
    found: dict[Key, dict[str, int]] = defaultdict(dict)
    for row in _rows(name):
        found[_key(row)][row["agency_code"]] = int(row[column])
    return found


RATES: dict[Key, list[AgencyRate]] = defaultdict(list)
for _rate in _rows("rates.csv"):
    RATES[_rate["tax_year"], _rate["tax_code"]].append(
        AgencyRate(_rate["agency_code"], _rate["agency_name"], parse_rate(_rate["rate_percent"]))
    )
PARCELS = list(_rows("parcels.csv"))
PRINTED = {_key(row): row for row in _rows("expected_bills.csv")}
PRINTED_LINES = _by_bill("expected_lines.csv", "amount_cents")
DIFFERENCES = _by_bill("differences.csv", "computed_cents")
# The bill whose printed total no whole number of dollars gives: see the README beside the roll.
A_CENT_MORE = ("2018", "20031180060000")


def _parts(row: dict[str, str]) -> dict[Part, ComputedBill]:
    law = RULES.year(int(row["tax_year"]))
    value = Value(int(row["net_value_dollars"]), increment_share=Decimal(row["increment_share"]))
    prior = int(row["prior_year_total_cents"])
    rates = RATES[row["tax_year"], row["tax_code"]]
    return compute_parts(value, prior, rates, law.billing, law.increment)


def test_the_sample_is_whole() -> None:
    """18 bills with 218 lines: with the 24 and 318 outside districts, all 42 and 536."""
    assert len(PARCELS) == len(PRINTED) == 18
    assert sum(map(len, PRINTED_LINES.values())) == 218
    assert sum(len(of) for of in DIFFERENCES.values()) == 45
    assert len(DIFFERENCES) == 6


@pytest.mark.parametrize("row", PARCELS, ids=lambda row: "-".join(_key(row)))
def test_cash_035_a_printed_bill_is_reproduced_but_for_the_lines_accounted_for(
    row: dict[str, str],
) -> None:
    """Every line but those of differences.csv is the printed one, and those are as listed."""
    key = _key(row)
    parts = _parts(row)

    lines = {line.agency_code: line for part in parts.values() for line in part.lines}
    assert {code: line.amount_cents for code, line in lines.items()} == {
        **PRINTED_LINES[key],
        **DIFFERENCES.get(key, {}),
    }
    total = sum(part.total_cents for part in parts.values())
    assert total == int(PRINTED[key]["total_cents"]) + (key == A_CENT_MORE)
    assert int(PRINTED[key]["line_count"]) == len(lines)


@pytest.mark.parametrize("row", PARCELS, ids=lambda row: "-".join(_key(row)))
def test_cash_035_both_parts_add_up_by_themselves(row: dict[str, str]) -> None:
    """Lines and installments of each are its total; the values are the parcel's."""
    parts = _parts(row)

    for part in parts.values():
        assert part.total_cents == sum(line.amount_cents for line in part.lines)
        assert part.total_cents == sum(each.amount_cents for each in part.installments)
    assert int(row["net_value_dollars"]) == sum(x.net_value_dollars for x in parts.values())
