"""A corrected bill's money is shared by its newest lines, whatever came first."""

import itertools

from distribution_service import tieout
from distribution_service.domain.sharing import exact_shares, unpaid
from taxkit import metrics, testing
from taxkit.ids import new_id


def shared(lines, cents):
    bill = unpaid(lines)
    parts = zip(bill.agencies, exact_shares(cents, bill), strict=True)
    return {agency: part for agency, part in parts if part}


def test_dist_001_after_a_correction_the_money_is_shared_by_the_new_lines(app, neighbours):
    """DIST-001: an agency that fell out gives back, one that came in receives; every cent stays."""
    bill, first, second = new_id(), new_id(), new_id()
    gone = next(iter(neighbours.LINES))
    lines = {code: cents // 2 for code, cents in neighbours.LINES.items() if code != gone}
    lines["099990000"] = 12_345
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    neighbours.absorb(
        app, "on_payment_allocated", neighbours.allocated(bill, 2, (first, "tax", 10_007))
    )
    neighbours.absorb(app, "on_bill_corrected", neighbours.bill_corrected(bill, 2, lines))

    assert shared(lines, 10_007) == neighbours.shares(app, receipt_id=first)
    rest = sum(lines.values()) - 10_007
    neighbours.absorb(
        app, "on_payment_allocated", neighbours.allocated(bill, 4, (second, "tax", rest))
    )
    assert lines == neighbours.shares(app, bill_id=bill)
    assert gone not in neighbours.shares(app, bill_id=bill)


def test_corrections_bills_and_money_in_any_order_end_the_same(app, neighbours):
    """The newest version wins; an older one that comes late, or twice, changes nothing."""
    outcomes = []
    half = {code: cents // 2 for code, cents in neighbours.LINES.items()}
    third = {code: cents // 3 for code, cents in neighbours.LINES.items()}
    for order in itertools.islice(itertools.permutations(range(5)), 0, None, 5):
        bill, one, two = new_id(), new_id(), new_id()
        facts = [
            ("on_bill_created", neighbours.bill_created(bill)),
            ("on_payment_allocated", neighbours.allocated(bill, 2, (one, "tax", 5_003))),
            ("on_bill_corrected", neighbours.bill_corrected(bill, 2, half)),
            ("on_bill_corrected", neighbours.bill_corrected(bill, 3, third)),
            (
                "on_payment_allocated",
                neighbours.allocated(bill, 4, (two, "tax", 77), (one, "tax", -3), kind="nsf"),
            ),
        ]
        for place in order:
            neighbours.absorb(app, *facts[place])
        outcomes.append(neighbours.shares(app, bill_id=bill))
    assert all(shared(third, 5_077) == outcome for outcome in outcomes)
    assert testing.parked(app) == []


def test_a_bill_corrected_to_nothing_gives_back_by_the_lines_it_had(app, neighbours):
    """RECV-006: what the correction lifts leaves the agencies that had it."""
    bill, receipt = new_id(), new_id()
    none = dict.fromkeys(neighbours.LINES, 0)
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    for body in (
        neighbours.allocated(bill, 2, (receipt, "tax", 9_999)),
        neighbours.allocated(bill, 4, (receipt, "tax", -9_999), kind="reallocation"),
    ):
        neighbours.absorb(app, "on_payment_allocated", body)
        neighbours.absorb(app, "on_bill_corrected", neighbours.bill_corrected(bill, 2, none))
    assert neighbours.shares(app, bill_id=bill) == {}
    assert testing.parked(app) == []


def test_a_correction_leaves_the_tieout_where_it_was(app, neighbours):
    """Its entries add up to nothing on the day they are booked."""
    bill, receipt = new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    neighbours.absorb(
        app, "on_payment_posted", neighbours.payment_posted(receipt, 500, session_id=new_id())
    )
    neighbours.absorb(
        app, "on_payment_allocated", neighbours.allocated(bill, 2, (receipt, "tax", 500))
    )
    lines = {code: cents + 1 for code, cents in neighbours.LINES.items()}
    neighbours.absorb(app, "on_bill_corrected", neighbours.bill_corrected(bill, 2, lines))
    tieout.measure(app)
    assert metrics.TIEOUT_DIFFERENCE_CENTS.labels("shares")._value.get() == 0
