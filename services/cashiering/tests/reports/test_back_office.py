"""CASH-010: the back office's reconciliation of a day, sealed, with what was held before."""

import hashlib
import json
from uuid import UUID

import pytest

from millage.cashiering.v1 import cashiering_pb2 as money
from millage.cashiering.v1 import reconciliation_pb2 as pb
from millage.cashiering.v1 import reconciliation_pb2_grpc as stubs
from millage.reports.v1 import reports_pb2, reports_pb2_grpc
from taxkit import testing

DAY = "2022-12-15"
CASH, ESCROW = money.TENDER_TYPE_CASH, money.TENDER_TYPE_ESCROW
NAMES = (
    "held", "till_code", "tender_type", "expected_cents", "counted_cents", "recounted_cents",
    "difference_cents", "recounted_by", "deposit_number",
)  # fmt: skip


@pytest.fixture
def run(channel, counter):
    stub = reports_pb2_grpc.ReportsServiceStub(channel)

    def make(**parameters: str) -> reports_pb2.ReportRun:
        request = reports_pb2.RunReportRequest(
            idempotency_key=counter.key(), report="back-office-reconciliation",
            parameters=parameters,
        )  # fmt: skip
        return stub.RunReport(request, metadata=counter.metadata)

    return make


@pytest.fixture
def read(channel, counter):
    stub = reports_pb2_grpc.ReportsServiceStub(channel)

    def take(made: reports_pb2.ReportRun, form: str = "json") -> bytes:
        request = reports_pb2.ReadReportRequest(run_id=made.run_id, format=form)
        parts = stub.ReadReport(request, metadata=counter.metadata)
        return b"".join(part.content for part in parts)

    return take


@pytest.fixture
def rows_of(read):
    return lambda made: [
        tuple(row[name] for name in NAMES) for row in json.loads(read(made))["rows"]
    ]


@pytest.fixture
def recount(channel, counter, keys):
    """A second person counts a drawer again."""
    stub = stubs.ReconciliationServiceStub(channel)
    lead = testing.bearer(keys.token("cashiering.reconcile", user="lead"))

    def count(session_id: str, cents: int, note: str) -> None:
        request = pb.RecountSessionRequest(
            idempotency_key=counter.key(), session_id=session_id, note=note,
            counts=[money.TenderCount(tender_type=CASH, counted_cents=cents)],
        )  # fmt: skip
        stub.RecountSession(request, metadata=lead)

    return count


def test_cash_010_the_back_office_sees_every_closed_drawer_of_the_day(
    counter, run, rows_of, recount
) -> None:
    """Who counted again, and what differed; an open drawer is nobody's to reconcile yet."""
    first, second = counter.open("T01").session_id, counter.open("T02").session_id
    counter.pay(counter.open("T03").session_id, 900)
    for session_id in (first, second):
        counter.pay(session_id, 10_000)
        counter.reverse(counter.pay(session_id, 700).receipt_id)
    counter.close(first, (CASH, 9_900))
    recount(first, 10_000, "a bill stuck to another")

    made = run(business_date=DAY)
    assert rows_of(made) == [("drawer", "T01", "cash", 10_000, 9_900, 10_000, 100, "lead", "")]
    assert made.totals["difference_cents"] == 100
    counter.close(second, (CASH, 10_000))
    assert rows_of(run(business_date=DAY))[1] == (
        "drawer", "T02", "cash", 10_000, 10_000, 0, 0, "", "",
    )  # fmt: skip


def test_cash_010_what_came_out_of_escrow_has_a_section_of_its_own(
    app, counter, run, rows_of, bill_of
) -> None:
    """It never lay in the drawer, and is not missing from it."""
    data = {
        "escrow_account": "E-77", "name": "Harbor Title", "available_cents": 9_000, "closed": False,
    }  # fmt: skip
    kind = "org.millage.receivables.EscrowChanged.v1"
    app.consumer.absorb("on_escrow_changed", [testing.foreign_event(kind, "escrow/E-77", data)])
    session_id = counter.open().session_id
    counter.pay(
        session_id, lines=[counter.line(10_000, UUID(str(bill_of("13264290020000", 2021))))],
        tenders=[
            money.Tender(tender_type=ESCROW, amount_cents=6_000, reference="E-77"),
            counter.cash(4_000),
        ],
    )  # fmt: skip
    counter.close(session_id, (CASH, 4_000))

    assert [row[:5] for row in rows_of(run(business_date=DAY))] == [
        ("drawer", "T01", "cash", 4_000, 4_000), ("held before", "T01", "escrow", 6_000, 0),
    ]  # fmt: skip


def test_cash_010_a_run_is_sealed_whatever_is_closed_counted_or_deposited_later(
    counter, run, read, rows_of, recount
) -> None:
    """The same bytes again, in every form; a new run sees the rest."""
    first, second = counter.open("T01").session_id, counter.open("T02").session_id
    counter.pay(first, 10_000)
    counter.close(first, (CASH, 10_000))
    made = run(business_date=DAY)
    before = {form: hashlib.sha256(read(made, form)).digest() for form in ("json", "csv", "pdf")}
    counter.pay(second, 500)
    counter.close(second, (CASH, 500))
    recount(first, 10_000, "")

    assert before == {form: hashlib.sha256(read(made, form)).digest() for form in before}
    assert len(rows_of(made)) == 1
    assert len(rows_of(run(business_date=DAY))) == 2
