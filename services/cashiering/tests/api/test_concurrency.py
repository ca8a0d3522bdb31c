"""CASH-005, CASH-061: many windows at once; numbers without gaps, drawers without strays."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from cashiering_service.bootstrap import SPEC
from taxkit import testing


@pytest.fixture
def two_apis(make_app, app, keys) -> Iterator[list]:
    """Two api processes' worth of servers on one database, a writer each."""
    with (
        make_app() as one,
        make_app() as two,
        testing.server(SPEC, one, keys) as first,
        testing.server(SPEC, two, keys) as second,
    ):
        yield [first, second]


def test_cash_005_sixteen_clients_on_two_sessions_leave_no_gap(
    app, counter, two_apis, keys, rows, outcome
) -> None:
    """Two processes with a writer each, 160 payments of which every fifth is refused."""
    sessions = [counter.open("T01"), counter.open("T02")]
    windows = [type(counter)(channel, keys) for channel in two_apis]

    def pay(number: int) -> str:
        cents = -1 if number % 5 == 4 else 100 + number
        window = windows[number % 2]
        found = outcome(window.pay, sessions[number // 2 % 2].session_id, cents)
        return found if isinstance(found, str) else found.receipt_number

    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(pay, range(160)))

    numbers = sorted(one for one in found if one != "AMOUNT_NOT_POSITIVE")
    assert len(numbers) == 128
    for till in ("T01", "T02"):
        mine = [one for one in numbers if one.startswith(till)]
        assert mine == [f"{till}-20221215-1-{place:05d}" for place in range(1, len(mine) + 1)]
    assert rows("select sum(receipt_count) from sessions") == [(128,)]
    assert len(testing.emitted(app)) == 128


def test_cash_055_one_key_on_two_sessions_of_two_processes_makes_one_receipt(
    counter, two_apis, keys, rows, outcome
) -> None:
    """No lock orders them but the key's own row: the later one is answered as a retry or refused.

    The two bodies differ in their session, so one of them is the other request under the key.
    """
    sessions = [counter.open("T01"), counter.open("T02")]
    windows = [type(counter)(channel, keys) for channel in two_apis]
    for turn in range(10):
        orders = [counter.order(one.session_id, idempotency_key=f"k{turn}") for one in sessions]

        def post(number: int, orders=orders) -> str:
            found = outcome(windows[number // 2 % 2].post, orders[number % 2])
            return found if isinstance(found, str) else found.receipt_id

        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(post, range(8)))

        assert found.count("IDEMPOTENCY_CONFLICT") == 4
        assert len(set(found)) == 2
    assert rows("select count(*) from receipts") == [(10,)]


def test_cash_061_closing_while_paying_counts_every_receipt(app, counter, outcome) -> None:
    """A payment is either in the count of the closed drawer, or refused."""
    session = counter.open()

    def pay(number: int) -> int:
        found = outcome(counter.pay, session.session_id, 100 + number)
        return 0 if found == "SESSION_CLOSED" else found.total_cents

    with ThreadPoolExecutor(9) as threads:
        paying = [threads.submit(pay, number) for number in range(40)]
        closed = threads.submit(counter.close, session.session_id)
        taken = [one.result() for one in paying]

    assert closed.result().total_cents == sum(taken)
    assert closed.result().receipt_count == sum(1 for one in taken if one)
    told = testing.emitted(app)[-1]["data"]
    assert (told["total_cents"], told["receipt_count"]) == (
        sum(taken),
        len([t for t in taken if t]),
    )


def test_a_lost_database_connection_costs_no_payment(app, counter, session, rows, outcome) -> None:
    """Every connection is cut again and again; each order is posted once all the same."""
    orders = [counter.order(session.session_id, 100 + number) for number in range(30)]

    def post(order) -> None:
        while (found := outcome(counter.post, order)) == "DATABASE_AWAY":
            pass
        assert found.total_cents == order.lines[0].amount_cents

    with (
        ThreadPoolExecutor(4) as threads,
        psycopg.connect(app.settings.database_url, autocommit=True) as admin,
    ):
        posting = [threads.submit(post, order) for order in orders]
        for one in posting:
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and application_name = 'cashiering api'"
            )
            one.result()

    assert rows("select count(*), sum(total_cents) from receipts") == [(30, 30 * 100 + 435)]
    assert rows("select receipt_count from sessions") == [(30,)]
