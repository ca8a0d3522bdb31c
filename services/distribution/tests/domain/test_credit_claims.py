"""Credits and their agencies: every sum exact, however odd the cents are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution_service.domain.credit_claims import Credit, by_agency, payment_shares

_lines = st.dictionaries(
    st.sampled_from(["county", "school", "city/debt", "park"]),
    st.integers(0, 10**7),
    min_size=1,
)


@given(lines=_lines, cuts=st.lists(st.integers(0, 10**7), max_size=3))
def test_lines_and_credits_are_both_shared_to_the_cent(lines: dict[str, int], cuts: list[int]):
    """What a line goes without is its parts of all credits; a credit is its parts of all lines."""
    whole = sum(lines.values())
    ends = sorted(min(cut, whole) for cut in cuts)
    amounts = [to - since for since, to in zip([0, *ends], [*ends, whole], strict=True)]
    told = [Credit(f"c{place}", cents) for place, cents in enumerate(amounts)]
    found = by_agency(lines, told)
    assert [sum(found[each.code].values()) for each in told] == amounts
    for line, cents in lines.items():
        assert cents == sum(parts[line] for parts in found.values())


def test_a_line_that_odd_cents_favoured_takes_part_in_the_last_credit_alone():
    """It has a cent more than before credits: that is its part, and the others' are the rest."""
    found = by_agency(
        {"county": -1, "school": 101},
        [Credit("a", 40), Credit("b", 60)],
    )
    assert found == {"a": {"county": 0, "school": 40}, "b": {"county": -1, "school": 61}}


def test_lines_that_are_not_the_credits_are_refused():
    with pytest.raises(ValueError, match="not what the credits came to"):
        by_agency({"county": 5}, [Credit("a", 6)])


@given(claims=_lines, payments=st.lists(st.integers(1, 10**6), max_size=5))
def test_payments_bring_each_agency_less_than_a_cent_from_its_part(
    claims: dict[str, int], payments: list[int]
):
    """However the money comes in; paid in full, each has its claim."""
    claimed, paid, had = sum(claims.values()), 0, dict[str, int]()
    for payment in [*payments, claimed]:
        now = min(payment, claimed - paid)
        paid += now
        shares = payment_shares(paid, claims, had)
        assert now == sum(shares.values())
        had = {code: had.get(code, 0) + shares.get(code, 0) for code in claims}
        for code, cents in claims.items():
            assert abs(had[code] * claimed - paid * cents) < max(claimed, 1)
    assert {code: cents for code, cents in had.items() if cents} == {
        code: cents for code, cents in claims.items() if cents
    }


def test_an_agency_whose_claim_is_gone_gives_back():
    """A corrected bill takes it from who had it."""
    assert payment_shares(100, {"school": 300}, {"county": 40, "school": 10}) == {
        "county": -40,
        "school": 90,
    }
