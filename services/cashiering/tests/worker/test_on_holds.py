"""COLL-010: the counter's copy of holds, in whatever order they are told."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from cashiering_service.baskets import known_accounts
from cashiering_service.baskets.rulebook import of_counters
from taxkit import testing
from taxkit.testing import foreign_event

PARCEL = "13264290020000"
HOLD = "01937c3e-0000-7000-8000-0000000000f1"


def told(name: str, sequence: int, **data: Any) -> str:
    given = {"hold_id": HOLD, "parcel_number": PARCEL, "kind": "bankruptcy", "more": 1, **data}
    event = f"org.millage.collections.{name}.v1"
    return foreign_event(event, f"hold/{HOLD}", given, sequence=sequence)


PLACED = told(
    "HoldPlaced", 1, begins_on="2023-03-01", ends_on="2023-04-30", reason="r", authority="a"
)
RELEASED = told("HoldReleased", 2, released_on="2023-03-20", reason="dismissed")


@pytest.fixture(autouse=True)
def empty(app) -> None:
    testing.empty(app, ("collection_holds",))


@pytest.fixture
def held(app):
    """Whether the parcel's bills are on hold on a day."""
    law = of_counters(app)

    def on(day: str) -> bool:
        asked = date.fromisoformat(day)
        with app.database.begin() as connection:
            book = known_accounts.read(connection, law.at(asked), [PARCEL], asked)
        bills = book.of_parcel(PARCEL)
        assert bills
        return all(each.holds for each in bills)

    return on


def test_coll_010_it_holds_from_its_first_day_through_its_last(app, held) -> None:
    """COLL-010: both days count."""
    app.consumer.absorb("on_hold_placed", [PLACED, PLACED])
    days = ("2023-02-28", "2023-03-01", "2023-04-30", "2023-05-01")
    assert [held(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_coll_010_a_release_ends_it_whichever_comes_first(app, held, order) -> None:
    """COLL-010: from the day of the release on."""
    steps = [("on_hold_placed", PLACED), ("on_hold_released", RELEASED)]
    for place in order:
        app.consumer.absorb(steps[place][0], [steps[place][1]])
    assert [held(day) for day in ("2023-03-19", "2023-03-20")] == [True, False]
    assert testing.parked(app) == []
