"""RECV-058: what codes mean for exports and for delinquent notices."""

import pytest

from collections_service.domain.coded import CodeOnBill, delinquent_notices, is_exported


def test_recv_058_any_code_that_keeps_a_bill_out_of_exports_does() -> None:
    """RECV-058: whatever the others say."""
    out = CodeOnBill("BANK", frozenset({"bankruptcy", "exclude_from_exports"}))
    assert is_exported([CodeOnBill("X", frozenset({"bankruptcy"}))])
    assert not is_exported([out, CodeOnBill("X")])
    assert is_exported([])


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ([], "as_usual"),
        (["as_usual"], "as_usual"),
        (["exclude", "as_usual"], "exclude"),
        (["exclude", "include"], "include"),
        (["include", "exclude"], "exclude"),
    ],
)
def test_recv_058_of_several_that_speak_of_notices_the_last_one_set_decides(said, counts) -> None:
    """RECV-058, Q-35: a code that leaves notices as they are says nothing."""
    codes = [CodeOnBill(str(place), frozenset(), each) for place, each in enumerate(said)]
    assert delinquent_notices(codes) == counts
