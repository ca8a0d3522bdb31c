"""LEVY-024: whoever pays on a retired number is told what is in its place."""

from types import SimpleNamespace

from cashiering_service.domain.finding import Severity
from cashiering_service.domain.retired import told


def test_levy_024_a_bill_on_a_retired_number_is_paid_and_says_so() -> None:
    """LEVY-024: a warning, not a refusal; of a number in use nothing."""
    bill = SimpleNamespace(parcel_number="1", bill_number="2021-1", successor_number="2")
    (found,) = told(bill)
    assert (found.code, found.severity) == ("PARCEL_RETIRED", Severity.WARN)
    assert "2 is in its place" in found.message
    assert list(told(SimpleNamespace(successor_number=""))) == []
