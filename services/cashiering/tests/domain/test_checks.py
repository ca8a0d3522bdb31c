"""CASH-011: checks entered against checks tendered."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.checks import match

numbers = st.sampled_from(["7", "07", "8", " 7 ", "A9", "a9", "0", "00"])
slips = st.lists(st.tuples(numbers, st.integers(1, 3)), max_size=12).map(
    lambda found: [(str(place), *one) for place, one in enumerate(found)]
)


@given(slips, slips)
def test_cash_011_every_check_is_matched_once_or_listed(entered, tendered) -> None:
    """Pairs are of one amount; nothing is lost and nothing is used twice."""
    found = match(entered, tendered)

    assert Counter(entered) == Counter([mine for mine, _ in found.matched] + [*found.only_entered])
    assert Counter(tendered) == Counter([its for _, its in found.matched] + [*found.only_tendered])
    assert all(mine[2] == its[2] for mine, its in found.matched)


@given(slips, slips)
def test_cash_011_what_is_left_on_both_sides_has_nothing_in_common(entered, tendered) -> None:
    """A pair that could have been made was made."""

    def keys(slips_):
        return {(n.strip().casefold().lstrip("0") or "0", cents) for _, n, cents in slips_}

    found = match(entered, tendered)

    assert not keys(found.only_entered) & keys(found.only_tendered)


def test_cash_011_one_number_twice_needs_two_checks() -> None:
    """The same number from two banks, or one entered twice."""
    found = match([("a", "1044", 500)], [("R1", "1044", 500), ("R2", "1044", 500)])

    assert found.matched == ((("a", "1044", 500), ("R1", "1044", 500)),)
    assert found.only_tendered == (("R2", "1044", 500),)


def test_cash_011_another_amount_is_no_match() -> None:
    """It shows on both sides."""
    found = match([("a", "1044", 500)], [("R1", "1044", 505)])

    assert (found.matched, len(found.only_entered), len(found.only_tendered)) == ((), 1, 1)
