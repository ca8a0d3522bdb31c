"""CASH-061: what goes to the bank."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.deposits import (
    HELD,
    ClosedDrawer,
    by_tender,
    check_drawers,
    deposit_number,
)
from taxkit.errors import Refusal

DAY = date(2022, 12, 15)
DRAWER = ClosedDrawer(UUID(int=1), False, DAY, 0, {"cash": 500}, False, None)
kinds = st.sampled_from(["cash", "check", "card", "escrow", "surplus"])
drawers = st.lists(
    st.dictionaries(kinds, st.integers(0, 10**9)).map(lambda counts: replace(DRAWER, counts=counts))
)


@given(drawers)
def test_cash_061_a_deposit_is_all_money_in_its_drawers(given_) -> None:
    """To the cent; what was paid from money held already is no money in a drawer."""
    found = by_tender(given_)

    assert sum(found.values()) == sum(one.total_cents for one in given_)
    assert sum(found.values()) == sum(
        cents for one in given_ for kind, cents in one.counts.items() if kind not in HELD
    )
    assert not HELD & found.keys()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_open": True}, "SESSION_OPEN"),
        ({"deposit_number": "D-20221216-1"}, "SESSION_DEPOSITED"),
        ({"over_short_cents": -1}, "SESSION_NOT_RECOUNTED"),
        ({"business_date": date(2022, 12, 17)}, "DEPOSIT_BEFORE_BUSINESS_DATE"),
    ],
)
def test_cash_061_a_drawer_that_cannot_go_is_refused(changes, reason: str) -> None:
    """Though the others could."""
    with pytest.raises(Refusal, match=reason):
        check_drawers([DRAWER, replace(DRAWER, **changes)], date(2022, 12, 16))


def test_cash_061_over_or_short_goes_once_it_was_counted_again() -> None:
    """A second person has looked at it."""
    check_drawers([DRAWER, replace(DRAWER, over_short_cents=-1, is_recounted=True)], DAY)


def test_cash_061_deposits_are_numbered_by_day() -> None:
    """As their slips are."""
    assert deposit_number(DAY, 3) == "D-20221215-3"
