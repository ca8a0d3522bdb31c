"""CASH-064: every reason a bank may give for a return is known by what it means."""

import pytest

from cashiering_service.domain.remittance.nacha_reasons import (
    REASONS,
    Meaning,
    explain,
    reason_of,
)

# As the rules of the network number them; those between are not given out.
RETURNS = [*range(1, 48), *range(50, 54), 61, 62, *range(67, 78), *range(80, 86)]
CHANGES = [*range(1, 15), *range(61, 70)]


def test_cash_064_every_code_of_the_network_is_known() -> None:
    """R01 to R85 and C01 to C69, and no other."""
    assert set(REASONS) == {f"R{one:02d}" for one in RETURNS} | {f"C{one:02d}" for one in CHANGES}


@pytest.mark.parametrize("code", sorted(REASONS))
def test_cash_064_only_a_return_takes_a_payment_back(code: str) -> None:
    """A change returns nothing, and neither does a return that is itself sent back."""
    dishonored = "R61" <= code <= "R70"

    assert reason_of(code).meaning.takes_back is (code[0] == "R" and not dishonored)
    assert explain(code) == f"{reason_of(code).text}; {reason_of(code).meaning}"


def test_cash_064_money_that_came_back_under_a_new_code_came_back() -> None:
    assert reason_of("R99").meaning.takes_back
    assert "not on the list" in explain("R99")
    assert explain("") == ""
    assert reason_of("R01").meaning is Meaning.UNPAID
