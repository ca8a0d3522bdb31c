"""CASH-010, CASH-056, CASH-059, CASH-082: sealed reports of drawers, and receipts on paper."""

import json
from typing import Any

import pytest

from millage.cashiering.v1 import cashiering_pb2 as counter_pb
from millage.cashiering.v1 import sources_pb2, sources_pb2_grpc
from millage.reports.v1 import reports_pb2 as pb
from millage.reports.v1 import reports_pb2_grpc as stubs
from taxkit import testing

DAY = "2022-12-15"
CASH, CHECK = counter_pb.TENDER_TYPE_CASH, counter_pb.TENDER_TYPE_CHECK


class Reports:
    def __init__(self, channel: Any, counter: Any) -> None:
        self.stub = stubs.ReportsServiceStub(channel)
        self.counter = counter

    def run(self, report: str, **parameters: str) -> pb.ReportRun:
        request = pb.RunReportRequest(
            idempotency_key=self.counter.key(), report=report, parameters=parameters
        )
        return self.stub.RunReport(request, metadata=self.counter.metadata)

    def read(self, run_id: str, form: str = "json") -> bytes:
        request = pb.ReadReportRequest(run_id=run_id, format=form)
        parts = self.stub.ReadReport(request, metadata=self.counter.metadata)
        return b"".join(part.content for part in parts)

    def rows(self, report: str, *names: str, **parameters: str) -> list[tuple[Any, ...]]:
        told = json.loads(self.read(self.run(report, **parameters).run_id))
        return [tuple(row[name] for name in names) for row in told["rows"]]


@pytest.fixture
def reports(channel, counter) -> Reports:
    return Reports(channel, counter)


@pytest.fixture
def story(channel, counter, session):
    """A bill with a dog license, one taken back, one by check; the drawer is a dollar short."""
    source = sources_pb2.Source(
        source_code="DOGS",
        effective_from="2022-01-01",
        name="Dog license",
        amount_mode=sources_pb2.AMOUNT_MODE_FLAT,
        amount_cents=1_500,
        credit_fund="100",
        credit_account="1",
        inputs=[
            sources_pb2.Input(name="dog", input_type=sources_pb2.INPUT_TYPE_TEXT, required=True)
        ],
    )
    sources_pb2_grpc.SourcesServiceStub(channel).SetSource(
        sources_pb2.SetSourceRequest(idempotency_key=counter.key(), source=source),
        metadata=counter.metadata,
    )
    name = session.session_id
    entry = sources_pb2.SourceEntry(source_code="DOGS", fields={"dog": "Rex"})
    first = counter.pay(
        name, 10_000, source_lines=[entry], tenders=[counter.cash(12_000)], note="for Rex"
    )
    counter.reverse(counter.pay(name, 700).receipt_id)
    counter.pay(name, 500, tenders=[counter.check(500)])
    counter.close(name, (CASH, 11_400), (CHECK, 500))
    return name, first


def test_cash_082_the_payment_listing_shows_every_line_and_what_was_said(reports, story) -> None:
    """The recap on request; one source alone on request; what was taken back has a minus."""
    names = ("receipt_number", "paid_for", "said", "amount_cents")
    asked = {"from_on": DAY, "to_on": DAY}
    number, bill = "T01-20221215-1-0000", "2021-13264290020000"

    assert reports.rows("payment-listing", *names, **asked, recap="yes") == [
        (f"{number}1", "DOGS", "dog: Rex", 1_500),
        (f"{number}1", bill, "", 10_000),
        (f"{number}2", bill, "", 700),
        (f"{number}2", bill, "", -700),
        (f"{number}3", bill, "", 500),
    ]
    assert reports.rows("payment-listing", *names, **asked, source_code="DOGS") == [
        (f"{number}1", "DOGS", "", 1_500)
    ]
    run = reports.run("payment-listing", **asked)
    assert dict(run.totals) == {"amount_cents": 12_000}


def test_cash_082_collections_by_tender_are_net_of_change(reports, story) -> None:
    """Cash is what stayed in the drawer."""
    names = ("tender_type", "received_cents", "taken_back_cents", "net_cents")

    assert reports.rows("tender-summary", *names, from_on=DAY, to_on=DAY) == [
        ("cash", 12_200, 700, 11_500), ("check", 500, 0, 500),
    ]  # fmt: skip


def test_cash_010_a_session_is_reconciled_on_paper_once_closed(
    reports, counter, story, refused
) -> None:
    """Expected, counted, over and short; an open session has nothing to show yet."""
    names = ("tender_type", "receipts", "expected_cents", "counted_cents", "over_short_cents")

    assert reports.rows("session-reconciliation", *names, session_id=story[0]) == [
        ("cash", 1, 11_500, 11_400, -100), ("check", 1, 500, 500, 0),
    ]  # fmt: skip
    open_ = counter.open("T02").session_id
    refused("SESSION_OPEN", reports.run, "session-reconciliation", session_id=open_)
    refused("SESSION_NOT_FOUND", reports.run, "session-reconciliation", session_id="x")


def test_cash_010_the_daily_balance_adds_up_drawer_by_drawer(reports, counter, story) -> None:
    """And says what of it is for sources and what came out of escrow."""
    other = counter.open("T02").session_id
    counter.pay(other, 300)
    names = ("till_code", "receipts", "net_cents", "source_cents", "escrow_cents")

    assert reports.rows("daily-balance", *names, business_date=DAY) == [
        ("T01", 3, 12_000, 1_500, 0), ("T02", 1, 300, 0, 0),
    ]  # fmt: skip


def test_cash_056_a_receipt_is_printed_with_its_note_and_reprinted_the_same(
    reports, counter, story, refused
) -> None:
    """As a typeset document; a later payment changes nothing of it."""
    first = story[1]
    rows = reports.rows(
        "receipt", "part", "what", "amount_cents", receipt_number=first.receipt_number
    )
    assert rows == [
        ("Paid for", "DOGS", 1_500),
        ("Paid for", "2021-13264290020000", 10_000),
        ("Paid with", "cash", 12_000),
        ("Change", "cash", 500),
        ("Note", "for Rex", None),
    ]
    run = reports.run("receipt", receipt_number=first.receipt_number)
    printed = reports.read(run.run_id, "pdf")
    counter.pay(counter.open("T02").session_id, 300)
    assert printed.startswith(b"%PDF")
    assert json.loads(reports.read(run.run_id))["rows"]
    assert b"for Rex" in reports.read(run.run_id, "csv")
    refused("RECEIPT_NOT_FOUND", reports.run, "receipt", receipt_number="T09-20221215-1-00001")


def test_cash_059_all_receipts_of_a_closed_session_are_printed_at_once(
    reports, counter, story, refused
) -> None:
    """Each under its number, taken back or not; an open session is not printed yet."""
    rows = reports.rows("receipts", "receipt_number", "part", session_id=story[0])
    number = "T01-20221215-1-0000"

    assert [(f"{number}{n}", "Paid for") for n in (1, 1, 2, 3)] == [
        row for row in rows if row[1] == "Paid for"
    ]
    assert (f"{number}2", "Taken back") in rows
    refused("SESSION_OPEN", reports.run, "receipts", session_id=counter.open("T02").session_id)


def test_cash_082_a_sealed_run_stays_as_it_was_whatever_comes_after(
    reports, counter, story
) -> None:
    """Payments and marks of later are not in it."""
    run = reports.run("daily-balance", business_date=DAY)
    before = reports.read(run.run_id)
    counter.pay(counter.open("T02").session_id, 300)

    assert reports.read(run.run_id) == before
    assert reports.run("daily-balance", business_date=DAY).totals["net_cents"] == 12_300


def test_cash_009_reports_need_their_right(reports, keys, refused) -> None:
    """Reading receipts is not running reports; parameters are checked."""
    reader = testing.bearer(keys.token("cashiering.read"))
    refused("FORBIDDEN", reports.stub.ListReports, pb.ListReportsRequest(), metadata=reader)
    refused("DATES_REVERSED", reports.run, "tender-summary", from_on=DAY, to_on="2022-12-14")
    refused("RECAP_INVALID", reports.run, "payment-listing", from_on=DAY, to_on=DAY, recap="all")
    refused("PARAMETER_MISSING", reports.run, "daily-balance")
