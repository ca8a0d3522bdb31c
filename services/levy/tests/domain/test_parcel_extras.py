"""LEVY-001, LEVY-002: what a parcel's row brings beside its net value."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service import rulebook
from levy_service.domain.billing import AgencyRate, Charge
from levy_service.domain.increment import IncrementTerms, Part
from levy_service.domain.parcel_extras import (
    CHARGE_CENTS_MAX,
    CHARGES_MAX,
    bill_parcel,
    completed,
)
from levy_service.domain.roll import ParcelRow
from levy_service.domain.valuation import Band, Claim, Exemption, Reached, Step, ValueTerms
from taxkit.money import Rounding

ROW = ParcelRow(1, "1", "T", "2", "", 100_000, 0, 0, "", None)
LAW = ValueTerms(
    (Step("assessed", (Band(Decimal("0.1")),), Rounding.HALF_UP),), {"homeowner": Exemption(4_000)}
)
TERMS = rulebook.load(Path(__file__).parents[4] / "jurisdictions" / "us-il-cook").terms(2021)
RATES = (AgencyRate("010010000", "County", 489), AgencyRate("fund", "Fund", 0))
DISTRICTS = IncrementTerms("fund", "TIF")


def reasons(row: ParcelRow) -> list[str]:
    return [finding.reason for finding in completed(row, LAW)[1]]


def test_levy_001_a_value_goes_through_the_law_where_the_row_leaves_it_to_it() -> None:
    """A tenth of 100,000 less 4,000; a row that brings its value keeps it."""
    row, found = completed(replace(ROW, is_valued=False, claims=(Claim("homeowner"),)), LAW)

    assert not found
    assert row.net_value_dollars == 6_000
    assert row.value_steps[-1] == Reached("homeowner", 6_000)
    assert completed(replace(ROW, net_value_dollars=7), LAW)[0].net_value_dollars == 7


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"claims": (Claim("homeowner"),)}, "BAD_EXEMPTION"),
        ({"is_valued": False, "claims": (Claim("other"),)}, "BAD_EXEMPTION"),
        ({"is_valued": False, "net_value_dollars": 1}, "BAD_VALUE"),
        ({"charges": (Charge("a", "A", 0),)}, "BAD_CHARGE"),
        ({"charges": (Charge("a", "A", CHARGE_CENTS_MAX + 1),)}, "BAD_CHARGE"),
        ({"charges": (Charge("a", "A", 1), Charge("a", "A", 1))}, "DUPLICATE_CHARGE"),
        ({"charges": (Charge(" ", "A", 1),)}, "TEXT_MISSING"),
        ({"charges": (Charge("a", "A\n", 1),)}, "TEXT_INVALID"),
        ({"increment_share": "1.1"}, "BAD_SHARE"),
        ({"increment_share": "0.0000000001"}, "BAD_SHARE"),
        ({"increment_share": "0.5", "frozen_value_dollars": 1}, "BAD_SHARE"),
    ],
)
def test_levy_001_a_row_that_cannot_be_meant_is_found(changes, reason: str) -> None:
    """One finding, with the reason."""
    assert [reason] == reasons(replace(ROW, **changes))


def test_levy_001_the_largest_and_the_most_charges_are_taken() -> None:
    """A hundred of ten billion dollars; one more is one too many."""
    charges = tuple(Charge(str(n), "A", CHARGE_CENTS_MAX) for n in range(CHARGES_MAX))

    assert reasons(replace(ROW, charges=charges)) == []
    assert reasons(replace(ROW, charges=(*charges, Charge("x", "X", 1)))) == ["TOO_MANY_CHARGES"]


def test_levy_001_a_value_out_of_range_is_left_to_the_rows_own_check() -> None:
    """It is told once."""
    assert reasons(replace(ROW, is_valued=False, value_dollars=-1)) == []


@given(st.integers(0, 10**8), st.integers(0, 10**6), st.sampled_from(["", "0", "0.25", "1"]))
def test_levy_002_a_parcels_bills_are_its_tax_and_its_charges(
    net: int, charged: int, share: str
) -> None:
    """In one or two bills, the charges on the agencies' own."""
    row = replace(
        ROW, net_value_dollars=net, increment_share=share, charges=(Charge("z", "Z", charged),)
    )
    rates = RATES if share else RATES[:1]
    bills = bill_parcel(row, rates, TERMS, DISTRICTS)
    plain = bill_parcel(replace(row, increment_share="", charges=()), RATES[:1], TERMS, DISTRICTS)

    assert set(bills) == ({Part.BASE, Part.INCREMENT} if share else {Part.WHOLE})
    total = sum(bill.total_cents for bill in bills.values())
    assert total == plain[Part.WHOLE].total_cents + charged
    own = bills[Part.BASE if share else Part.WHOLE]
    assert own.lines[-1].amount_cents == charged


def test_levy_002_charges_stand_in_the_order_of_their_agencies() -> None:
    """However the roll lists them, so that two rolls make the same bill."""
    charges = (Charge("b", "B", 1), Charge("a", "A", 2))
    bill = bill_parcel(replace(ROW, charges=charges), RATES[:1], TERMS, DISTRICTS)[Part.WHOLE]

    assert [line.agency_code for line in bill.lines] == ["010010000", "a", "b"]
