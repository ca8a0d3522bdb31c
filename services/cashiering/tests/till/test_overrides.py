"""CASH-008: a second person lets a cashier past a limit, once, for one order."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from sqlalchemy.exc import DBAPIError

from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing


@pytest.fixture
def allowed(authority):
    """A setup that has overrides, with a tolerance of ten cents."""
    authority.set("", overrides_allowed=True, tolerance_cents=10)
    return authority


@pytest.fixture
def short(counter, session, bill):
    """An order five dollars short, under the key the grant is for."""
    bill_id = bill()

    def make(*grants: str, key: str = "the order", cents: int = 9_500) -> pb.PostPaymentRequest:
        return counter.order(
            session.session_id,
            idempotency_key=key,
            lines=[counter.line(10_000, bill_id)],
            tenders=[counter.cash(cents)],
            override_grants=grants,
        )

    return make


def test_cash_008_a_grant_lets_one_order_past_the_limit(
    counter, session, allowed, short, rows
) -> None:
    """Who, when, before and after are on file, and which receipt used it up."""
    grant = allowed.authorise(session.session_id)
    assert (grant.cashier, grant.approver) == ("cashier", "supervisor")
    assert (grant.limit_cents, grant.amount_cents, grant.used_by_receipt_id) == (10, 500, "")

    receipt = counter.post(short(grant.grant_id))

    assert receipt.tolerance_cents == 500
    (listed,) = allowed.overrides("the order")
    assert (listed.used_by_receipt_id, listed.used_at) == (receipt.receipt_id, receipt.recorded_at)
    assert listed.granted_at == grant.granted_at
    assert counter.post(short(grant.grant_id)) == receipt
    assert rows("select count(*) from override_uses") == [(1,)]


def test_cash_008_a_grant_is_used_once(
    counter, session, allowed, short, refused, unchanged
) -> None:
    """Also when the order it is for is told anew under its basket's key."""
    grant = allowed.authorise(session.session_id)
    counter.post(short(grant.grant_id))

    with unchanged():
        refused("OVERRIDE_OF_ANOTHER", counter.post, short(grant.grant_id, key="another"))


def test_cash_008_of_eight_tills_at_once_one_uses_it(
    app, counter, session, allowed, short, outcome, rows
) -> None:
    """The same order under the same key from eight threads: one receipt, one use."""
    grant = allowed.authorise(session.session_id)
    orders = [short(grant.grant_id) for _ in range(8)]
    for number, order in enumerate(orders):
        order.note = f"window {number}"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda order: outcome(counter.post, order), orders))

    taken = [answer for answer in answers if isinstance(answer, pb.Receipt)]
    assert len(taken) == 1
    assert {answer for answer in answers if isinstance(answer, str)} <= {
        "IDEMPOTENCY_CONFLICT", "OVERRIDE_USED",
    }  # fmt: skip
    assert rows("select count(*) from override_uses") == [(1,)]
    assert len(testing.emitted(app)) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"approver_token": "nonsense"}, "TOKEN_INVALID"),
        ({"approver_token": ""}, "TOKEN_INVALID"),
        ({"action": "everything"}, "ACTION_UNKNOWN"),
        ({"order_key": ""}, "ORDER_KEY_MISSING"),
        ({"order_key": " "}, "ORDER_KEY_MISSING"),
        ({"amount_cents": 0}, "AMOUNT_NOT_POSITIVE"),
        ({"amount_cents": -5}, "AMOUNT_NOT_POSITIVE"),
        ({"amount_cents": 10}, "OVERRIDE_NOT_NEEDED"),
        ({"reason": " "}, "REASON_MISSING"),
        ({"reason": "x" * 501}, "TEXT_INVALID"),
        ({"session_id": "x"}, "ID_INVALID"),
        ({"session_id": "01937c3e-0000-7000-8000-000000000000"}, "SESSION_NOT_FOUND"),
        ({"idempotency_key": ""}, "IDEMPOTENCY_KEY_INVALID"),
    ],
)
def test_cash_008_an_authorisation_that_cannot_be_meant_is_refused(
    session, allowed, refused, unchanged, changes, reason: str
) -> None:
    """Nothing is written."""
    with unchanged():
        asked = {"session_id": session.session_id, **changes}
        refused(reason, lambda: allowed.authorise(**asked))


def test_cash_008_nobody_approves_for_himself(session, allowed, keys, refused, unchanged) -> None:
    """Not with a token of his own that has every right."""
    own = keys.token("cashiering.*", user="cashier")
    with unchanged():
        refused("APPROVER_IS_CASHIER", allowed.authorise, session.session_id, approver_token=own)


def test_cash_008_the_second_person_needs_the_right(
    session, allowed, keys, refused, unchanged
) -> None:
    """An expired token, or one without it, approves nothing."""
    weak = keys.token("cashiering.pay", "cashiering.override", user="supervisor")
    expired = keys.expired_token("cashiering.override.approve")
    with unchanged():
        refused("FORBIDDEN", allowed.authorise, session.session_id, approver_token=weak)
        refused("TOKEN_EXPIRED", allowed.authorise, session.session_id, approver_token=expired)


def test_cash_008_where_the_setup_has_no_overrides_there_are_none(
    session, authority, refused, unchanged
) -> None:
    """Neither everybody's setting nor the cashier's own."""
    with unchanged():
        refused("OVERRIDES_NOT_ALLOWED", authority.authorise, session.session_id)


def test_cash_008_a_grant_covers_no_more_than_it_says(
    counter, session, allowed, short, refused, unchanged
) -> None:
    """Nor an action it is not for, nor one nobody gave."""
    small = allowed.authorise(session.session_id, amount_cents=499)
    other = allowed.authorise(session.session_id, action="penalty_waiver")
    with unchanged():
        refused("OVERRIDE_TOO_SMALL", counter.post, short(small.grant_id))
        refused("TENDERS_UNBALANCED", counter.post, short(other.grant_id))
        refused("OVERRIDE_NOT_FOUND", counter.post, short(session.session_id))


def test_cash_008_another_cashier_cannot_use_it(
    counter, session, allowed, short, keys, refused, unchanged
) -> None:
    """It was given to one person."""
    grant = allowed.authorise(session.session_id)
    other = testing.bearer(keys.token("cashiering.*", user="somebody"))
    with unchanged():
        refused("OVERRIDE_OF_ANOTHER", counter.post, short(grant.grant_id), other)


def test_cash_009_naming_a_grant_needs_the_right(
    counter, session, allowed, short, keys, refused, unchanged
) -> None:
    """The right to pay is not enough."""
    grant = allowed.authorise(session.session_id)
    plain = testing.bearer(keys.token("cashiering.pay", user="cashier"))
    with unchanged():
        refused("FORBIDDEN", counter.post, short(grant.grant_id), plain)


def test_cash_008_an_unused_grant_stays_for_the_same_order(
    counter, session, allowed, short
) -> None:
    """What was not needed in the end was not used up."""
    grant = allowed.authorise(session.session_id)
    counter.post(short(grant.grant_id, key="the order", cents=9_995))

    assert [one.used_by_receipt_id for one in allowed.overrides()] == [""]


CHANGES = (
    "update override_grants set reason = 'x'",
    "delete from override_uses",
    "delete from cashier_limits",
    "update line_terms set tolerance_cents = 0",
)


@pytest.mark.parametrize("change", CHANGES)
def test_cash_008_the_log_cannot_be_changed(
    app, counter, session, allowed, short, change: str
) -> None:
    """The database refuses it."""
    grant = allowed.authorise(session.session_id)
    counter.post(short(grant.grant_id))
    with pytest.raises(DBAPIError, match="append-only"), app.database.begin() as connection:
        connection.exec_driver_sql(change)


def test_cash_008_a_closed_session_authorises_nothing(counter, session, allowed, refused) -> None:
    """There is no order to come."""
    counter.close(session.session_id)
    with pytest.raises(grpc.RpcError):
        allowed.authorise(session.session_id)
    refused("SESSION_CLOSED", allowed.authorise, session.session_id)
