"""CASH-002: money goes into the drawer of whoever takes it."""

import pytest

from taxkit import testing

ANOTHER = ("cashiering.pay", "cashiering.quote", "cashiering.basket")


@pytest.fixture
def another(keys: testing.Keys) -> list[tuple[str, str]]:
    """A cashier of another window."""
    return testing.bearer(keys.token(*ANOTHER, user="rosalind"))


def test_cash_002_nobody_pays_into_another_cashiers_session(
    counter, session, another, refused, unchanged
) -> None:
    """SESSION_OF_ANOTHER names whose it is; nothing is written, the order may be sent rightly."""
    order = counter.order(session.session_id)
    with unchanged():
        error = refused("SESSION_OF_ANOTHER", counter.post, order, another)

    assert "cashier" in error.details()
    assert counter.post(order).receipt_number.endswith("-00001")


def test_cash_002_one_who_may_use_any_session_helps_out(counter, session, keys, rows) -> None:
    """The receipt says who took the money; the drawer stays its cashier's."""
    lead = testing.bearer(keys.token(*ANOTHER, "cashiering.session.any", user="lead"))

    receipt = counter.post(counter.order(session.session_id), lead)

    said = rows(
        "select posted_by, session_id::text from receipts"
        f" where receipt_id = '{receipt.receipt_id}'"
    )
    assert said == [("lead", session.session_id)]


def test_cash_002_what_was_answered_is_answered_again(counter, session, another) -> None:
    """A key's own answer asks for nothing anew."""
    order = counter.order(session.session_id)

    assert counter.post(order) == counter.post(order, another)


def test_cash_002_two_cashiers_in_one_batch_keep_their_drawers(
    counter, keys, another, outcome
) -> None:
    """Each is judged by itself, whoever shares the transaction."""
    own = counter.open("T01").session_id
    paying = testing.bearer(keys.token(*ANOTHER, user="cashier"))

    answers = [
        outcome(counter.post, counter.order(own), metadata)
        for metadata in (paying, another, paying)
    ]

    assert answers[1] == "SESSION_OF_ANOTHER"
    assert [answers[n].receipt_number[-5:] for n in (0, 2)] == ["00001", "00002"]
