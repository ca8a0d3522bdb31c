"""RECV-028: what a second person grants is what was asked for, though the bill has changed."""

import sys
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from test_commands import Desk, refused

MARCH = date(2022, 3, 1)


@pytest.fixture
def desk(channel, keys, county):
    return Desk(channel, keys, county)


def correct(county, cents, on):
    part = {"installment": 1, "due_on": "2022-03-31", "amount_cents": cents}
    body = county.neighbours.bill_corrected(county.bill, 2, [part], on)
    county.absorb("on_bill_corrected", body, MARCH)


def asked(desk, county, paid):
    county.issue()
    receipt = county.pay(paid, MARCH)
    desk.proof()
    return receipt, desk.ask(receipt)


def test_recv_028_of_a_payment_taken_back_nothing_is_granted(desk, county):
    """RECV-028: the request waits on, and may be denied; nothing says that it was approved."""
    receipt, waiting = asked(desk, county, 270_000)
    county.reverse(receipt, 270_000, date(2022, 3, 2))
    refused(lambda: desk.decide(waiting), "DISCOUNT_SHORT")
    assert "approved" not in [one.action for one in desk.history().log]
    assert county.rows("select count(*) from facts where kind = 'discount_granted'") == [(0,)]
    assert desk.decide(waiting, grant=False).state == "denied"


def test_recv_028_of_a_payment_short_by_now_nothing_is_granted(desk, county):
    """RECV-028: the bill was raised as of a day before the payment."""
    _, waiting = asked(desk, county, 270_000)
    correct(county, 400_000, date(2022, 2, 20))
    refused(lambda: desk.decide(waiting), "DISCOUNT_SHORT")
    assert county.open_cents() == 130_000


def test_recv_028_more_than_was_asked_for_is_not_granted(desk, county):
    """RECV-028: 300.00 were asked for; of a bill raised since 310.00 would be let off."""
    _, waiting = asked(desk, county, 280_000)
    correct(county, 310_000, date(2022, 2, 20))
    refused(lambda: desk.decide(waiting), "DISCOUNT_CHANGED")
    assert county.open_cents() == 30_000


def test_recv_028_less_than_was_asked_for_is_granted(desk, county):
    """RECV-028: a bill lowered since bears 280.00."""
    _, waiting = asked(desk, county, 270_000)
    correct(county, 280_000, date(2022, 2, 20))
    done = desk.decide(waiting)
    assert (done.state, done.discount_cents, county.open_cents()) == ("applied", 28_000, 0)
