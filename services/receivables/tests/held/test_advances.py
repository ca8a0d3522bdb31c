"""Money paid in advance waits for its bill, and pays it when it comes."""

import json
from datetime import UTC, datetime

import pytest

from receivables_service.held import items as held_items
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import parked


@pytest.fixture(autouse=True)
def in_february(app):
    """Before anything bears interest."""
    clock = FixedClock(datetime(2022, 2, 11, 18, tzinfo=UTC))
    app.clock = app.consumer._clock = clock


def advance(app, neighbours, cents, kind="regular", year=None, **names):
    """A receipt of one advance line on the parcel; gives its id."""
    receipt = new_id()
    line = {
        **neighbours.line(1, cents), "kind": "advance", "advance_type": kind,
        "parcel_number": "13264290020000", "tax_year": year,
        "suspense_reason": None, "escrow_account": None, **names,
    }  # fmt: skip
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, line)])
    return receipt, line


def items(ledger):
    return ledger.rows(
        "select category, subcode, advance_type, open_cents, state from held_items"
        " order by receipt_id, item_id"
    )


def issue(app, neighbours):
    bill = new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    return bill


def tied(app):
    with app.database.begin() as connection:
        return list(held_items.differences(connection, 10))


def test_recv_038_a_held_advance_pays_the_bill_when_it_comes(app, neighbours, ledger):
    """RECV-038: it shows as a payment of its own receipt; the item is spent."""
    receipt, _ = advance(app, neighbours, 50_000)
    assert items(ledger) == [("advance", "advance", "regular", 50_000, "open")]
    bill = issue(app, neighbours)
    assert items(ledger) == [("advance", "advance", "regular", 0, "closed")]
    assert ledger.told("BalanceChanged")[-1]["data"]["open_cents"] == 130_000
    (paid,) = [
        one["data"] for one in ledger.told("PaymentAllocated")
        if one["subject"] == f"bill/{bill}"
    ]  # fmt: skip
    assert ("payment", str(receipt), 50_000) == (
        paid["kind"], paid["receipt_id"], sum(row["amount_cents"] for row in paid["rows"]),
    )  # fmt: skip
    assert sum(ledger.received().values()) == 50_000 == ledger.balance("cash_clearing")
    assert tied(app) == parked(app) == []


def test_recv_038_more_than_the_bill_stays_for_the_next(app, neighbours, ledger):
    """RECV-038: what the bill does not ask for is held on; a bill told again takes nothing."""
    advance(app, neighbours, 200_000)
    bill = issue(app, neighbours)
    assert items(ledger)[0][3:] == (20_000, "open")
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    assert items(ledger)[0][3:] == (20_000, "open")
    assert tied(app) == parked(app) == []


@pytest.mark.parametrize(
    ("kind", "category", "subcode", "year"),
    [
        ("replacement_payment", "trust", "replacement_payment", None),
        ("tract_map_bond", "trust", "tract_map_bond", None),
        ("pre_deposit", "suspense", "pre_deposit", None),
        ("assessment_suit", "suspense", "advance_suspense", None),
        ("never heard of", "suspense", "unmatched", None),
        ("regular", "advance", "advance", 2030),
    ],
)
def test_recv_040_what_waits_for_something_else_is_left_alone(
    app, neighbours, ledger, kind, category, subcode, year
):
    """RECV-039, RECV-040: a category per subcode (Q-44); another year, trust and suspense wait."""
    advance(app, neighbours, 50_000, kind, year)
    issue(app, neighbours)
    assert items(ledger) == [(category, subcode, kind, 50_000, "open")]
    assert tied(app) == []


def test_recv_047_a_wire_is_held_in_its_own_suspense_until_its_bill_comes(app, neighbours, ledger):
    """RECV-047: own mapping and suspense kind."""
    advance(app, neighbours, 50_000, "wire_transfer")
    assert items(ledger)[0][:2] == ("suspense", "wire_transfer")
    issue(app, neighbours)
    assert items(ledger)[0][3:] == (0, "closed")


def test_recv_038_a_reversed_advance_leaves_the_bill_again(app, neighbours, ledger):
    """RECV-038: the bill owes what it did before; nothing is left anywhere."""
    receipt, line = advance(app, neighbours, 50_000)
    issue(app, neighbours)
    app.consumer.absorb("on_payment_reversed", [neighbours.payment_reversed(receipt, line)])
    assert ledger.rows("select open_cents::int from bills") == [(180_000,)]
    assert 0 == ledger.balance("cash_clearing") == ledger.balance("suspense_liability")
    assert items(ledger)[0][3:] == (0, "closed")
    assert tied(app) == parked(app) == []


def test_recv_038_two_advances_and_two_bills_in_one_batch(app, neighbours, ledger):
    """RECV-038: oldest money first, oldest year first; a cent is spent once."""
    for cents in (100_000, 100_000):
        advance(app, neighbours, cents)
    bodies = [
        neighbours.bill_created(new_id(), bill_number=f"{year}-x", tax_year=year)
        for year in (2022, 2021)
    ]
    app.consumer.absorb("on_bill_created", bodies)
    assert ledger.rows("select open_cents::int from held_items") == [(0,), (0,)]
    assert ledger.rows("select open_cents::int from bills order by tax_year") == [(0,), (160_000,)]
    assert tied(app) == parked(app) == []


def test_recv_038_a_bill_that_is_heard_of_before_its_advance_is_paid_by_it(app, neighbours, ledger):
    """RECV-038: the bill was made after the money was taken; told again, nothing more is spent."""
    issue(app, neighbours)
    receipt, line = advance(app, neighbours, 50_000)
    assert items(ledger) == [("advance", "advance", "regular", 0, "closed")]
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, line)])
    assert ledger.rows("select open_cents::int from bills") == [(130_000,)]
    assert tied(app) == parked(app) == []


@pytest.mark.parametrize(
    ("names", "made_at"),
    [
        ({}, "2022-02-09T08:00:00+00:00"),
        ({"kind": "pre_deposit"}, "2022-02-11T08:00:00+00:00"),
        ({"year": 2030}, "2022-02-11T08:00:00+00:00"),
        ({"parcel_number": "another"}, "2022-02-11T08:00:00+00:00"),
    ],
)
def test_recv_038_only_a_bill_made_after_the_advance_is_its_bill(
    app, neighbours, ledger, names, made_at
):
    """RECV-038: one that was there, another year's or parcel's, or suspense: the money waits."""
    body = json.loads(neighbours.bill_created(new_id())) | {"time": made_at}
    app.consumer.absorb("on_bill_created", [json.dumps(body)])
    advance(app, neighbours, 50_000, **names)
    assert items(ledger)[0][3:] == (50_000, "open")
    assert tied(app) == parked(app) == []
