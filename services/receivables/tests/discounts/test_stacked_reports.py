"""RECV-034: what programs cost, where one payment has discounts of two of them."""

import sys
from datetime import date
from pathlib import Path

import pytest

from taxkit.ids import new_id

sys.path.insert(0, str(Path(__file__).parent))

from test_discount_reports import SPAN, read

JAN_15 = date(2022, 1, 15)
LOYAL = """
        - code: loyal
          name: Loyalty
          discount_type: promotional
          gl_account: "4192-LOYAL"
          stacks_with: [early]
          periods:
            - rate: "0.03"
              first: {month: 1, day: 1, years_after: 1}
              last: {month: 2, day: 28, years_after: 1}
"""


@pytest.fixture
def programs(early):
    return (early.rstrip() + "\n          stacks_with: [loyal]\n", LOYAL)


def pay(county, cents, paid):
    county.bill = new_id()
    number = len(county.rows("select bill_id from bills"))
    county.issue(cents, bill_number=f"2021-{number}", parcel_number=f"{number:014d}")
    return county.pay(paid, JAN_15)


def test_recv_034_a_payment_of_two_programs_counts_once_in_what_came(county):
    """RECV-034: 5% and 3% of what is left: 2,764.50 and odd cents, each counted once."""
    pay(county, 300_000, 276_450)
    pay(county, 100_001, 92_151)

    found = {one["program"]: one for one in read(county, "discount-impact", **SPAN)}

    assert {code: one["discount_cents"] for code, one in found.items()} == {
        "early": 20_000, "loyal": 11_400,
    }  # fmt: skip
    assert sum(one["net_cents"] for one in found.values()) == 276_450 + 92_151
    assert sum(one["gross_cents"] for one in found.values()) == 400_001
    assert [one["payments"] for one in found.values()] == [2, 2]


def test_recv_034_what_is_taken_back_leaves_nothing_of_either(county):
    """RECV-034: a receipt taken back in the span is in no row."""
    receipt = pay(county, 300_000, 276_450)
    county.reverse(receipt, 276_450, date(2022, 2, 1))

    assert read(county, "discount-impact", **SPAN) == []
