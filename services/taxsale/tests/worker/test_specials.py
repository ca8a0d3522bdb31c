"""SALE-003: what levy tells of special assessments blocks a parcel's items, and frees them."""

import pytest

from millage.taxsale.v1 import taxsale_pb2 as pb
from millage.taxsale.v1 import taxsale_pb2_grpc as stubs
from taxkit import ids, testing
from taxsale_service.bootstrap import SPEC

PARCEL = "13264290020000"
SPECIAL, PAYOFF = ids.new_id(), ids.new_id()


def assessment(sequence: int, status: str, left_cents: int) -> str:
    data = {
        "assessment_id": str(SPECIAL), "assessment_number": "SSA-1", "parcel_number": PARCEL,
        "agency_name": "Area 12", "status": status, "left_cents": left_cents, "more": 1,
    }  # fmt: skip
    name = "org.millage.levy.SpecialAssessmentChanged.v1"
    return testing.foreign_event(name, f"special/{SPECIAL}", data, sequence=sequence)


def payoff(sequence: int, state: str, status: str) -> str:
    data = {
        "payoff_id": str(PAYOFF), "assessment_id": str(SPECIAL), "assessment_number": "SSA-1",
        "parcel_number": PARCEL, "agency_name": "Area 12", "payoff_on": "2023-03-31",
        "amount_cents": 204_110, "state": state, "status": status, "more": 1,
    }  # fmt: skip
    name = "org.millage.levy.SpecialPayoff.v1"
    return testing.foreign_event(name, f"special-payoff/{PAYOFF}", data, sequence=sequence)


@pytest.fixture
def blocks(app):
    """Ask what a buyer of the parcel's items has to wait for."""
    keys = testing.make_keys()
    with testing.server(SPEC, app, keys) as channel:
        stub = stubs.TaxsaleServiceStub(channel)
        metadata = testing.bearer(keys.token("taxsale.read"))

        def ask() -> pb.PayoffBlocks:
            asked = pb.GetPayoffBlocksRequest(parcel_number=PARCEL, tax_year=2021)
            return stub.GetPayoffBlocks(asked, metadata=metadata)

        yield ask


def test_sale_003_from_open_over_due_to_paid(app, blocks) -> None:
    """And blocked again when the payment was taken back."""
    hear, pay = "on_special_assessment_changed", "on_special_payoff"
    assert not blocks().blocked
    app.consumer.absorb(hear, [assessment(1, "posted", 200_000)])
    assert [(each.why, each.left_cents) for each in blocks().blocks] == [("not_paid_off", 200_000)]
    app.consumer.absorb(pay, [payoff(1, "due", "posted")])
    (block,) = blocks().blocks
    assert (block.why, block.payoff_cents) == ("payoff_due", 204_110)
    app.consumer.absorb(pay, [payoff(2, "paid", "paid_in_full")])
    assert not blocks().blocked
    app.consumer.absorb(pay, [payoff(3, "due", "posted")])
    assert blocks().blocked


def test_old_news_changes_nothing(app, blocks) -> None:
    """Out of order, and twice."""
    app.consumer.absorb("on_special_payoff", [payoff(2, "paid", "paid_in_full")])
    app.consumer.absorb("on_special_payoff", [payoff(1, "due", "posted")] * 2)
    app.consumer.absorb("on_special_assessment_changed", [assessment(3, "paid_in_full", 0)])
    app.consumer.absorb("on_special_assessment_changed", [assessment(1, "posted", 5)])

    assert not blocks().blocked
    assert testing.parked(app) == []


def test_sale_003_the_list_of_eligible_bills_says_who_waits(app, balance, bill_id) -> None:
    """Each with the assessments to be paid off first."""
    parts = [("2022-03-01", 500), ("2022-12-30", 600)]
    app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, parts)])
    app.consumer.absorb("on_special_assessment_changed", [assessment(1, "posted", 200_000)])
    keys = testing.make_keys()
    with testing.server(SPEC, app, keys) as channel:
        stub = stubs.TaxsaleServiceStub(channel)
        metadata = testing.bearer(keys.token("taxsale.read"))
        listed = stub.ListEligible(pb.ListEligibleRequest(as_of="2024-02-01"), metadata=metadata)
        asked = pb.GetSaleStandingRequest(bill_id=str(bill_id))
        standing = stub.GetSaleStanding(asked, metadata=metadata)

    assert [list(each.blocked_by) for each in (*listed.items, standing)] == [["SSA-1"]] * 2
