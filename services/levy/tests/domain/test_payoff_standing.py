"""LEVY-017: a payoff is paid when what its bill asked for with it is, and by nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.payoff_standing import AskedFor, Balance, Received, received

CENTS = st.integers(0, 10_000)


def versions(*totals: int) -> list[AskedFor]:
    return [AskedFor(number, cents) for number, cents in enumerate(totals, start=1)]


@pytest.mark.parametrize(
    ("totals", "paid", "came"),
    [
        ([1000, 1500], 0, (0, 500)),
        ([1000, 1500], 1000, (0, 500)),
        ([1000, 1500], 1001, (1, 500)),
        ([1000, 1500], 1499, (499, 500)),
        ([1000, 1500], 1500, (500, 500)),
        # More is asked for on top since: that is nothing to the payoff.
        ([1000, 1500, 1800], 1500, (500, 500)),
        # The rest of the bill was lowered: what was paid of it is now for the payoff.
        ([1000, 1500, 1200], 1000, (300, 500)),
        ([1000, 1500, 1200], 1200, (500, 500)),
        # Lowered under the payoff, and to nothing.
        ([1000, 1500, 300], 299, (299, 300)),
        ([1000, 1500, 0], 0, (0, 0)),
        # Lowered and raised again: what was paid when it was low stays enough.
        ([1000, 1500, 1200, 1500], 1200, (500, 500)),
    ],
)
def test_levy_017_how_much_of_a_payoff_is_paid(totals, paid, came) -> None:
    """It is the uppermost 500 of what version 2 asks for; whatever else is open counts not."""
    balance = Balance(2, paid, open_cents=99_999)
    assert received(500, 2, versions(*totals), balance) == Received(*came)


def test_levy_017_a_balance_of_before_the_payoff_says_nothing_of_it() -> None:
    """Nor does none at all; where nothing is open, it is paid."""
    asked = versions(1000, 1500)
    assert received(500, 2, asked, Balance(1, 1000, 0)) == Received(0, 500)
    assert received(500, 2, asked, None) == Received(0, 500)
    assert received(500, 2, asked, Balance(2, 0, 0)) == Received(500, 500)


@given(
    st.lists(CENTS, min_size=2, max_size=8),
    st.integers(1, 10_000),
    st.lists(CENTS, min_size=1, max_size=6),
)
def test_levy_017_the_newest_balance_alone_decides(totals, amount, paid) -> None:
    """More money never makes it less paid; money taken back makes it as it was before."""
    asked = versions(totals[0], totals[1] + amount, *totals[2:])
    least = min(totals[1] + amount, *totals[2:], 10**9)
    came = [received(amount, 2, asked, Balance(2, cents, 1)) for cents in paid]
    for one, cents in zip(came, paid, strict=True):
        assert 0 <= one.cents <= one.asked_cents <= amount
        assert one.is_paid == (cents >= least)
        assert one == received(amount, 2, asked, Balance(2, cents, 1))
    by_money = [one.cents for _, one in sorted(zip(paid, came, strict=True), key=lambda e: e[0])]
    assert by_money == sorted(by_money)


@given(CENTS, st.lists(st.integers(1, 5_000), min_size=1, max_size=5), CENTS)
def test_levy_017_of_several_payoffs_of_a_bill_the_first_is_paid_first(base, amounts, paid) -> None:
    """All of them together have what came in beyond the rest of the bill, to the cent."""
    totals = [base]
    for amount in amounts:
        totals.append(totals[-1] + amount)
    balance = Balance(len(totals), paid, open_cents=1)
    came = [
        received(amount, place, versions(*totals), balance)
        for place, amount in enumerate(amounts, start=2)
    ]
    assert sum(one.cents for one in came) == min(max(paid - base, 0), sum(amounts))
    unpaid = [place for place, one in enumerate(came) if not one.is_paid]
    assert all(came[place].cents == 0 for place in unpaid[1:])
