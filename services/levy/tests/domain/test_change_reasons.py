"""LEVY-003, LEVY-018: what a reason decides, and which one stands for those not configured."""

import pytest

from levy_service.domain.change_reasons import ChangeReason, ChangeReasons

ERROR = ChangeReason("error", "Data was wrong", corrects=True)
APPEAL = ChangeReason("appeal", "Board", corrects=True, needs_acceptance=True)
REASONS = ChangeReasons("error", (ERROR, APPEAL), special_assessment_reason="payoff")


def test_levy_003_no_code_is_the_default_and_an_unknown_one_is_none() -> None:
    assert (REASONS.find("appeal"), REASONS.find("")) == (APPEAL, ERROR)
    assert REASONS.find("appeals") is None


def test_levy_018_a_reason_that_is_not_configured_stands_for_the_default() -> None:
    assert REASONS.find_or_default(REASONS.special_assessment_reason) == ERROR
    assert REASONS.find_or_default("appeal") == APPEAL


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ChangeReason("x", "X", corrects=False, needs_acceptance=True), "nothing to"),
        (lambda: ChangeReason(" ", "X", corrects=True), "a code and"),
        (lambda: ChangeReasons("error", (ERROR, ERROR)), "twice"),
        (lambda: ChangeReasons("other", (ERROR,)), "not among error"),
    ],
    ids=["accepts nothing", "no code", "twice", "no default"],
)
def test_reasons_that_cannot_be_are_refused_as_the_pack_is_loaded(make, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()
