"""CASH-010, CASH-011: a second person counts again; checks are matched one by one."""

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from millage.cashiering.v1 import cashiering_pb2 as counter_pb
from millage.cashiering.v1 import reconciliation_pb2 as pb
from millage.cashiering.v1 import reconciliation_pb2_grpc as stubs
from taxkit import testing

CASH, CHECK = counter_pb.TENDER_TYPE_CASH, counter_pb.TENDER_TYPE_CHECK


class BackOffice:
    def __init__(self, channel: Any, counter: Any, keys: Any) -> None:
        self.stub = stubs.ReconciliationServiceStub(channel)
        self.counter = counter
        self.metadata = testing.bearer(keys.token("cashiering.*", user="back office"))

    def recount(self, session_id: str, *counts: tuple[int, int], note: str = "", **more: Any):
        request = pb.RecountSessionRequest(
            idempotency_key=more.get("key") or self.counter.key(),
            session_id=session_id,
            counts=[counter_pb.TenderCount(tender_type=k, counted_cents=c) for k, c in counts],
            note=note,
        )
        return self.stub.RecountSession(request, metadata=more.get("metadata") or self.metadata)

    def enter(self, session_id: str, *checks: tuple[str, int]) -> pb.CheckReconciliation:
        request = pb.EnterChecksRequest(
            idempotency_key=self.counter.key(),
            session_id=session_id,
            checks=[pb.EnteredCheck(check_number=n, amount_cents=c) for n, c in checks],
        )
        return self.stub.EnterChecks(request, metadata=self.metadata)

    def withdraw(self, entry_id: str, reason: str = "misread") -> pb.CheckReconciliation:
        request = pb.WithdrawCheckRequest(
            idempotency_key=self.counter.key(), entry_id=entry_id, reason=reason
        )
        return self.stub.WithdrawCheck(request, metadata=self.metadata)

    def deposit(self, *session_ids: str, on: str = "2022-12-16") -> pb.Deposit:
        request = pb.MakeDepositRequest(
            idempotency_key=self.counter.key(), session_ids=session_ids, deposited_on=on
        )
        return self.stub.MakeDeposit(request, metadata=self.metadata)


@pytest.fixture
def office(channel, counter, keys) -> BackOffice:
    return BackOffice(channel, counter, keys)


def test_cash_010_the_second_count_stands_beside_the_first(office, counter, session) -> None:
    """Expected, counted, counted again; over and short against both."""
    counter.pay(session.session_id, 1_000)
    counter.pay(session.session_id, 500, tenders=[counter.check(500)])
    counter.close(session.session_id, (CASH, 990), (CHECK, 500))
    found = office.recount(session.session_id, (CASH, 995), (CHECK, 500), note="a nickel more")

    assert (found.approved, found.recounted_by, found.note) == (
        True, "back office", "a nickel more",
    )  # fmt: skip
    assert (found.over_short_cents, found.difference_cents) == (-5, 5)
    assert found.session.over_short_cents == -10
    assert [
        (one.tender_type, one.expected_cents, one.counted_cents, one.recounted_cents)
        for one in found.tenders
    ] == [(CASH, 1_000, 990, 995), (CHECK, 500, 500, 500)]
    request = pb.GetReconciliationRequest(session_id=session.session_id)
    assert office.stub.GetReconciliation(request, metadata=office.metadata) == found


def test_cash_010_a_recount_that_cannot_be_is_refused(
    office, counter, session, refused, unchanged
) -> None:
    """Open, by its own cashier, different without a note, twice, nonsense."""
    name = session.session_id
    counter.pay(name, 1_000)
    with unchanged():
        refused("SESSION_OPEN", office.recount, name, (CASH, 1_000))
    counter.close(name, (CASH, 1_000))
    with unchanged():
        refused(
            "SECOND_PERSON_NEEDED", office.recount, name, (CASH, 1_000), metadata=counter.metadata
        )
        refused("NOTE_MISSING", office.recount, name, (CASH, 999))
        refused("TENDER_TWICE", office.recount, name, (CASH, 1), (CASH, 1))
        refused("COUNT_OUT_OF_RANGE", office.recount, name, (CASH, -1))
        refused("SESSION_NOT_FOUND", office.recount, "00000000-0000-7000-8000-000000000001")
    first = office.recount(name, (CASH, 1_000), key="once")
    with unchanged():
        assert office.recount(name, (CASH, 1_000), key="once") == first
        refused("SESSION_RECOUNTED", office.recount, name, (CASH, 1_000))
        refused("IDEMPOTENCY_CONFLICT", office.recount, name, (CASH, 999), key="once")


def test_cash_011_checks_match_or_are_listed_both_ways(office, counter, session) -> None:
    """Reversed receipts' checks are not looked for."""
    name = session.session_id
    kept = counter.pay(name, 700, tenders=[counter.check(700, "0044")])
    counter.pay(name, 800, tenders=[counter.check(800, "45")])
    undone = counter.pay(name, 900, tenders=[counter.check(900, "46")])
    counter.reverse(undone.receipt_id)
    found = office.enter(name, ("44", 700), ("45", 80), ("46", 900))

    assert [(one.receipt_number, one.check_number) for one in found.matched] == [
        (kept.receipt_number, "0044")
    ]
    assert [(one.check_number, one.amount_cents) for one in found.only_entered] == [
        ("45", 80), ("46", 900),
    ]  # fmt: skip
    assert [(one.check_number, one.amount_cents) for one in found.only_tendered] == [("45", 800)]
    assert (found.entered_cents, found.tendered_cents) == (1_680, 1_500)


def test_cash_011_a_misread_check_is_withdrawn_and_entered_anew(
    office, counter, session, refused, rows
) -> None:
    """The entry stays, marked, with who withdrew it and why."""
    name = session.session_id
    counter.pay(name, 800, tenders=[counter.check(800, "45")])
    wrong = office.enter(name, ("45", 80)).only_entered[0].entry_id
    refused("REASON_MISSING", office.withdraw, wrong, " ")
    office.withdraw(wrong)
    found = office.enter(name, ("45", 800))

    assert (len(found.matched), len(found.only_entered), len(found.only_tendered)) == (1, 0, 0)
    refused("CHECK_WITHDRAWN", office.withdraw, wrong)
    refused("CHECK_NOT_FOUND", office.withdraw, session.session_id)
    assert rows("select count(*) from check_entries") == [(2,)]


def test_cash_011_checks_that_cannot_be_meant_are_refused(
    office, counter, session, refused, unchanged
) -> None:
    """None, of nothing, of too much; and none once the drawer is at the bank."""
    name = session.session_id
    with unchanged():
        refused("CHECKS_COUNT", office.enter, name)
        refused("AMOUNT_NOT_POSITIVE", office.enter, name, ("1", 0))
        refused("AMOUNT_TOO_LARGE", office.enter, name, ("1", 2**62))
        refused("TEXT_INVALID", office.enter, name, ("x" * 101, 5))
        refused("SESSION_NOT_FOUND", office.enter, "00000000-0000-7000-8000-000000000001", ("1", 5))
    counter.close(name)
    office.deposit(name)
    with unchanged():
        refused("SESSION_DEPOSITED", office.enter, name, ("1", 5))


@pytest.mark.parametrize("change", ["update {} set recorded_at = recorded_at", "delete from {}"])
@pytest.mark.parametrize("table", ["session_recounts", "check_entries", "check_withdrawals"])
def test_cash_010_what_was_counted_stays(
    app, office, counter, session, unchanged, table: str, change: str
) -> None:
    """The database refuses to change it."""
    counter.close(session.session_id)
    entered = office.enter(session.session_id, ("1", 5)).only_entered[0].entry_id
    office.withdraw(entered)
    office.recount(session.session_id)
    with (
        unchanged(),
        pytest.raises(DBAPIError, match="append-only"),
        app.database.begin() as connection,
    ):
        connection.exec_driver_sql(change.format(table))
