"""RECV-032: a receipt's words say what became of a discount, and promise nothing."""

import pytest

from cashiering_service.domain.receipt_discounts import DiscountState, ReceiptDiscount, percent


def _of(state: DiscountState, reason: str = "", rate: str = "0.05") -> str:
    return ReceiptDiscount("2021-1", "early", rate, state, reason, 15_000).words


@pytest.mark.parametrize("state", list(DiscountState))
def test_every_state_has_its_words(state: DiscountState) -> None:
    """Each names the program and its rate."""
    assert _of(state).startswith("early 5%: ")


def test_what_is_not_decided_is_subject_to_something() -> None:
    """A receipt given before the ledger's answer promises nothing."""
    assert "subject to the check" in _of(DiscountState.EXPECTED)
    assert "subject to a second person" in _of(DiscountState.PENDING)
    assert _of(DiscountState.EXPECTED, rate="").startswith("early: subject")


def test_why_it_was_refused_is_said() -> None:
    """One that is not known is said in general words, never left out."""
    assert _of(DiscountState.REFUSED, "prior_years").endswith("an earlier year is unpaid")
    assert _of(DiscountState.REFUSED, "told later").endswith("the account does not qualify")


@pytest.mark.parametrize(
    ("rate", "said"),
    [("0.05", "5%"), ("0.10", "10%"), ("0.0125", "1.25%"), ("0.1", "10%"), ("", "")],
)
def test_a_rate_is_written_as_people_do(rate: str, said: str) -> None:
    """No more places than it has."""
    assert percent(rate) == said
