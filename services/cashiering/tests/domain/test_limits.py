"""CASH-007, Q-42: what a cashier may do, from what was set and from the law."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.limits import Limits, LimitsSet, MayTake, limits_of

DAY = date(2022, 12, 15)
LAW = Limits(tolerance_short_cents=5, tolerance_over_cents=7)
amounts = st.none() | st.integers(0, 100)
settings = st.lists(
    st.builds(
        LimitsSet,
        st.sampled_from(["", "cashier", "somebody"]),
        st.sampled_from([date(2022, 12, day) for day in (1, 15, 16)]),
        amounts,
        amounts,
        amounts,
        st.none() | st.booleans(),
        st.none() | st.sampled_from(MayTake),
    ),
    max_size=8,
)


def _of(*given_: LimitsSet) -> Limits:
    return limits_of("cashier", DAY, given_, LAW)


def test_cash_007_nothing_set_is_the_law() -> None:
    """No waiver, no override, all bills, the law's tolerance."""
    assert _of() == LAW


def test_q_42_a_cashiers_own_value_goes_before_everybodys_field_by_field() -> None:
    """What he has none of is everybody's; nothing of his own is a value too."""
    everybody = LimitsSet("", DAY, 30, 20, 100, overrides_allowed=True, may_take=MayTake.SECURED)
    own = LimitsSet("cashier", DAY, None, 0, 10, overrides_allowed=False)

    assert _of(everybody, own) == Limits(30, 0, 10, 10, False, MayTake.SECURED)


def test_cash_007_what_is_set_counts_from_its_day_and_the_last_of_a_day_counts() -> None:
    """Not before, and not the one it replaced."""
    earlier = LimitsSet("cashier", date(2022, 12, 1), tolerance_cents=1)
    today = LimitsSet("cashier", DAY, tolerance_cents=2)
    again = LimitsSet("cashier", DAY, tolerance_cents=3)
    tomorrow = LimitsSet("cashier", date(2022, 12, 16), tolerance_cents=4)

    assert _of(tomorrow, earlier).tolerance_short_cents == 1
    assert _of(earlier, today, again, tomorrow).tolerance_short_cents == 3


@given(settings)
def test_cash_007_nobody_elses_setting_and_no_later_one_matters(given_: list[LimitsSet]) -> None:
    """Taking them out changes nothing."""
    relevant = [
        one for one in given_ if one.cashier in ("", "cashier") and one.effective_from <= DAY
    ]

    assert limits_of("cashier", DAY, given_, LAW) == limits_of("cashier", DAY, relevant, LAW)
