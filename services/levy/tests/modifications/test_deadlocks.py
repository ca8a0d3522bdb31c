"""LEVY-003, LEVY-007: a command that the database picks out of a deadlock is done again.

Levy's own commands lock bills in one order and never meet in one; a script of the office's may.
"""

import threading
import time

import pytest

from levy_service.corrections_store import _ALL_BILLS

_WAITS = """
select count(*) from pg_stat_activity
where wait_event_type = 'Lock' and datname = current_database()
"""


def _until_somebody_waits(app):
    for _ in range(6_000):
        with app.database.begin() as connection:
            if connection.exec_driver_sql(_WAITS).scalar_one():
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")


@pytest.fixture
def crossed(app):
    """Let a call wait for a bill of ours while we come to want what it has.

    Who has waited longest looks for a deadlock first, and gives way: the call. We do not look at
    all, and wait as long as it takes it on a busy machine.
    """
    patient = "set local deadlock_timeout = '5min'; set local lock_timeout = '5min'"

    def cross(bill, call):
        done = []
        with app.database.begin() as connection:
            lock = "select pg_advisory_xact_lock(hashtextextended('correction ' || %s, 0))"
            connection.exec_driver_sql(lock, (bill,))
            thread = threading.Thread(target=lambda: done.append(call()))
            thread.start()
            _until_somebody_waits(app)
            connection.exec_driver_sql(patient)
            connection.exec_driver_sql(f"select pg_advisory_xact_lock({_ALL_BILLS})")
        thread.join(120)
        (answer,) = done
        return answer

    return cross


def test_levy_003_a_correction_that_meets_a_deadlock_is_made_once(
    levy, corrections, crossed, events, bill
):
    """LEVY-003: answered as if nothing had been; one version, one event."""
    answer = crossed(bill, lambda: corrections.send(bill_id=bill, total_cents=90_000))
    assert (answer.bill.bill_version, answer.previous_total_cents) == (2, 100_000)
    assert (levy.bill(bill).total_cents, len(events("BillCorrected"))) == (90_000, 1)


def test_levy_007_a_finish_that_meets_a_deadlock_is_made_once(
    levy, modifications, crossed, events, bill
):
    """LEVY-007: its bill in the next version, once."""
    draft = modifications.edit(modifications.open("MN"), bill, total_cents=90_000)
    done = crossed(bill, lambda: modifications.finish(draft))
    assert (done.status, levy.bill(bill).bill_version) == ("finished", 2)
    assert len(events("BillModified")) == 1
