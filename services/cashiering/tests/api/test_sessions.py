"""CASH-001, CASH-002, CASH-010, CASH-061: tills and the sessions on them."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from cashiering_service.schemas import SessionClosedV1
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

CASH, CHECK = pb.TENDER_TYPE_CASH, pb.TENDER_TYPE_CHECK


def test_cash_002_a_session_is_opened_on_a_till(counter) -> None:
    """Open, empty, the cashier's own."""
    session = counter.open(effective_on="2022-12-10")

    assert (session.till_code, session.cashier) == ("T01", "cashier")
    assert (session.business_date, session.effective_on) == ("2022-12-15", "2022-12-10")
    assert session.state == pb.SESSION_STATE_OPEN
    assert (session.receipt_count, session.total_cents) == (0, 0)


def test_cash_001_a_till_has_one_session_open(counter, refused, unchanged) -> None:
    """The refusal names the one that is."""
    first = counter.open()
    with unchanged():
        error = refused("SESSION_ALREADY_OPEN", counter.open)

    assert first.session_id in error.details()
    counter.close(first.session_id)
    assert counter.open().session_id != first.session_id


def test_cash_001_a_new_till_needs_someone_who_may_add_it(
    counter, keys, refused, unchanged
) -> None:
    """TILL_NOT_FOUND for a plain cashier."""
    request = pb.OpenSessionRequest(
        idempotency_key="k", till_code="T99", business_date="2022-12-15"
    )
    plain = testing.bearer(keys.token("cashiering.session"))
    with unchanged():
        refused("TILL_NOT_FOUND", counter.stub.OpenSession, request, metadata=plain)

    assert counter.stub.OpenSession(request, metadata=counter.metadata).till_code == "T99"


def test_cash_001_a_till_out_of_use_takes_no_session(app, counter, refused, unchanged) -> None:
    """TILL_INACTIVE."""
    counter.close(counter.open().session_id)
    with app.database.begin() as connection:
        connection.exec_driver_sql("update tills set is_active = false")
    with unchanged():
        refused("TILL_INACTIVE", counter.open)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"till_code": ""}, "TILL_CODE_INVALID"),
        ({"till_code": "t01"}, "TILL_CODE_INVALID"),
        ({"till_code": "-T"}, "TILL_CODE_INVALID"),
        ({"till_code": "T" * 17}, "TILL_CODE_INVALID"),
        ({"till_code": "T\x00"}, "TILL_CODE_INVALID"),
        ({"till_code": "Ä1"}, "TILL_CODE_INVALID"),
        ({"business_date": ""}, "DATE_INVALID"),
        ({"business_date": "15.12.2022"}, "DATE_INVALID"),
        ({"business_date": "2023-04-01"}, "BUSINESS_DATE_IN_FUTURE"),
        ({"business_date": "1999-12-15"}, "NO_LAW_IN_FORCE"),
        ({"effective_on": "2022-12-16"}, "EFFECTIVE_DATE_IN_FUTURE"),
        ({"idempotency_key": ""}, "IDEMPOTENCY_KEY_INVALID"),
    ],
)
def test_a_session_that_cannot_be_meant_is_refused(
    counter, refused, unchanged, changes, reason: str
) -> None:
    """And leaves neither till nor session."""
    with unchanged():
        refused(reason, counter.open, **changes)


def test_a_session_is_found_by_id_and_by_till(counter, session, refused) -> None:
    """Who stands at a window knows the till."""

    def get(**asked: str) -> pb.Session:
        return counter.stub.GetSession(pb.GetSessionRequest(**asked), metadata=counter.metadata)

    assert get(session_id=session.session_id) == get(till_code="T01") == session
    refused("NO_OPEN_SESSION", get, till_code="T02")
    refused("SESSION_NOT_FOUND", get, session_id=str(UUID(int=3)))
    refused("ID_INVALID", get)
    refused("TEXT_INVALID", get, till_code="\x00")


def test_cash_010_a_drawer_is_expected_to_hold_tenders_less_change(counter, session) -> None:
    """Reversed receipts are left out; change was given in cash."""
    counter.pay(session.session_id, 8_750, tenders=[counter.cash(10_000)])
    tenders = [counter.cash(2_000), counter.check(8_000)]
    counter.pay(session.session_id, 10_000, tenders=tenders)
    gone = counter.pay(session.session_id, 777)
    counter.reverse(gone.receipt_id)
    closed = counter.close(session.session_id, (CASH, 10_750), (CHECK, 8_000))

    assert [(one.tender_type, one.expected_cents, one.counted_cents) for one in closed.tenders] == [
        (CASH, 10_750, 10_750), (CHECK, 8_000, 8_000),
    ]  # fmt: skip
    assert (closed.receipt_count, closed.total_cents) == (2, 18_750)
    assert (closed.state, closed.over_short_cents) == (pb.SESSION_STATE_CLOSED, 0)


@pytest.mark.parametrize(("counted", "over_short"), [(10_005, 5), (9_900, -100), (0, -10_000)])
def test_cash_010_what_is_over_or_short_is_kept(
    app, counter, session, counted: int, over_short: int
) -> None:
    """Never smoothed; SessionClosed tells it."""
    counter.pay(session.session_id)
    closed = counter.close(session.session_id, (CASH, counted))
    told = testing.emitted(app)[-1]

    assert closed.over_short_cents == over_short
    assert told["type"] == "org.millage.cashiering.SessionClosed.v1"
    assert SessionClosedV1().validate(told["data"]) == {}
    assert told["data"]["over_short_cents"] == over_short
    assert told["data"]["tenders"] == [
        {"tender_type": "cash", "expected_cents": 10_000, "counted_cents": counted}
    ]


def test_cash_010_a_tender_type_nobody_expected_may_be_counted(counter, session) -> None:
    """A check in a drawer that took none is over."""
    closed = counter.close(session.session_id, (CHECK, 300))

    assert closed.over_short_cents == 300


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (((0, 5),), "TENDER_TYPE_UNKNOWN"),
        (((77, 5),), "TENDER_TYPE_UNKNOWN"),
        (((CASH, 5), (CASH, 6)), "TENDER_TWICE"),
        (((CASH, -1),), "COUNT_OUT_OF_RANGE"),
        (((CASH, 2**53),), "COUNT_OUT_OF_RANGE"),
    ],
)
def test_a_count_that_cannot_be_meant_is_refused(
    counter, session, refused, unchanged, counts, reason: str
) -> None:
    """The session stays open."""
    with unchanged():
        refused(reason, counter.close, session.session_id, *counts)


def test_cash_061_a_session_closes_once(counter, session, refused, unchanged) -> None:
    """The same key is answered as before; another one is told that it is closed."""
    closed = counter.close(session.session_id, key="close")
    with unchanged():
        assert counter.close(session.session_id, key="close") == closed
        refused("SESSION_CLOSED", counter.close, session.session_id)
        refused("IDEMPOTENCY_CONFLICT", counter.close, session.session_id, (CASH, 1), key="close")


def test_a_session_that_is_not_there_cannot_be_closed(counter, refused, unchanged) -> None:
    """SESSION_NOT_FOUND, ID_INVALID."""
    with unchanged():
        refused("SESSION_NOT_FOUND", counter.close, str(UUID(int=3)))
        refused("ID_INVALID", counter.close, "T01")


def test_opening_again_with_the_same_key_gives_the_same_session(
    counter, refused, unchanged
) -> None:
    """A retry does not need a second till."""
    first = counter.open(idempotency_key="open")
    with unchanged():
        assert counter.open(idempotency_key="open") == first
        refused("IDEMPOTENCY_CONFLICT", counter.open, "T02", idempotency_key="open")


def test_sessions_of_a_day_are_counted_from_one(counter) -> None:
    """So that receipt numbers of a till never meet."""
    numbers = []
    for _ in range(3):
        session = counter.open()
        numbers.append(counter.pay(session.session_id).receipt_number)
        counter.close(session.session_id)

    assert numbers == [f"T01-20221215-{number}-00001" for number in (1, 2, 3)]


def test_opening_one_till_at_the_same_moment_opens_one_session(counter, rows, outcome) -> None:
    """Eight windows, one drawer."""
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: outcome(counter.open), range(8)))

    assert found.count("SESSION_ALREADY_OPEN") == 7
    assert rows("select count(*) from sessions") == [(1,)]
