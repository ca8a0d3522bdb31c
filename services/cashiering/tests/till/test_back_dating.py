"""CASH-032, Q-21: nothing is applied to a bill before a later payment of it."""

import pytest

from taxkit.testing import foreign_event


def _order(counter, session, bill_id, effective_on: str, cents: int = 1_000):
    return counter.order(
        session.session_id,
        lines=[counter.line(cents, bill_id)],
        tenders=[counter.cash(cents)],
        effective_on=effective_on,
    )


def test_cash_032_before_a_later_payment_nothing_is_applied(
    counter, session, bill, refused, unchanged
) -> None:
    """The refusal says which date stands in the way; another bill is not touched by it."""
    bill_id, other = bill(), bill("88888888888888")
    counter.post(_order(counter, session, bill_id, "2022-12-10"))
    with unchanged():
        error = refused("BACK_DATED", counter.post, _order(counter, session, bill_id, "2022-12-09"))

    assert error.said == {"later_on": "2022-12-10"}
    assert counter.post(_order(counter, session, other, "2022-12-09")).total_cents == 1_000


@pytest.mark.parametrize("effective_on", ["2022-12-10", "2022-12-11", "2022-12-15"])
def test_cash_032_on_its_day_or_after_it_money_is_taken(
    counter, session, bill, effective_on: str
) -> None:
    """Order of arrival is not the question."""
    bill_id = bill()
    counter.post(_order(counter, session, bill_id, "2022-12-10"))

    assert counter.post(_order(counter, session, bill_id, effective_on)).total_cents == 1_000


def test_cash_032_a_payment_taken_back_stands_in_nobodys_way(counter, session, bill) -> None:
    """It applied nothing in the end."""
    bill_id = bill()
    later = counter.post(_order(counter, session, bill_id, "2022-12-10"))
    counter.reverse(later.receipt_id)

    assert counter.post(_order(counter, session, bill_id, "2022-12-01")).total_cents == 1_000


def test_q_21_on_a_bill_that_owes_nothing_nothing_is_applied(counter, session, bill) -> None:
    """What comes is surplus, so it is taken."""
    bill_id = bill()
    counter.post(_order(counter, session, bill_id, "2022-12-10", 10_000))
    bill(sequence=3, tax=0)

    assert counter.post(_order(counter, session, bill_id, "2022-12-01")).total_cents == 1_000


def test_cash_032_nor_does_one_that_receivables_cancelled(app, counter, session, bill) -> None:
    """Its receipt stays and is marked; it applied nothing either."""
    bill_id = bill()
    later = counter.post(_order(counter, session, bill_id, "2022-12-10"))
    data = {
        "receipt_id": later.receipt_id, "receipt_number": later.receipt_number,
        "business_date": "2022-12-20", "total_cents": 1_000, "bill_ids": [], "reason": "R01",
    }  # fmt: skip
    kind = "org.millage.receivables.PaymentCancelled.v1"
    body = foreign_event(kind, f"return/{later.receipt_id}", data)
    app.consumer.absorb("on_payment_cancelled", [body])

    assert counter.post(_order(counter, session, bill_id, "2022-12-01")).total_cents == 1_000
