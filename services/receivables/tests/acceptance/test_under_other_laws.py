"""RECV-014: how late taxes grow elsewhere, from the event of a bill to the ledger and the quote."""

from datetime import date

import pytest


def under(name):
    return pytest.mark.parametrize("elsewhere", [name], indirect=True)


def interest(found):
    return [one.interest_charged_cents for one in found.installments]


@under("us-az")
def test_recv_014_arizona_takes_interest_back_once_all_is_paid_by_december_31(elsewhere):
    """RECV-014: 8.00 of November is posted, and posted back with the money of December 31."""
    year_end = date(2024, 12, 31)
    elsewhere.issue(600, 600, due=(date(2024, 11, 1), date(2025, 5, 1)), tax_year=2024)
    elsewhere.pay(608, date(2024, 11, 20))
    assert elsewhere.cells()["S interest 1"] == 8
    assert interest(elsewhere.quote(year_end)) == [0, 0]
    assert interest(elsewhere.quote(year_end, basis="installment")) == [800, 0]

    receipt = elsewhere.pay(592, year_end)

    assert "S interest 1" not in elsewhere.cells()
    settled = elsewhere.quote(date(2025, 6, 1))
    assert (settled.interest_basis, settled.open_cents) == ("full", 0)
    elsewhere.void(receipt, 592, date(2025, 1, 2))
    again = elsewhere.quote(date(2025, 1, 2))
    assert (again.interest_basis, interest(again), again.open_cents) == (
        "installment",
        [800, 0],
        60_000,
    )
    assert sum(elsewhere.balance_of_receipts().values()) == 60_800


@under("us-wi")
def test_recv_014_wisconsin_s_second_half_is_late_since_february(elsewhere):
    """RECV-014: in time through the fifth working day, then seven months at once."""
    elsewhere.issue(1000, 1000, due=(date(2024, 1, 31), date(2024, 7, 31)), tax_year=2023)
    elsewhere.pay(1000, date(2024, 2, 7))
    assert elsewhere.quote(date(2024, 8, 7)).open_cents == 100_000
    late = elsewhere.quote(date(2024, 8, 8))
    assert late.open_cents == 110_500

    elsewhere.pay(1105, date(2024, 8, 8))

    assert elsewhere.quote(date(2024, 12, 1)).open_cents == 0
    cells = elsewhere.cells()
    assert (cells["S interest 2"], cells["S penalty 2"]) == (70, 35)


@under("us-ia")
def test_recv_014_iowa_s_interest_is_whole_dollars_and_months_end_on_business_days(elsewhere):
    """RECV-014: September 30, 2023 is a Saturday; on Tuesday 18.51 of interest is 19."""
    elsewhere.issue(1234, due=(date(2023, 9, 30),), tax_year=2023)
    assert elsewhere.quote(date(2023, 10, 2)).open_cents == 123_400
    assert elsewhere.quote(date(2023, 10, 3)).open_cents == 125_300
    elsewhere.pay(1253, date(2023, 10, 3))
    assert elsewhere.quote(date(2024, 10, 3)).open_cents == 0


@under("us-wa")
def test_recv_014_washington_s_whole_year_counts_as_due_while_the_first_half_is_missed(elsewhere):
    """RECV-014: the quote says so from May 1, the balance with a part, until the half is paid."""
    elsewhere.issue(500, 500, due=(date(2019, 4, 30), date(2019, 10, 31)), tax_year=2019)

    def days(found):
        return [one.called_due_on for one in found.installments]

    def told():
        return [
            one.get("called_due_on")
            for one in elsewhere.told("BalanceChanged")[-1]["installments"]
        ]  # fmt: skip

    assert days(elsewhere.quote(date(2019, 4, 30))) == ["", ""]
    assert days(elsewhere.quote(date(2019, 5, 1))) == ["", "2019-04-30"]
    assert told() == [None, None]
    # The issue said it already, for whoever keeps a copy.
    issued = elsewhere.told("BalanceChanged")[-1]["installments"]
    ahead = {"from_on": "2019-05-01", "due_on": "2019-04-30"}
    assert [one.get("call") for one in issued] == [None, ahead]

    elsewhere.pay(100, date(2019, 5, 20))
    assert told() == [None, "2019-04-30"]
    elsewhere.pay(405, date(2019, 5, 21))
    assert told() == [None, None]
    assert days(elsewhere.quote(date(2019, 5, 22))) == ["", ""]


@pytest.mark.parametrize(
    ("elsewhere", "tax_year", "due", "paid", "on", "first_due"),
    [
        (
            *("us-wa", 2019, (date(2019, 4, 30), date(2019, 10, 31))),
            *(2020, date(2019, 5, 10), date(2019, 5, 31)),
        ),
        (
            *("us-wi", 2023, (date(2024, 1, 31), date(2024, 7, 31))),
            *(2030, date(2024, 2, 8), date(2024, 2, 29)),
        ),
    ],
    ids=["us-wa", "us-wi"],
    indirect=["elsewhere"],
)
def test_recv_019_the_first_date_moved_alone_gives_back_what_both_halves_bore(
    elsewhere, tax_year, due, paid, on, first_due
):
    """RECV-019: the bill was paid late as a whole, and by the first half's new date it was not."""
    elsewhere.issue(1000, 1000, due=due, tax_year=tax_year)
    elsewhere.pay(paid, on)
    assert elsewhere.quote(on).open_cents == 0
    elsewhere.correct(1000, 1000, on=on, due=(first_due, due[1]))

    assert elsewhere.cells() == {
        "S tax 1": 1000, "S tax 2": 1000, "pay S tax 1": -1000, "pay S tax 2": -1000,
        "surplus": paid - 2000,
    }  # fmt: skip
    assert interest(elsewhere.quote(date(2024, 12, 1))) == [0, 0]
    assert sum(elsewhere.balance_of_receipts().values()) == paid * 100
