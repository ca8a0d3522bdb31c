"""CASH-005: the effective date of a session moves, and numbering with it (Q-17)."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.receipt import SessionHead, number_of
from millage.cashiering.v1 import sessions_pb2 as pb
from taxkit import testing

DAY = "2022-12-15"
dates = st.dates(date(2018, 1, 1), date(2030, 1, 1))
heads = st.builds(
    SessionHead,
    st.just(UUID(int=1)),
    st.from_regex(r"[A-Z0-9][A-Z0-9-]{0,15}", fullmatch=True),
    st.integers(1, 99),
    dates,
    dates,
    st.just(True),
)


@given(heads, st.integers(1, 200_000), heads, st.integers(1, 200_000))
def test_cash_005_a_number_says_till_session_effective_date_and_place(
    head: SessionHead, place: int, other: SessionHead, elsewhere: int
) -> None:
    """Two receipts that differ in one of them never print the same number."""
    same = (head, place) == (other, elsewhere)

    assert same == (number_of(head, place) == number_of(other, elsewhere))


def test_cash_005_numbering_restarts_and_goes_on_when_the_date_comes_back(
    desk, counter, session, rows
) -> None:
    """Even after receipts exist; each receipt keeps its own date and id."""
    first = counter.pay(session.session_id, 100)
    moved = desk.move(session.session_id, "2022-12-10")
    second = counter.pay(session.session_id, 200)
    desk.move(session.session_id, DAY)
    third = counter.pay(session.session_id, 300)
    desk.move(session.session_id, "2022-12-10")
    fourth = counter.pay(session.session_id, 400)

    assert moved.next_receipt_number == second.receipt_number
    assert [one.receipt_number for one in (first, second, third, fourth)] == [
        "T01-20221215-1-00001",
        "T01-20221215-1-E20221210-00001",
        "T01-20221215-1-00002",
        "T01-20221215-1-E20221210-00002",
    ]
    assert [one.effective_on for one in (first, second, third, fourth)] == [
        DAY, "2022-12-10", DAY, "2022-12-10",
    ]  # fmt: skip
    assert len({one.receipt_id for one in (first, second, third, fourth)}) == 4
    assert rows("select count(*) from setup_changes where subject like 'session/%%'") == [(3,)]


def test_cash_005_a_move_to_the_same_date_changes_nothing(
    desk, counter, session, unchanged
) -> None:
    """No restart, no trail; only the key is taken."""
    counter.pay(session.session_id, 100)
    with unchanged(idempotency_keys=1):
        found = desk.move(session.session_id, DAY)

    assert found.next_receipt_number == "T01-20221215-1-00002"


def test_cash_005_a_move_that_cannot_be_is_refused(
    desk, counter, session, keys, refused, unchanged
) -> None:
    """After the business date, closed, without the right, or nonsense."""
    plain = testing.bearer(keys.token("cashiering.session", "cashiering.pay", "cashiering.read"))
    request = {"session_id": session.session_id, "effective_on": DAY, "idempotency_key": "k"}
    method = desk.stub.ChangeEffectiveDate
    with unchanged():
        refused("EFFECTIVE_DATE_IN_FUTURE", desk.move, session.session_id, "2022-12-16")
        refused("DATE_INVALID", desk.move, session.session_id, "yesterday")
        refused("DATE_INVALID", desk.move, session.session_id, "")
        refused("ID_INVALID", desk.move, "x", DAY)
        refused("SESSION_NOT_FOUND", desk.move, str(UUID(int=7)), DAY)
        refused("FORBIDDEN", method, pb.ChangeEffectiveDateRequest(**request), metadata=plain)
    counter.close(session.session_id)
    refused("SESSION_CLOSED", desk.move, session.session_id, "2022-12-01")


def _cut_off(app) -> str:
    """End every connection of the service."""
    with psycopg.connect(app.settings.database_url, autocommit=True) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            " and datname = current_database() and application_name = 'cashiering api'"
        )
    return "AMOUNT_NOT_POSITIVE"


@pytest.mark.parametrize("cut", [False, True], ids=["calm", "connections cut"])
def test_cash_005_no_series_has_a_gap_whatever_happens(
    app, desk, counter, rows, outcome, cut: bool
) -> None:
    """Windows on three tills, refused orders, moves of the date, and connections cut meanwhile.

    No lock is shared by two sessions: their numbers are their own rows'.
    """
    sessions = [counter.open(f"T0{number}") for number in (1, 2, 3)]

    def pay(number: int) -> str:
        order = counter.order(sessions[number % 3].session_id, -1 if number % 7 == 6 else 100)
        while (found := outcome(counter.post, order)) == "DATABASE_AWAY":
            pass
        return found if isinstance(found, str) else found.receipt_number

    def move(number: int) -> str:
        day = ("2022-12-10", DAY, "2022-12-05")[number % 3]
        while outcome(desk.move, sessions[number % 3].session_id, day) == "DATABASE_AWAY":
            pass
        return "AMOUNT_NOT_POSITIVE"

    with ThreadPoolExecutor(12) as threads:
        jobs = [threads.submit(pay, number) for number in range(84)]
        jobs += [threads.submit(move, number) for number in range(9)]
        jobs += [threads.submit(_cut_off, app) for _ in range(4 if cut else 0)]
        found = [job.result() for job in jobs]

    numbers = [one for one in found if one != "AMOUNT_NOT_POSITIVE"]
    assert len(numbers) == len(set(numbers)) == 72
    series = defaultdict(list)
    for number in numbers:
        head, _, place = number.rpartition("-")
        series[head].append(int(place))
    for places in series.values():
        assert sorted(places) == list(range(1, len(places) + 1))
    assert {one for (one,) in rows("select receipt_number from receipts")} == set(numbers)
