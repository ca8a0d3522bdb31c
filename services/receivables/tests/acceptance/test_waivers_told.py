"""RECV-020: what was told of a bill's waivers adds up to what is waived on it, whatever follows."""

from datetime import date

import pytest

DUE, LATE = date(2019, 12, 10), date(2019, 12, 11)
pytestmark = pytest.mark.parametrize("law_folder", ["waiver"], indirect=True)


def told(county):
    """(day, cents, at a till) of each message, in order."""
    return [
        (one["business_date"], one["amount_cents"], one["receipt_id"] is not None)
        for one in county.told("PenaltyInterestWaived")
    ]


def issue(county):
    county.issue(1_000, due=(DUE,))


def test_recv_020_what_an_unlocked_bill_owes_again_is_told(quiet):
    """Distribution keeps an entry of it: the waiver's opposite, on the day of the unlocking."""
    issue(quiet)
    quiet.pay(1_020, LATE, waived={"penalty_cents": 0, "interest_cents": 3_000})
    quiet.unlock(date(2020, 2, 3))

    assert told(quiet) == [("2019-12-11", 3_000, True), ("2020-02-03", -3_000, False)]
    back = quiet.told("PenaltyInterestWaived")[-1]["rows"]
    assert back == [{"installment": 1, "charge_type": "interest", "amount_cents": -3_000}]


def test_recv_020_a_waiver_that_came_before_its_bill_is_told_with_it(quiet):
    """The till took it off a bill nobody knew: nobody is left without the entry."""
    quiet.pay(1_020, LATE, waived={"interest_cents": 3_000})
    assert told(quiet) == []
    issue(quiet)

    assert [cents for _, cents, _ in told(quiet)] == [3_000]


def test_recv_020_a_payment_that_was_in_time_leaves_nothing_to_waive(quiet):
    """A payment received on the due date and heard of late: there was no interest to waive."""
    issue(quiet)
    quiet.waive((1, "penalty", 20), on=LATE)
    quiet.pay(1_000, date(2019, 12, 20), effective_on=DUE.isoformat())

    assert quiet.quote(date(2020, 1, 15)).open_cents == 0
    assert [cents for _, cents, _ in told(quiet)] == [2_000, -2_000]
