"""DIST-016: what is held for somebody is a liability until it goes where it belongs."""

import pytest

from millage.distribution.v1 import accounts_pb2 as pb
from millage.distribution.v1 import accounts_pb2_grpc as stubs
from taxkit.ids import new_id
from taxkit.testing import bearer, foreign_event


def held(item, cents, sequence, category="surplus", subcode="overpayment", **changes):
    data = {
        "surplus_item_id": str(item), "category": category, "subcode": subcode,
        "parcel_number": "13264290020000", "owner": "Dolores Park", "open_cents": cents,
        "state": "open" if cents else "closed",
    }  # fmt: skip
    name = "org.millage.receivables.SurplusChanged.v1"
    return foreign_event(name, f"surplus/{item}", data | changes, sequence=sequence)


@pytest.fixture
def asked(channel, keys):
    stub, metadata = stubs.AccountServiceStub(channel), bearer(keys.token("distribution.read"))

    def ask():
        answer = stub.ListLiabilities(pb.ListLiabilitiesRequest(), metadata=metadata)
        return [
            (one.category, one.subcode, one.item_count, one.open_cents)
            for one in answer.liabilities
        ]

    return ask


def test_dist_016_held_money_is_a_liability_by_category_until_it_is_gone(app, neighbours, asked):
    first, second, other = new_id(), new_id(), new_id()
    neighbours.absorb(
        app,
        "on_surplus_changed",
        held(first, 200, 1),
        held(second, 300, 1),
        held(other, 50, 1, "suspense", "unknown_bill"),
    )
    assert asked() == [
        ("surplus", "overpayment", 2, 500),
        ("suspense", "unknown_bill", 1, 50),
    ]
    neighbours.absorb(app, "on_surplus_changed", held(first, 0, 2), held(other, 20, 2))
    assert asked() == [("surplus", "overpayment", 2, 320)]


def test_dist_016_the_newest_state_counts_whatever_comes_first(app, neighbours, asked):
    """An older one that comes late, or again, changes nothing."""
    item = new_id()
    for cents, sequence in ((0, 3), (500, 1), (200, 2), (0, 3)):
        neighbours.absorb(app, "on_surplus_changed", held(item, cents, sequence))
    assert asked() == []
