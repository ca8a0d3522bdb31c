"""A payment taken at the counter reaches all seven services, each cent of it."""

import pytest
from county import DAY, PATIENCE_SECONDS, County, cash, check, line

from devkit.roster import SERVICES
from millage.cashiering.v1.cashiering_pb2 import Session
from millage_cli.tieout import breaks, tie_out_within


def test_24_real_bills_come_out_to_the_cent_and_are_known_everywhere(county: County):
    """Every total and every agency's line is what was printed; all services have all bills."""
    assert county.loaded.differences == []
    assert len(county.loaded.bills) == 24
    assert all(len(bill.installments) == 2 for bill in county.loaded.bills)


def test_a_payment_with_cash_and_check_is_in_every_service(county: County, session: Session):
    """Allocated in full, aged, off the sale list, shared to the cent, and a notice written."""
    bill = county.bills["16313300050000", 2020]
    due = county.due(bill)
    receipt = county.pay(session, [line(bill, due)], [check(100_000), cash(due - 100_000 + 77)])
    assert (receipt.total_cents, receipt.change_cents) == (due, 77)

    trail = county.followed(receipt)

    assert sum(row.amount_cents for row in trail.allocations) == due
    assert {row.state for row in trail.allocations} == {"allocation"}
    assert {row.charge_type for row in trail.allocations} == {"tax", "interest"}
    assert sum(share.amount_cents for share in trail.shares) == due
    assert trail.undistributed_cents == 0
    ((aging,), (standing,)) = trail.bills[0].aging, trail.bills[0].standings
    assert aging.open_before_cents > 0
    assert (aging.open_after_cents, aging.bucket_after) == (0, "settled")
    assert standing.standing_after == "settled"
    assert standing.standing_before != "settled"
    assert len(trail.notices) == 1
    assert county.due(bill) == 0


def test_a_basket_of_two_years_is_one_receipt_and_two_allocations(county: County, session: Session):
    bills = [county.bills["20304190020000", 2019], county.bills["13314160290000", 2020]]
    dues = [county.due(bill) for bill in bills]
    lines = [line(bill, due) for bill, due in zip(bills, dues, strict=True)]
    receipt = county.pay(session, lines, [check(sum(dues), "77015")])

    trail = county.followed(receipt)

    paid = {
        bill.bill_id: sum(
            row.amount_cents for row in trail.allocations if row.bill_id == bill.bill_id
        )
        for bill in bills
    }
    assert list(paid.values()) == dues
    assert sum(share.amount_cents for share in trail.shares) == sum(dues)
    assert {share.bill_id for share in trail.shares} == set(paid)
    assert [bill.aging[0].bucket_after for bill in trail.bills] == ["settled", "settled"]


def test_what_is_paid_beyond_the_bill_is_surplus_and_not_shared(county: County, session: Session):
    bill = county.bills["20304190020000", 2019]
    receipt = county.pay(session, [line(bill, 12_34)], [cash(12_34)])

    trail = county.followed(receipt)

    assert [(row.state, row.amount_cents) for row in trail.allocations] == [("surplus", 12_34)]
    assert list(trail.shares) == []
    assert trail.undistributed_cents == 12_34


def test_the_trace_of_a_receipt_is_one_and_names_every_service(county: County, session: Session):
    """Each service answers for the receipt's own trace id, and says when it was durable."""
    bill = county.bills["28123120140000", 2019]
    receipt = county.pay(session, [line(bill, 100_00)], [cash(100_00)])

    trail = county.followed(receipt)

    assert len(receipt.trace_id) == 32
    assert {step.service for step in trail.steps} == set(SERVICES)
    told = next(step for step in trail.steps if step.service == "cashiering")
    assert (told.kind, told.event) == ("emitted", "PaymentPosted.v1")
    assert all(step.at >= told.at for step in trail.steps if step.kind == "consumed")


def test_the_same_key_takes_the_money_once(county: County, session: Session):
    bill = county.bills["28123120140000", 2019]
    first, second = (
        county.pay(session, [line(bill, 1_00)], [cash(1_00)], key="the-same-key") for _ in range(2)
    )
    county.receipts.pop()

    assert first.receipt_id == second.receipt_id


@pytest.mark.parametrize("day", [DAY])
def test_the_day_ties_out_to_the_cent(county: County, day: str):
    """Drawers = allocations + surplus + suspense = shares + undistributed."""
    result = tie_out_within(county.office, day, PATIENCE_SECONDS)

    assert result.holds, (result.as_json(), list(breaks(county.office, day)))
    assert result.legs.received_cents > 0


def test_nothing_is_left_on_its_way(county: County):
    """Outboxes, queues and waiting rooms are empty, and nothing is parked."""
    county.settled()
