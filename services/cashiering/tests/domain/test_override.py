"""CASH-008: what a second person allows, once and for one order."""

from dataclasses import replace
from uuid import UUID

import pytest

from cashiering_service.domain.limits import Limits
from cashiering_service.domain.override import (
    Action,
    Asker,
    Grant,
    check_authorisation,
    check_named,
    limit_of,
    permit,
)
from taxkit.errors import Refusal

LIMITS = Limits(max_interest_waiver_cents=30, tolerance_short_cents=5, overrides_allowed=True)
GRANT = Grant(UUID(int=1), "order", Action.INTEREST_WAIVER, "cashier", 100, is_used=False)


def _asker(*grants: Grant) -> Asker:
    return Asker("cashier", frozenset({"order", "basket"}), grants)


@pytest.mark.parametrize("cents", [0, 30])
def test_cash_008_within_the_limit_no_grant_is_used_up(cents: int) -> None:
    """Even when one was given."""
    assert permit(Action.INTEREST_WAIVER, cents, LIMITS, _asker(GRANT)) is None


def test_cash_008_above_the_limit_the_grant_for_it_is_used() -> None:
    """By the order's key or its basket's."""
    assert permit(Action.INTEREST_WAIVER, 100, LIMITS, _asker(GRANT)) == GRANT.grant_id
    of_basket = replace(GRANT, order_key="basket")
    assert permit(Action.INTEREST_WAIVER, 31, LIMITS, _asker(of_basket)) == GRANT.grant_id


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"action": Action.PENALTY_WAIVER}, "LIMIT_EXCEEDED"),
        ({"order_key": "another"}, "OVERRIDE_OF_ANOTHER"),
        ({"cashier": "another"}, "OVERRIDE_OF_ANOTHER"),
        ({"is_used": True}, "OVERRIDE_USED"),
        ({"amount_cents": 99}, "OVERRIDE_TOO_SMALL"),
    ],
)
def test_cash_008_a_grant_is_for_one_order_one_action_one_cashier_and_once(
    changed, reason: str
) -> None:
    """Up to its amount."""
    with pytest.raises(Refusal) as refusal:
        permit(Action.INTEREST_WAIVER, 100, LIMITS, _asker(replace(GRANT, **changed)))

    assert refusal.value.reason == reason


def test_cash_008_a_grant_nobody_gave_is_refused() -> None:
    """By its id."""
    check_named([GRANT.grant_id], [GRANT])
    with pytest.raises(Refusal) as refusal:
        check_named([UUID(int=9)], [GRANT])
    assert refusal.value.reason == "OVERRIDE_NOT_FOUND"


@pytest.mark.parametrize(
    ("approver", "cents", "limits", "reason"),
    [
        ("cashier", 100, LIMITS, "APPROVER_IS_CASHIER"),
        ("Cashier ", 100, LIMITS, "APPROVER_IS_CASHIER"),
        ("supervisor", 100, replace(LIMITS, overrides_allowed=False), "OVERRIDES_NOT_ALLOWED"),
        ("supervisor", 30, LIMITS, "OVERRIDE_NOT_NEEDED"),
        ("supervisor", 0, LIMITS, "AMOUNT_NOT_POSITIVE"),
        ("supervisor", 2**53, LIMITS, "AMOUNT_NOT_POSITIVE"),
    ],
)
def test_cash_008_two_persons_a_setup_and_a_need(
    approver: str, cents: int, limits: Limits, reason: str
) -> None:
    """One of them missing, and nothing is authorised."""
    with pytest.raises(Refusal) as refusal:
        check_authorisation("cashier", approver, Action.INTEREST_WAIVER, cents, limits)

    assert refusal.value.reason == reason


def test_cash_008_every_action_has_a_limit() -> None:
    """None is forgotten."""
    assert {action: limit_of(action, LIMITS) for action in Action} == {
        Action.TOLERANCE: 5,
        Action.INTEREST_WAIVER: 30,
        Action.PENALTY_WAIVER: 0,
    }
