"""CASH-038, CASH-039, CASH-043: tenders against what is due, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.tender import Tender, TenderKind, change_for
from taxkit.errors import Refusal
from taxkit.money import CENTS_MAX

KINDS = {
    "cash": TenderKind("cash", "Cash", None, gives_change=True),
    "check": TenderKind("check", "Check", "check number", gives_change=False),
}
tenders = st.lists(
    st.builds(Tender, st.sampled_from(sorted(KINDS)), st.integers(1, 100_000), st.just("1")),
    min_size=1,
    max_size=8,
)


def _cash(cents: int) -> Tender:
    return Tender("cash", cents, None)


def _check(cents: int, number: str | None = "1044") -> Tender:
    return Tender("check", cents, number)


@pytest.mark.parametrize(
    ("given_", "due", "change"),
    [
        ([_cash(100)], 100, 0),
        ([_cash(150)], 100, 50),
        ([_check(100)], 100, 0),
        ([_check(80), _cash(30)], 100, 10),
        ([_check(100), _cash(30)], 100, 30),
        ([_cash(1)] * 7, 3, 4),
    ],
)
def test_cash_043_change_is_what_is_over_and_comes_from_cash(
    given_: list[Tender], due: int, change: int
) -> None:
    """Never more than the cash that was handed over."""
    assert change_for(given_, due, KINDS) == change


@pytest.mark.parametrize(
    ("given_", "due", "words"),
    [
        ([_cash(99)], 100, r"\$0.01 short"),
        ([_check(101)], 100, r"\$0.01 over"),
        ([_check(120), _cash(10)], 100, r"\$0.30 over"),
    ],
)
def test_cash_046_what_does_not_balance_is_refused_in_dollars(
    given_: list[Tender], due: int, words: str
) -> None:
    """How much is short or over, and what to do."""
    with pytest.raises(Refusal, match=words) as refusal:
        change_for(given_, due, KINDS)

    assert refusal.value.reason == "TENDERS_UNBALANCED"
    assert refusal.value.metadata["due_cents"] == str(due)


@given(tenders, st.integers(1, 800_000))
def test_cash_039_tenders_less_change_are_always_what_is_due(
    given_: list[Tender], due: int
) -> None:
    """Or they are refused; change is never more than the cash among them."""
    tendered = sum(each.amount_cents for each in given_)
    cash = sum(each.amount_cents for each in given_ if each.tender_type == "cash")
    try:
        change = change_for(given_, due, KINDS)
    except Refusal as refusal:
        assert refusal.reason == "TENDERS_UNBALANCED"  # noqa: PT017 - either way is right
        assert tendered < due or tendered - due > cash
    else:
        assert tendered - change == due
        assert 0 <= change <= cash


@pytest.mark.parametrize(
    ("tender", "reason"),
    [
        (Tender("shells", 100, None), "TENDER_TYPE_UNKNOWN"),
        (Tender("", 100, None), "TENDER_TYPE_UNKNOWN"),
        (_cash(0), "AMOUNT_NOT_POSITIVE"),
        (_cash(CENTS_MAX + 1), "AMOUNT_TOO_LARGE"),
        (_check(100, None), "TENDER_REFERENCE_MISSING"),
        (_check(100, ""), "TENDER_REFERENCE_MISSING"),
    ],
)
def test_cash_038_a_tender_that_cannot_be_meant_is_named(tender: Tender, reason: str) -> None:
    """By its place in the list."""
    with pytest.raises(Refusal) as refusal:
        change_for([_cash(100), tender], 100, KINDS)

    assert refusal.value.reason == reason
    assert refusal.value.fields[0].field.startswith("tenders[1].")
