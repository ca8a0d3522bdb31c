"""DIST-018, COLL-023: once a day the books are told by tax year, by one worker."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from distribution_service.accounts import gl_posting
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import emitted


@pytest.fixture
def clock(app) -> FixedClock:
    app.clock = FixedClock(datetime(2023, 3, 2, 18, tzinfo=UTC))
    return app.clock


def told(app) -> list[tuple[str, int, int, str]]:
    return [
        (one["data"]["business_date"], one["data"]["tax_year"], one["data"]["shared_cents"],
         one["sequence"].lstrip("0"))
        for one in emitted(app) if ".GLPosted." in one["type"]
    ]  # fmt: skip


def test_dist_018_the_books_are_told_once_a_day(app, neighbours, clock):
    """What waits for its bill's lines is not in them, and neither is a fee on nobody's property."""
    bill, fee, waiting, receipt = new_id(), new_id(), new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill, {"A": 700, "B": 300}))
    line = {"agency_code": "fees", "fund": "R", "agency_name": "Office", "amount_cents": 50}
    made = neighbours.bill_created(fee, {"x": 50}, components=[line])
    neighbours.absorb(app, "on_bill_created", made)
    for sequence, (one, charge, cents) in enumerate(
        ((bill, "tax", 400), (bill, "interest", 9), (fee, "fee", 50), (waiting, "tax", 8)), 2
    ):
        posted = neighbours.allocated(one, sequence, (receipt, charge, cents))
        neighbours.absorb(app, "on_payment_allocated", posted)

    gl_posting.post(app)
    gl_posting.post(app)
    assert told(app) == [("2023-03-02", 2021, 409, "1")]

    back = neighbours.allocated(bill, 9, (receipt, "tax", -400), kind="reversal")
    neighbours.absorb(app, "on_payment_allocated", back)
    clock.moment = datetime(2023, 3, 3, 18, tzinfo=UTC)
    gl_posting.post(app)
    assert told(app)[1:] == [("2023-03-03", 2021, 9, "2")]


@pytest.mark.usefixtures("clock")
def test_dist_018_several_workers_tell_it_once(app, neighbours):
    bill = new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill, {"A": 700}))
    posted = neighbours.allocated(bill, 2, (new_id(), "tax", 400))
    neighbours.absorb(app, "on_payment_allocated", posted)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: gl_posting.post(app), range(4)))
    assert len(told(app)) == 1
