"""What receivables tells again after a restore, under new ids, is booked once."""

import pytest

from taxkit.ids import new_id

TAX, INTEREST = "tax", "interest"


@pytest.fixture
def stream(neighbours):
    """A bill's events; each call makes them anew, with ids of their own, as after a restore."""
    bill, first, second = new_id(), new_id(), new_id()

    def told():
        return [
            neighbours.allocated(bill, 1, (first, TAX, 50_000)),
            neighbours.allocated(bill, 3, (second, TAX, 30_000), (second, INTEREST, 700)),
            neighbours.allocated(bill, 5, (second, TAX, -30_000), kind="reversal"),
        ]

    return bill, told


@pytest.mark.parametrize("again", [slice(0, 3), slice(2, 3), slice(1, 3), slice(0, 1)])
@pytest.mark.parametrize("at_once", [True, False], ids=["a batch", "one by one"])
def test_the_same_postings_under_new_ids_move_nothing(app, neighbours, stream, again, at_once):
    """As `operations.md` has a restore done: from any moment on, and whatever the batches are."""
    bill, told = stream
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    neighbours.absorb(app, "on_payment_allocated", *told())
    before = neighbours.shares(app, bill_id=bill)
    assert sum(before.values()) == 50_700

    retold = told()[again]
    for batch in [retold] if at_once else [[one] for one in retold]:
        neighbours.absorb(app, "on_payment_allocated", *batch)

    assert neighbours.shares(app, bill_id=bill) == before


def test_what_comes_after_them_is_booked(app, neighbours, stream):
    """In one batch with what is told again."""
    bill, told = stream
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    neighbours.absorb(app, "on_payment_allocated", *told())

    more = neighbours.allocated(bill, 7, (new_id(), TAX, 1_000))
    neighbours.absorb(app, "on_payment_allocated", *told(), more)

    assert sum(neighbours.shares(app, bill_id=bill).values()) == 51_700


def test_a_bill_that_waits_for_its_lines_waits_with_each_posting_once(app, neighbours, stream):
    bill, told = stream
    neighbours.absorb(app, "on_payment_allocated", *told())
    neighbours.absorb(app, "on_payment_allocated", *told())
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))

    assert sum(neighbours.shares(app, bill_id=bill).values()) == 50_700


def test_late_events_are_no_repetition(app, neighbours, stream):
    """They fill places of their own, behind what was heard."""
    bill, told = stream
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    for one in reversed(told()):
        neighbours.absorb(app, "on_payment_allocated", one)

    assert sum(neighbours.shares(app, bill_id=bill).values()) == 50_700


def test_a_place_filled_otherwise_is_not_guessed_at(app, neighbours, stream):
    """Facts taken in again in another order: parked, and never booked twice."""
    bill, told = stream
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    neighbours.absorb(app, "on_payment_allocated", *told())

    other = neighbours.allocated(bill, 3, (new_id(), TAX, 9))
    neighbours.absorb(app, "on_payment_allocated", other)

    with app.database.begin() as connection:
        reasons = connection.exec_driver_sql("select reason from parked_messages").scalars().all()
    assert reasons == ["PLACE_TAKEN"]
    assert sum(neighbours.shares(app, bill_id=bill).values()) == 50_700
