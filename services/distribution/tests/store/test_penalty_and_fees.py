"""Penalty, fees and defaulted money are shared like the tax they stand beside, to the cent."""

import pytest

from distribution_service.domain.sharing import exact_shares, unpaid
from taxkit import testing
from taxkit.ids import new_id

KINDS = ("correction", "default", "transfer", "waiver", "cancellation", "nsf", "reallocation")


def shared(lines, cents):
    bill = unpaid(lines)
    parts = zip(bill.agencies, exact_shares(cents, bill), strict=True)
    return {agency: part for agency, part in parts if part}


def of_charge(app, charge_type):
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "select agency_code, sum(amount_cents)::bigint from share_entries"
            " where charge_type = %s group by 1 having sum(amount_cents) <> 0",
            (charge_type,),
        )
        return dict(map(tuple, rows))


def test_dist_001_penalty_and_fee_in_parts_end_at_the_bills_proportion(app, neighbours):
    """DIST-001: in three payments, alone or together, each kind of charge is shared exactly."""
    bill = new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    for number, cents in enumerate((3_333, 1, 2_666), 1):
        row = neighbours.allocated(
            bill, 2 * number, (new_id(), "penalty", cents), (new_id(), "fee", 2 * cents)
        )
        neighbours.absorb(app, "on_payment_allocated", row)
    assert shared(neighbours.LINES, 6_000) == of_charge(app, "penalty")
    assert shared(neighbours.LINES, 12_000) == of_charge(app, "fee")
    assert of_charge(app, "tax") == {}


def test_dist_002_a_penalty_taken_back_is_mirrored_in_any_order(app, neighbours):
    """DIST-002: whichever comes first, bill, payment or reversal, the agencies keep nothing."""
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        bill, kept, undone = new_id(), new_id(), new_id()
        paid = neighbours.allocated(bill, 2, (undone, "penalty", 777), (kept, "fee", 11))
        back = neighbours.allocated(bill, 4, (undone, "penalty", -777), kind="nsf")
        steps = [
            ("on_bill_created", neighbours.bill_created(bill)),
            ("on_payment_allocated", paid),
            ("on_payment_allocated", back),
        ]
        for place in order:
            neighbours.absorb(app, *steps[place])
        assert neighbours.shares(app, receipt_id=undone) == {}
        assert neighbours.shares(app, receipt_id=kept) == shared(neighbours.LINES, 11)
    assert testing.parked(app) == []


@pytest.mark.parametrize("kind", KINDS)
def test_money_that_changes_its_collection_type_moves_no_share(app, neighbours, kind):
    """RECV-009: from S to DS or U within a receipt nets to nothing; every kind is understood."""
    bill, receipt = new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    paid = neighbours.allocated(bill, 2, (receipt, "tax", 5_000), (receipt, "penalty", 500))
    neighbours.absorb(app, "on_payment_allocated", paid)
    before = neighbours.shares(app, bill_id=bill)
    moved = neighbours.allocated(
        bill, 4, (receipt, "tax", -5_000), (receipt, "tax", 5_000), kind=kind
    )
    neighbours.absorb(app, "on_payment_allocated", moved)
    assert before == neighbours.shares(app, bill_id=bill)
    assert testing.parked(app) == []


def test_from_penalty_to_tax_a_reallocation_keeps_the_receipts_sum(app, neighbours):
    """RECV-006: what is lifted off a penalty and put on tax is taken from those who had it."""
    bill, receipt = new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    for sequence, rows in (
        (2, [(receipt, "penalty", 2_000)]),
        (4, [(receipt, "penalty", -2_000), (receipt, "tax", 2_000)]),
    ):
        row = neighbours.allocated(bill, sequence, *rows, kind="reallocation")
        neighbours.absorb(app, "on_payment_allocated", row)
    assert of_charge(app, "penalty") == {}
    assert of_charge(app, "tax") == shared(neighbours.LINES, 2_000)
