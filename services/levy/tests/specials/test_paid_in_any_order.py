"""LEVY-017: a payoff is as its bill's newest balance has it, in whatever order balances come."""

from collections.abc import Callable
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levy_service.specials import paid
from taxkit import testing


@pytest.fixture
def payoff(payoffs, specials, bill_of, on_file, levy) -> tuple[Any, int, int]:
    """A payoff that is due on a bill; what the bill asked for before it, and with it."""
    on_file()
    special = specials.open()
    bill = bill_of()
    due = payoffs.posted(special, bill).payoff
    return due, bill.total_cents, levy.bill(bill.bill_id).total_cents


@pytest.fixture
def told(balance, payoff) -> Callable[[int, int, int], str]:
    """Word a balance: its sequence, how much of the tax is paid, what else is open."""
    due, _, total = payoff

    def make(sequence: int, paid_cents: int, more_cents: int) -> str:
        part = {
            "installment": 2, "due_on": "2022-12-30", "tax_charged_cents": total,
            "tax_open_cents": total - paid_cents, "paid_cents": paid_cents,
            "interest_open_cents": 0, "fee_open_cents": more_cents,
        }  # fmt: skip
        return balance(
            due.bill_id, sequence, total - paid_cents + more_cents, bill_version=2,
            installments=[part],
        )  # fmt: skip

    return make


def test_levy_017_what_else_is_open_on_the_bill_counts_not(app, payoff, payoffs, told) -> None:
    """A fee that was not paid, or that came later, keeps no payoff from being paid."""
    due, before, total = payoff
    states = []
    for sequence, (cents, fee) in enumerate(
        [(total - 1, 0), (total, 2_500), (total, 0), (total, 9_900), (before, 9_900)], start=1
    ):
        app.consumer.absorb("on_balance_changed", [told(sequence, cents, fee)])
        paid.follow(app)
        states.append((payoffs.get(due.payoff_id).state, payoffs.get(due.payoff_id).received_cents))

    whole = due.amount_cents
    assert states == [
        ("due", whole - 1), ("paid", whole), ("paid", whole), ("paid", whole), ("due", 0),
    ]  # fmt: skip


def test_levy_017_a_reversed_payment_makes_it_unpaid_in_any_order(
    app, payoff, payoffs, told
) -> None:
    """Balances come in any order, twice or late, and the timer looks whenever it likes."""
    due, before, total = payoff
    numbers = count(1)
    cents = st.sampled_from([0, before, before + 1, total - 1, total])
    news = st.lists(st.tuples(cents, st.sampled_from([0, 700])), min_size=1, max_size=5)

    @settings(
        max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(news, st.data())
    def check(balances: list[tuple[int, int]], data: st.DataObject) -> None:
        bodies = [told(next(numbers), *each) for each in balances]
        for body in data.draw(st.permutations([*bodies, bodies[0]])):
            app.consumer.absorb("on_balance_changed", [body])
            if data.draw(st.booleans()):
                paid.follow(app)
        paid.follow(app)
        found = payoffs.get(due.payoff_id)
        newest_paid, _ = balances[-1]
        assert found.state == ("paid" if newest_paid == total else "due")
        assert found.received_cents == max(newest_paid - before, 0)
        assert paid.follow(app) == 0

    check()
    states = [each.state for each in payoffs.get(due.payoff_id).steps]
    assert all(one != two for one, two in pairwise(states))
    assert testing.parked(app) == []
