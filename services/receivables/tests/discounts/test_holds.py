"""RECV-024: a collection hold that the program excludes bars the discount, on its days."""

from datetime import date
from itertools import permutations

import pytest

from taxkit.ids import new_id
from taxkit.testing import foreign_event

JAN_10, JAN_15, JAN_20 = date(2022, 1, 10), date(2022, 1, 15), date(2022, 1, 20)
PARCEL = "13264290020000"


@pytest.fixture
def programs(early):
    return (early.rstrip() + "\n          excluded_holds: [bankruptcy]\n",)


def _placed(hold, *, kind="bankruptcy", ends_on=None):
    data = {
        "hold_id": hold, "parcel_number": PARCEL, "kind": kind, "reason": "r", "authority": "a",
        "begins_on": JAN_10.isoformat(), "ends_on": ends_on,
    }  # fmt: skip
    return foreign_event("org.millage.collections.HoldPlaced.v1", f"hold/{hold}", data)


def _released(hold, on):
    data = {
        "hold_id": hold, "parcel_number": PARCEL, "kind": "bankruptcy", "reason": "r",
        "released_on": on.isoformat(),
    }  # fmt: skip
    return foreign_event(
        "org.millage.collections.HoldReleased.v1", f"hold/{hold}", data, sequence=2
    )


def test_recv_024_a_held_parcel_gets_nothing_and_the_reason_is_kept(county):
    """Another kind of hold, or one over by then, bars nothing."""
    county.absorb("on_hold_placed", _placed(str(new_id()), kind="dispute"), JAN_10)
    county.absorb("on_hold_placed", _placed(str(new_id()), ends_on="2022-01-14"), JAN_10)
    county.issue()
    county.pay(285_000, JAN_15)
    assert county.open_cents() == 0
    county.bill = new_id()
    county.issue(bill_number="2021-2")
    county.absorb("on_hold_placed", _placed(str(new_id())), JAN_10)
    county.pay(285_000, JAN_15)
    assert county.open_cents() == 15_000
    assert county.log()[-1][2] == "holds: barring holds: bankruptcy"
    assert county.told("DiscountNotGranted")[-1]["programs"][0]["reason"] == "holds"


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_recv_024_a_hold_released_bars_nothing_from_that_day_on(county, order):
    """Whichever is told first, and told twice."""
    hold = str(new_id())
    told = [
        ("on_hold_placed", _placed(hold)),
        ("on_hold_released", _released(hold, JAN_15)),
    ]
    for each in (*order, *order):
        county.absorb(*told[each], JAN_15)
    county.issue()
    county.pay(285_000, JAN_15)
    assert county.open_cents() == 0


class TestAnyHold:
    """A county whose program no held account may have."""

    @pytest.fixture
    def programs(self, early):
        return (early.rstrip() + "\n          excluded_holds: [any]\n",)

    def test_recv_024_every_kind_of_hold_bars_it(self, county):
        county.absorb("on_hold_placed", _placed(str(new_id()), kind="dispute"), JAN_10)
        county.issue()
        county.pay(285_000, JAN_20)
        assert county.open_cents() == 15_000
