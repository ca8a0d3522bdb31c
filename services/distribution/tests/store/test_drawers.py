"""The tie-out's drawers: what sessions said they took is what came here."""

import pytest

from distribution_service import tieout
from taxkit import metrics
from taxkit.ids import new_id


@pytest.fixture
def difference(app):
    def measured() -> float:
        tieout.measure(app)
        return metrics.TIEOUT_DIFFERENCE_CENTS.labels("drawers")._value.get()

    return measured


def test_a_drawer_ties_when_all_its_receipts_are_here(app, neighbours, difference):
    """Before it is closed nothing is asked; a receipt still on its way is a difference."""
    session, one, two = new_id(), new_id(), new_id()
    posted = [neighbours.payment_posted(each, 500, session_id=session) for each in (one, two)]
    neighbours.absorb(app, "on_payment_posted", posted[0])
    assert difference() == 0

    neighbours.absorb(app, "on_session_closed", neighbours.session_closed(session, 1_000))
    assert difference() == 500
    neighbours.absorb(app, "on_payment_posted", posted[1])
    assert difference() == 0


def test_differences_do_not_make_up_for_each_other(app, neighbours, difference):
    """One drawer too much and one too little are two breaks."""
    for said in (400, 600):
        session = new_id()
        posted = neighbours.payment_posted(new_id(), 500, session_id=session)
        neighbours.absorb(app, "on_payment_posted", posted)
        neighbours.absorb(app, "on_session_closed", neighbours.session_closed(session, said))

    assert difference() == 200


def test_a_reversal_is_out_of_the_drawer_and_a_cancellation_is_not(app, neighbours, difference):
    """The first came before it was closed, the other after."""
    session, reversed_, cancelled = new_id(), new_id(), new_id()
    for receipt in (reversed_, cancelled):
        posted = neighbours.payment_posted(receipt, 500, session_id=session)
        neighbours.absorb(app, "on_payment_posted", posted)
    neighbours.absorb(app, "on_payment_reversed", neighbours.payment_reversed(reversed_, 500))
    neighbours.absorb(app, "on_session_closed", neighbours.session_closed(session, 500))
    assert difference() == 0

    neighbours.absorb(app, "on_payment_cancelled", neighbours.payment_reversed(cancelled, 500))
    assert difference() == 0


def test_the_newest_two_dates_are_compared(app, neighbours, difference):
    """What an older date differs by was told of when it was new."""
    for day, gone in (("2022-12-01", 1), ("2022-12-02", 10), ("2022-12-05", 100)):
        closed = neighbours.session_closed(new_id(), gone, day)
        neighbours.absorb(app, "on_session_closed", closed)

    assert difference() == 110
