"""COLL-024: what a line of a payment file is to whoever collects."""

import pytest

from collections_service.domain.exceptional import ExceptionKind, kind_of_line, lasting_difference


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("suspense", ExceptionKind.UNPOSTED_PAYMENT),
        ("rejected", ExceptionKind.UNPOSTED_PAYMENT),
        ("duplicate", ExceptionKind.REPEATED_PAYMENT),
    ],
)
def test_coll_024_a_line_is_what_became_of_it(outcome: str, kind: ExceptionKind) -> None:
    """COLL-024: only a line that came before is nobody's payment."""
    assert kind_of_line(outcome) is kind


def test_coll_023_a_difference_counts_once_it_stood_a_day() -> None:
    """COLL-023: by the same sum; money on its way is another one every time."""
    assert lasting_difference(5, 5) == 5
    assert lasting_difference(-5, -5) == -5
    assert [lasting_difference(5, before) for before in (None, 0, 4, -5)] == [0] * 4
    assert lasting_difference(0, 0) == 0
