"""RECV-034: the reports on discounts, sealed, and tied to payments and ledger."""

from datetime import date
from itertools import permutations

import pytest

from receivables_service.reports.discount_reports import reports
from reportkit.cursor import watermark
from taxkit.errors import Refusal
from taxkit.ids import new_id

JAN_15, FEB_1 = date(2022, 1, 15), date(2022, 2, 1)
SPAN = {"from_on": date(2022, 1, 1), "to_on": date(2022, 3, 31)}


def read(county, name, **asked):
    """A report's rows, each by its columns."""
    known = {one.name: one for one in reports(county.app.discounts, county.clock.today)}
    report = known[name]
    with county.app.database.begin() as connection:
        given = dict.fromkeys(each.name for each in report.parameters) | asked
        if report.check:
            given = report.check(connection, given)
        names = [column.name for column in report.columns]
        rows = report.rows(connection, given, watermark(connection))
        return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.fixture
def told(county):
    """One discount that stands, one taken back with its receipt, one payment too late."""
    county.issue()
    county.pay(287_500, JAN_15)
    county.bill = new_id()
    county.issue(bill_number="2021-2", parcel_number="2" * 14)
    county.reverse(county.pay(285_000, JAN_15), 285_000, FEB_1)
    county.bill = new_id()
    county.issue(bill_number="2021-3", parcel_number="3" * 14)
    county.pay(285_000, FEB_1)
    return county


def test_recv_034_daily_summary_and_what_programs_cost(told):
    """What was let off and taken back by day; gross less discount is what came."""
    days = read(told, "discount-summary", **SPAN)
    assert [(one["given"], one["given_cents"], one["back_cents"]) for one in days] == [
        (2, 30_000, 0),
        (0, 0, 15_000),
    ]
    (cost,) = read(told, "discount-impact", **SPAN)
    assert (cost["gross_cents"], cost["discount_cents"], cost["net_cents"]) == (
        300_000,
        15_000,
        285_000,
    )


def test_recv_034_what_is_to_be_reviewed_and_counted(told):
    """The late one with its reason; the counters of a day."""
    (late,) = read(told, "discount-review", **SPAN)
    assert (late["action"], late["bill_number"]) == ("refused", "2021-3")
    assert "timely" in late["reason"]
    counts = read(told, "discount-counters", on=JAN_15)
    assert [(one["action"], one["lines"], one["discount_cents"]) for one in counts] == [
        ("applied", 2, 30_000)
    ]


def test_recv_034_compliance_and_reconciliation(told):
    """What stands is in order by its own terms, and ledger and log say the same."""
    (found,) = read(told, "discount-compliance", on=date(2022, 3, 1))
    assert (found["found"], found["discount_cents"], found["allowed_cents"]) == (
        "in order",
        15_000,
        15_000,
    )
    tied = read(told, "discount-reconciliation", **SPAN)
    assert [one["difference_cents"] for one in tied] == [0] * len(tied)
    assert [(one["ledger_cents"], one["followed_cents"]) for one in tied] == [
        (30_000, 0), (-15_000, -15_000),
    ]  # fmt: skip


def _correct(county, cents, on):
    due = {"installment": 1, "due_on": "2022-03-31", "amount_cents": cents}
    body = county.neighbours.bill_corrected(county.bill, 2, [due], on)
    county.absorb("on_bill_corrected", body, on)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_recv_034_a_bill_corrected_since_is_listed(county, order):
    """Where the program says nothing somebody takes it back and grants another, or lets it be."""
    steps = [
        county.issue,
        lambda: county.pay(285_000, JAN_15),
        lambda: _correct(county, 200_000, FEB_1),
    ]
    for step in order:
        steps[step]()

    (found,) = read(county, "discount-compliance", on=date(2022, 3, 1))
    listed = read(county, "discount-review", **SPAN)

    assert found["found"] == "corrected since"
    assert [(one["action"], one["discount_cents"]) for one in listed] == [("corrected", 15_000)]


def test_recv_034_one_corrected_before_its_discount_is_in_order(county):
    """What the bill was when the payment came is what it was discounted on."""
    county.issue()
    _correct(county, 200_000, date(2022, 1, 10))
    county.pay(190_000, JAN_15)

    (found,) = read(county, "discount-compliance", on=date(2022, 3, 1))

    assert (found["found"], found["discount_cents"]) == ("in order", 10_000)
    assert read(county, "discount-review", **SPAN) == []


class TestRounding:
    """A county that rounds otherwise: 5% of 1,000.01 and of 1,000.30 are no whole cents."""

    @pytest.fixture(
        params=[("up", 5_001, 5_002), ("down", 5_000, 5_001), ("half_even", 5_000, 5_002)]
    )
    def rounded(self, request):
        return request.param

    @pytest.fixture
    def programs(self, early, rounded):
        return (early.rstrip() + f"\n          rounding: {rounded[0]}\n",)

    def test_recv_034_what_its_own_rounding_allows_is_in_order(self, county, rounded):
        """RECV-034: allowed is what the grant's way of rounding gives, not another one."""
        for number, cents in enumerate((100_001, 100_030)):
            county.bill = new_id()
            parcel = f"{number:014d}"
            county.issue(cents, bill_number=f"2021-{number}", parcel_number=parcel)
            county.pay(cents, JAN_15)

        found = read(county, "discount-compliance", on=date(2022, 3, 1))

        assert [one["found"] for one in found] == ["in order"] * 2
        assert [one["allowed_cents"] for one in found] == [*rounded[1:]]
        assert [one["discount_cents"] for one in found] == [*rounded[1:]]


class TestFollowing:
    """A county whose program lets its discounts follow corrections."""

    @pytest.fixture
    def programs(self, early):
        return (early.rstrip() + "\n          on_correction: follow\n",)

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_recv_030_a_decrease_takes_its_part_of_the_discount_back(self, county, order):
        """Whatever is told first: 100 of 2,000 stay off, 1,900 applied, 950 held, and told so."""
        steps = [
            county.issue,
            lambda: county.pay(285_000, JAN_15),
            lambda: _correct(county, 200_000, FEB_1),
        ]
        for step in order:
            steps[step]()

        accounts = county.accounts()
        assert (accounts["discount"], accounts["surplus_liability"]) == (10_000, -95_000)
        assert accounts["cash_clearing"] == 285_000
        assert county.open_cents() == 0
        given = sum(one["amount_cents"] for one in county.told("DiscountApplied"))
        back = sum(one["amount_cents"] for one in county.told("DiscountReversed"))
        assert given - back == 10_000
        (found,) = read(county, "discount-compliance", on=date(2022, 3, 1))
        assert (found["found"], read(county, "discount-review", **SPAN)) == ("in order", [])
        tied = read(county, "discount-reconciliation", **SPAN)
        assert [one["difference_cents"] for one in tied] == [0] * len(tied)


def test_recv_034_the_calendar_says_how_many_days_are_left(county):
    early, senior = read(county, "discount-calendar", tax_year=2021, on=JAN_15)
    assert (early["rate"], early["last_day"], early["days_left"]) == (
        "0.05",
        date(2022, 1, 31),
        17,
    )
    assert senior["days_left"] == 167
    with pytest.raises(Refusal, match="no tax year"):
        read(county, "discount-calendar", tax_year=1)
    with pytest.raises(Refusal, match="is before"):
        read(county, "discount-summary", from_on=FEB_1, to_on=JAN_15)
