"""RECV-065, RECV-066: kinds of fees and rows."""

import pytest

from receivables_service.domain.fee_terms import FeeRow, FeeType, total_of


def test_recv_066_the_total_is_the_sum_of_the_rows():
    """RECV-066: none for no rows."""
    assert total_of([FeeRow("A", "x", 500), FeeRow("B", "y", 1_200)]) == 1_700
    assert total_of([]) == 0


@pytest.mark.parametrize(
    ("code", "charge_code", "cents"), [("", "c", 1), ("a", "", 1), ("a", "c", -1)]
)
def test_recv_065_a_fee_type_has_codes_and_costs_no_less_than_nothing(code, charge_code, cents):
    """RECV-065: all of it."""
    with pytest.raises(ValueError, match="no code"):
        FeeType(code, "name", charge_code, cents)
