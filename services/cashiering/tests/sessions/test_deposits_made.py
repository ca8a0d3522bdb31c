"""CASH-061, CASH-010: deposits of closed sessions, and the day's balance."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from cashiering_service.schemas import DepositMadeV1
from millage.cashiering.v1 import cashiering_pb2 as counter_pb
from millage.cashiering.v1 import reconciliation_pb2 as pb
from millage.cashiering.v1 import reconciliation_pb2_grpc as stubs
from taxkit import testing

CASH, CHECK = counter_pb.TENDER_TYPE_CASH, counter_pb.TENDER_TYPE_CHECK


class Bank:
    def __init__(self, channel: Any, counter: Any, keys: Any) -> None:
        self.stub = stubs.ReconciliationServiceStub(channel)
        self.counter = counter
        self.metadata = testing.bearer(keys.token("cashiering.*", user="runner"))

    def deposit(self, *session_ids: str, on: str = "2022-12-16", key: str = "") -> pb.Deposit:
        request = pb.MakeDepositRequest(
            idempotency_key=key or self.counter.key(),
            session_ids=session_ids,
            deposited_on=on,
            bank_reference="bag 7",
        )
        return self.stub.MakeDeposit(request, metadata=self.metadata)

    def day(self, day: str = "2022-12-15") -> pb.DailyBalance:
        request = pb.GetDailyBalanceRequest(business_date=day)
        return self.stub.GetDailyBalance(request, metadata=self.metadata)

    def recount(self, session_id: str, *counts: tuple[int, int]) -> pb.Reconciliation:
        request = pb.RecountSessionRequest(
            idempotency_key=self.counter.key(),
            session_id=session_id,
            counts=[counter_pb.TenderCount(tender_type=k, counted_cents=c) for k, c in counts],
            note="looked again",
        )
        return self.stub.RecountSession(request, metadata=self.metadata)


@pytest.fixture
def bank(channel, counter, keys) -> Bank:
    return Bank(channel, counter, keys)


@pytest.fixture
def closed(counter):
    """Two counted drawers: 10.00 cash and 5.00 by check, and 7.00 cash."""
    first, second = counter.open("T01"), counter.open("T02")
    counter.pay(first.session_id, 1_000)
    counter.pay(first.session_id, 500, tenders=[counter.check(500)])
    counter.pay(second.session_id, 700)
    counter.close(first.session_id, (CASH, 1_000), (CHECK, 500))
    counter.close(second.session_id, (CASH, 700))
    return [first.session_id, second.session_id]


def test_cash_061_a_deposit_takes_closed_drawers_by_tender(app, bank, closed) -> None:
    """To the cent, told once; found by id, number and day."""
    made = bank.deposit(*closed)
    told = testing.emitted(app)[-1]

    assert (made.deposit_number, made.total_cents) == ("D-20221216-1", 2_200)
    assert [(one.tender_type, one.amount_cents) for one in made.tenders] == [
        (CASH, 1_700), (CHECK, 500),
    ]  # fmt: skip
    assert sorted(made.session_ids) == sorted(closed)
    assert told["type"] == "org.millage.cashiering.DepositMade.v1"
    assert DepositMadeV1().validate(told["data"]) == {}
    assert {one["session_id"]: one["total_cents"] for one in told["data"]["sessions"]} == {
        closed[0]: 1_500, closed[1]: 700,
    }  # fmt: skip
    for name in (made.deposit_id, made.deposit_number):
        request = pb.GetDepositRequest(deposit=name)
        assert bank.stub.GetDeposit(request, metadata=bank.metadata) == made
    listed = bank.stub.ListDeposits(
        pb.ListDepositsRequest(from_date="2022-12-16"), metadata=bank.metadata
    )
    assert list(listed.deposits) == [made]


def test_cash_061_a_deposit_that_cannot_be_is_refused(
    bank, counter, closed, refused, unchanged
) -> None:
    """Open, twice, before its day, after today, nothing, unknown."""
    open_ = counter.open("T03").session_id
    with unchanged():
        refused("SESSION_OPEN", bank.deposit, closed[0], open_)
        refused("SESSION_TWICE", bank.deposit, closed[0], closed[0])
        refused("SESSIONS_COUNT", bank.deposit)
        refused("SESSION_NOT_FOUND", bank.deposit, "00000000-0000-7000-8000-000000000001")
        refused("DEPOSIT_BEFORE_BUSINESS_DATE", bank.deposit, closed[0], on="2022-12-14")
        refused("DEPOSIT_IN_FUTURE", bank.deposit, closed[0], on="2023-04-01")
        refused("DATE_INVALID", bank.deposit, closed[0], on="")
        refused("ID_INVALID", bank.deposit, "T01")
        for name in ("D-20221216-1", "D-99999999-1", "x", ""):
            refused(
                "DEPOSIT_NOT_FOUND",
                bank.stub.GetDeposit,
                pb.GetDepositRequest(deposit=name),
                metadata=bank.metadata,
            )
    first = bank.deposit(closed[0], key="once")
    with unchanged():
        assert bank.deposit(closed[0], key="once") == first
        refused("IDEMPOTENCY_CONFLICT", bank.deposit, closed[1], key="once")
        error = refused("SESSION_DEPOSITED", bank.deposit, *closed)
    assert first.deposit_number in error.details()


def test_cash_010_a_drawer_over_or_short_is_counted_again_before_it_goes(
    bank, counter, session, refused
) -> None:
    """And the second count is what goes."""
    counter.pay(session.session_id, 1_000)
    counter.close(session.session_id, (CASH, 900))
    refused("SESSION_NOT_RECOUNTED", bank.deposit, session.session_id)
    bank.recount(session.session_id, (CASH, 998))

    assert bank.deposit(session.session_id).total_cents == 998


def test_cash_061_eight_deposits_of_one_drawer_are_one(bank, closed, rows, outcome) -> None:
    """And deposits of a day at the same moment are numbered without gaps."""
    with ThreadPoolExecutor(9) as threads:
        jobs = [threads.submit(outcome, bank.deposit, closed[0]) for _ in range(8)]
        jobs.append(threads.submit(outcome, bank.deposit, closed[1]))
        found = [job.result() for job in jobs]

    assert found.count("SESSION_DEPOSITED") == 7
    assert rows("select place from deposits order by 1") == [(1,), (2,)]
    assert rows("select count(*) from deposit_sessions") == [(2,)]


def test_cash_010_the_day_shows_every_drawer_and_adds_up(bank, counter, closed) -> None:
    """Received is what stands; without the ledger's answer nothing is said to tie."""
    third = counter.open("T03").session_id
    counter.pay(third, 300)
    counter.reverse(counter.pay(third, 200).receipt_id)
    bank.deposit(closed[0])
    found = bank.day()

    assert (found.received_cents, found.reversed_cents, found.deposited_cents) == (
        2_500, 200, 1_500,
    )  # fmt: skip
    assert sum(one.total_cents for one in found.sessions) == found.received_cents
    assert [(one.tender_type, one.amount_cents) for one in found.tenders] == [
        (CASH, 2_000), (CHECK, 500),
    ]  # fmt: skip
    assert [
        (one.till_code, one.state, one.receipt_count, one.total_cents, one.deposit_number)
        for one in found.sessions
    ] == [
        ("T01", counter_pb.SESSION_STATE_CLOSED, 2, 1_500, "D-20221216-1"),
        ("T02", counter_pb.SESSION_STATE_CLOSED, 1, 700, ""),
        ("T03", counter_pb.SESSION_STATE_OPEN, 1, 300, ""),
    ]
    assert (found.ledger.known, found.ties) == (False, False)
    assert bank.day("2022-12-14") == pb.DailyBalance(
        business_date="2022-12-14", ledger=pb.LedgerLeg()
    )


@pytest.mark.parametrize("table", ["deposits", "deposit_sessions", "deposit_tenders"])
@pytest.mark.parametrize("change", ["delete from {}", "truncate {} cascade"])
def test_cash_061_a_deposit_stays(app, bank, closed, unchanged, table: str, change: str) -> None:
    """The database refuses to change it."""
    bank.deposit(*closed)
    with (
        unchanged(),
        pytest.raises(DBAPIError, match="append-only"),
        app.database.begin() as connection,
    ):
        connection.exec_driver_sql(change.format(table))
