"""CASH-023, CASH-024, CASH-073: what stops a payment of a bill."""

import pytest

from cashiering_service.domain.basket_terms import FlagRule, FlagTerms
from cashiering_service.domain.stops import Stop, check_stop
from taxkit.errors import Refusal

LAW = (
    FlagTerms("dnap", "do not allow payment", FlagRule.REFUSE),
    FlagTerms("protest", "under protest", FlagRule.REFUSE, with_plan_only=True),
    FlagTerms("bankruptcy", "bankruptcy", FlagRule.WARN),
)


def stop(*flags: str, plan: str = "", status: str = "") -> Stop:
    return Stop("2021-1", plan, status, frozenset(flags))


@pytest.mark.parametrize(
    ("stopped", "reason"),
    [
        (stop("dnap"), "FLAG_DNAP"),
        (stop("protest", plan="P-1", status="active"), "FLAG_PROTEST"),
        (stop(plan="P-1", status="pending"), "PLAN_PENDING"),
    ],
)
def test_cash_024_a_stopped_bill_is_refused(stopped: Stop, reason: str) -> None:
    """With its number, and what to do."""
    with pytest.raises(Refusal) as refused:
        check_stop(stopped, LAW)
    assert refused.value.reason == reason
    assert "2021-1" in refused.value.message


@pytest.mark.parametrize(
    "free",
    [stop("protest"), stop(plan="P-1", status="active"), stop("bankruptcy"), stop("unheard_of")],
)
def test_cash_024_either_condition_alone_stops_nothing(free: Stop) -> None:
    """A protest without a plan, a plan without a protest, a flag that only warns."""
    check_stop(free, LAW)
