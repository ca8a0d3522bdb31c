"""CASH-006, CASH-007: limits are set from a day on, and a cashier is held to them."""

import pytest

from cashiering_service.till.authority_api import AuthorityServicer
from millage.cashiering.v1 import authority_pb2 as pb
from taxkit import testing
from taxkit.auth import right_of

RIGHTS = {
    "SetLimits": "cashiering.limits.manage",
    "GetLimits": "cashiering.read",
    "AuthoriseOverride": "cashiering.override",
    "ListOverrides": "cashiering.read",
}


def test_cash_009_the_rights_of_authority_are_these() -> None:
    """A new method has to be added here."""
    names = [method.name for method in pb.DESCRIPTOR.services_by_name["AuthorityService"].methods]

    assert {name: right_of(getattr(AuthorityServicer, name)) for name in names} == RIGHTS


@pytest.mark.parametrize("method", RIGHTS)
def test_cash_009_every_other_right_is_not_enough(
    authority, keys, refused, unchanged, method: str
) -> None:
    """FORBIDDEN before anything is read of the request."""
    others = sorted({*RIGHTS.values(), "cashiering.pay", "levy.*"} - {RIGHTS[method]})
    with unchanged():
        refused(
            "FORBIDDEN",
            getattr(authority.stub, method),
            getattr(pb, f"{method}Request")(),
            metadata=testing.bearer(keys.token(*others)),
        )


def test_cash_007_what_was_set_stays_on_file(authority) -> None:
    """Who set it, and what counts on which day."""
    authority.set("", max_interest_waiver_cents=3_000, tolerance_cents=100)
    authority.set(tolerance_cents=10, overrides_allowed=True)
    authority.set(tolerance_cents=20, effective_from="2023-01-01")

    now, then = authority.limits(on="2022-12-15"), authority.limits(on="2023-01-01")
    assert (now.max_interest_waiver_cents, now.max_penalty_waiver_cents) == (3_000, 0)
    assert (now.tolerance_short_cents, now.tolerance_over_cents) == (10, 10)
    assert (now.overrides_allowed, now.may_take) == (True, "all")
    # The newest row of his own says nothing of overrides: everybody's counts, and there is none.
    assert (then.tolerance_short_cents, then.overrides_allowed) == (20, False)
    assert [(one.cashier, one.tolerance_cents, one.set_by) for one in now.history] == [
        ("", 100, "cashier"),
        ("cashier", 10, "cashier"),
        ("cashier", 20, "cashier"),
    ]


def test_cash_007_the_same_key_sets_once(authority, rows, refused) -> None:
    """And another request under it is refused."""
    first = authority.set(idempotency_key="k", tolerance_cents=10)

    assert authority.set(idempotency_key="k", tolerance_cents=10) == first
    assert rows("select count(*) from cashier_limits") == [(1,)]
    refused("IDEMPOTENCY_CONFLICT", authority.set, idempotency_key="k", tolerance_cents=11)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tolerance_cents": -1}, "LIMIT_OUT_OF_RANGE"),
        ({"max_penalty_waiver_cents": 2**53}, "LIMIT_OUT_OF_RANGE"),
        ({"may_take": "everything"}, "MAY_TAKE_UNKNOWN"),
        ({"effective_from": ""}, "DATE_INVALID"),
        ({"effective_from": "tomorrow"}, "DATE_INVALID"),
        ({"cashier": "  "}, "CASHIER_MISSING"),
        ({"cashier": "a\x00"}, "TEXT_INVALID"),
        ({"cashier": "a" * 201}, "TEXT_INVALID"),
        ({"idempotency_key": ""}, "IDEMPOTENCY_KEY_INVALID"),
    ],
)
def test_cash_007_limits_that_cannot_be_meant_are_refused(
    authority, refused, unchanged, changes, reason: str
) -> None:
    """Nothing is written."""
    with unchanged():
        refused(reason, authority.set, **changes)


@pytest.mark.parametrize(
    ("may_take", "carried", "taken"),
    [
        ("secured", "S", True), ("secured", "DS", True), ("secured", "U", False),
        ("unsecured", "U", True), ("unsecured", "S", False), ("all", "U", True),
    ],
)  # fmt: skip
def test_cash_006_a_cashier_takes_only_bills_of_his_collection_type(
    app, counter, session, authority, balance, bill_of, refused, may_take, carried, taken
) -> None:
    """A bill outside it is refused with its type."""
    authority.set(may_take=may_take)
    part = {
        "installment": 1,
        "due_on": "2022-12-30",
        "tax_open_cents": 10_000,
        "interest_open_cents": 0,
        "collection_type": carried,
    }
    told = balance("88888888888888", 2021, 10_000, installments=[part])
    app.consumer.absorb("on_balance_changed", [told])
    order = counter.order(
        session.session_id, lines=[counter.line(10_000, bill_of("88888888888888", 2021))]
    )

    if taken:
        assert counter.post(order).total_cents == 10_000
    else:
        error = refused("COLLECTION_TYPE_NOT_ALLOWED", counter.post, order)
        assert f"takes {may_take} only" in error.details()
