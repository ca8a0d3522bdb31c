"""A replacement payment waits for the return of the check it replaces (RECV-040, RECV-056)."""

import threading
import time
from datetime import UTC, datetime

import pytest

from receivables_service.asked import Asked
from receivables_service.changes import returns
from receivables_service.domain.held import Procedure
from receivables_service.held import commands as held_commands
from receivables_service.held import items as held_items
from receivables_service.held.commands import Asked as CaseAsked
from receivables_service.held.commands import Wish
from taxkit.auth import Caller
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.inbox import Work
from taxkit.testing import TRACEPARENT, parked

CLERK = CaseAsked(Caller("clerk", frozenset(), frozenset({"*"})), TRACEPARENT)


@pytest.fixture(autouse=True)
def in_february(app):
    app.clock = app.consumer._clock = FixedClock(datetime(2022, 2, 11, 18, tzinfo=UTC))


def give_back(app, receipt):
    """The bank returns the check."""
    with app.database.begin() as connection:
        work = Work(connection, app.clock)
        asked = Asked("ana", "R01", TRACEPARENT)
        done = returns.return_payment(app, work, receipt, "", app.clock.today(), asked)
        app.store_events(connection, work)
        return done


def test_recv_056_a_held_replacement_is_applied_once_the_check_is_returned(
    app, bill, neighbours, ledger
):
    """RECV-056: not before; then it pays the bill, and what is too much stays held."""
    check, replacement = new_id(), new_id()
    paid = neighbours.payment_posted(check, neighbours.line(1, 180_000, bill))
    app.consumer.absorb("on_payment_posted", [paid])
    line = {
        **neighbours.line(1, 190_000), "kind": "advance", "advance_type": "replacement_payment",
        "parcel_number": "13264290020000", "tax_year": None, "suspense_reason": None,
    }  # fmt: skip
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(replacement, line)])
    assert ledger.rows("select open_cents::int from held_items") == [(190_000,)]
    fee = give_back(app, check).fee_cents
    assert ledger.rows("select open_cents::int from bills") == [(0,)]
    assert ledger.rows("select open_cents::int from held_items") == [(10_000 - fee,)]
    assert ledger.balance("cash_clearing") == 190_000
    with app.database.begin() as connection:
        assert list(held_items.differences(connection, 10)) == parked(app) == []


def test_recv_056_a_returned_check_takes_back_what_it_left_over(app, bill, neighbours, ledger):
    """RECV-056: its surplus goes with it, and what was applied elsewhere comes back first."""
    check = new_id()
    paid = neighbours.payment_posted(check, neighbours.line(1, 200_000, bill))
    app.consumer.absorb("on_payment_posted", [paid])
    give_back(app, check)
    assert ledger.rows("select open_cents::int, state from held_items") == [(0, "closed")]
    assert 0 == ledger.balance("cash_clearing") == ledger.balance("surplus_liability")
    assert parked(app) == []


def test_recv_056_a_replacement_that_is_claimed_meanwhile_is_left_alone(
    app, bill, neighbours, ledger
):
    """RECV-056: a case begun while the return waits for its lock keeps the money."""
    check, replacement = new_id(), new_id()
    paid = neighbours.payment_posted(check, neighbours.line(1, 180_000, bill))
    line = {
        **neighbours.line(1, 190_000), "kind": "advance", "advance_type": "replacement_payment",
        "parcel_number": "13264290020000", "tax_year": None, "suspense_reason": None,
    }  # fmt: skip
    app.consumer.absorb("on_payment_posted", [paid, neighbours.payment_posted(replacement, line)])
    ((item,),) = ledger.rows("select item_id from held_items")
    returned = threading.Thread(target=give_back, args=(app, check))
    wish = Wish(item, Procedure.REFUND, 190_000, "Ivo", "", None, "not needed")
    with app.database.begin() as connection:
        held_commands.start_case(app, connection, CLERK, wish)
        returned.start()
        _wait_for_a_lock(app)
    returned.join()

    assert ledger.rows("select open_cents::int, state from held_items") == [
        (190_000, "in_workflow")
    ]
    assert parked(app) == []


def _wait_for_a_lock(app) -> None:
    """Until somebody stands before a lock that is held here."""
    waiting = (
        "select count(*) from pg_locks where not granted and locktype = 'advisory'"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    for _ in range(3_000):
        with app.database.begin() as connection:
            if connection.exec_driver_sql(waiting).scalar_one():
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")
