"""RECV-008, RECV-013: steps of a penalty from the event to the quote, under a real state's law."""

from datetime import date

import pytest

DUE = (date(2019, 4, 30), date(2019, 10, 31))
DECEMBER = date(2019, 12, 1)


def parts(storm, rest):
    return [
        {"agency_code": code, "agency_name": code, "amount_cents": dollars * 100}
        for code, dollars in (("STORM", storm), ("COUNTY", rest))
    ]


def penalties(county, on):
    return [each.penalty_open_cents for each in county.quote(on).installments]


def test_a_missed_half_bears_both_steps_and_so_does_the_other_until_it_is_paid(washington):
    """RECV-008: what is posted is what was quoted; steps after a payment are on what is left."""
    washington.issue(500, 500, due=DUE, tax_year=2019, property_class="9-99")
    assert penalties(washington, date(2019, 5, 31)) == [0, 0]
    assert penalties(washington, date(2019, 6, 1)) == [1_500, 1_500]
    assert penalties(washington, DECEMBER) == [5_500, 5_500]

    washington.pay(530, date(2019, 7, 10))

    assert washington.cells()["S penalty 2"] == 15
    assert penalties(washington, date(2019, 11, 30)) == [0, 1_500]
    assert penalties(washington, DECEMBER) == [0, 5_500]


def test_an_exempt_agency_s_part_of_the_bill_bears_no_penalty(washington):
    """RECV-008: a fifth of it is stormwater; interest is on all of it."""
    washington.issue(
        500, 500, due=DUE, tax_year=2019, property_class="9-99", components=parts(200, 800)
    )
    assert penalties(washington, DECEMBER) == [4_400, 4_400]
    assert [each.interest_open_cents for each in washington.quote(DECEMBER).installments] == [
        4_000, 4_000,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("property_class", "penalty", "interest"), [("2-11", 0, 1_875), ("9-99", 1_500, 2_500)]
)
def test_the_roll_s_class_of_the_parcel_chooses_the_regime(
    washington, property_class, penalty, interest
):
    """RECV-013: five months of 2023 at 9% without penalty, or at 12% with it."""
    due = (date(2023, 5, 1), date(2023, 10, 31))
    washington.issue(500, 500, due=due, tax_year=2023, property_class=property_class)
    found = washington.quote(date(2023, 9, 15)).installments[0]
    assert (found.penalty_open_cents, found.interest_open_cents) == (penalty, interest)
