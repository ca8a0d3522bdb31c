"""SALE-003: what levy tells of special assessments blocks a parcel's items, and frees them."""

import random

import pytest

from millage.taxsale.v1 import taxsale_pb2 as pb
from millage.taxsale.v1 import taxsale_pb2_grpc as stubs
from taxkit import ids, testing
from taxsale_service.bootstrap import SPEC

PARCEL = "13264290020000"
SPECIAL, PAYOFF = ids.new_id(), ids.new_id()


def assessment(sequence: int, status: str, left_cents: int, parcel: str = PARCEL) -> str:
    data = {
        "assessment_id": str(SPECIAL), "assessment_number": "SSA-1", "parcel_number": parcel,
        "agency_name": "Area 12", "status": status, "left_cents": left_cents, "more": 1,
    }  # fmt: skip
    name = "org.millage.levy.SpecialAssessmentChanged.v1"
    return testing.foreign_event(name, f"special/{SPECIAL}", data, sequence=sequence)


def payoff(sequence: int, state: str, status: str, **changes: object) -> str:
    data = {
        "payoff_id": str(PAYOFF), "assessment_id": str(SPECIAL), "assessment_number": "SSA-1",
        "parcel_number": PARCEL, "agency_name": "Area 12", "payoff_on": "2023-03-31",
        "amount_cents": 204_110, "state": state, "status": status, "more": 1, **changes,
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

        def ask(parcel: str = PARCEL) -> pb.PayoffBlocks:
            asked = pb.GetPayoffBlocksRequest(parcel_number=parcel, tax_year=2021)
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


def story() -> list[tuple[str, str]]:
    """Asked for, paid, owed again, withdrawn; the assessment's own news beside it."""
    steps = [("due", 0), ("paid", 0), ("due", 0), ("withdrawn", 200_000)]
    told = [("on_special_assessment_changed", assessment(1, "posted", 200_000))]
    for place, (state, left) in enumerate(steps, start=1):
        status = "paid_in_full" if state == "paid" else "posted"
        news = payoff(place, state, status, assessment_step=place + 1, left_cents=left)
        told.append(("on_special_payoff", news))
        told.append(("on_special_assessment_changed", assessment(place + 1, status, left)))
    return told


@pytest.mark.parametrize("seed", range(6))
def test_sale_003_a_withdrawn_payoff_leaves_what_there_was_before(app, blocks, seed) -> None:
    """LEVY-017: in whatever order the news of it comes, the buyer waits for the assessment."""
    told = story()
    random.Random(seed).shuffle(told)
    for method, news in told:
        app.consumer.absorb(method, [news])

    assert [(each.why, each.left_cents) for each in blocks().blocks] == [("not_paid_off", 200_000)]


def test_sale_003_what_was_moved_blocks_where_it_is(app, blocks) -> None:
    """LEVY-024: of a retired parcel, on the one in its place and still on its own old items."""
    app.consumer.absorb("on_special_payoff", [payoff(1, "due", "posted", assessment_step=2)])
    app.consumer.absorb("on_special_assessment_changed", [assessment(3, "posted", 5, "NEW")])
    assert not blocks().blocked
    (block,) = blocks("NEW").blocks
    assert (block.why, block.payoff_cents) == ("payoff_due", 204_110)
    retired = testing.foreign_event(
        "org.millage.levy.ParcelRetired.v1", f"parcel/{PARCEL}",
        {"parcel_number": PARCEL, "successor_number": "NEW", "retired_on": "2022-11-14"},
        sequence=1,
    )  # fmt: skip
    app.consumer.absorb("on_parcel_retired", [retired])

    assert [each.assessment_number for each in blocks().blocks] == ["SSA-1"]
