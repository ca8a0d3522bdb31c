"""CASH-058, CASH-059: many receipts are printed by a job that is watched."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from cashiering_service.receipts.printing import print_waiting
from cashiering_service.reports.printed import printing_desk
from millage.cashiering.v1 import cashiering_pb2 as money
from millage.cashiering.v1 import receipts_pb2 as pb
from taxkit import testing
from taxkit.errors import Refusal


@pytest.fixture
def closed(counter):
    """Three closed sessions with two receipts each, and one that is still open."""
    found = []
    for till in ("T01", "T02", "T03"):
        session = counter.open(till)
        for _ in range(2):
            counter.pay(session.session_id)
        counter.close(session.session_id, (money.TENDER_TYPE_CASH, 20_000))
        found.append(session.session_id)
    counter.pay(counter.open("T04").session_id)
    return found


def test_cash_059_a_job_prints_every_closed_session(receipts, closed) -> None:
    """It waits, it runs, it is done; each part is a sealed report that is read as PDF."""
    job = receipts.start()
    assert (job.state, job.parts, job.parts_done) == (pb.PRINT_STATE_WAITING, 3, 0)
    receipts.print_waiting()
    done = receipts.job(job.job_id)

    assert (done.state, done.parts_done, done.rows) == (pb.PRINT_STATE_DONE, 3, 12)
    assert {part.session_id for part in done.sessions} == set(closed)
    for part in done.sessions:
        assert receipts.read(part.run_id, "pdf").startswith(b"%PDF")


def test_cash_058_a_job_prints_a_custom_receipt_of_each(receipts, closed) -> None:
    """The paper's words, once a receipt."""
    job = receipts.start(custom_receipt="proof-of-payment")
    receipts.print_waiting()

    assert receipts.job(job.job_id).rows == 6


def test_cash_059_a_part_that_cannot_be_printed_says_why(receipts, closed) -> None:
    """The others are printed all the same, and the job says that it failed."""
    job = receipts.start()
    gone = closed[1]
    desk = printing_desk(receipts.app)
    plain = desk.reports["receipts"]

    def check(connection, asked):
        if asked["session_id"] == gone:
            raise Refusal("REPORT_TOO_LONG", "too many rows")
        return plain.check(connection, asked)

    desk.reports["receipts"] = replace(plain, check=check)
    print_waiting(receipts.app, desk)
    found = receipts.job(job.job_id)

    assert found.state == pb.PRINT_STATE_FAILED
    assert [one.reason for one in found.sessions if one.session_id == gone] == ["REPORT_TOO_LONG"]
    assert sum(bool(part.run_id) for part in found.sessions) == 2


def test_cash_059_workers_print_each_part_once(receipts, closed, rows) -> None:
    """However many take parts at the same time."""
    receipts.start()
    receipts.start()
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(receipts.print_waiting) for _ in range(4)]:
            done.result()

    assert rows("select count(*), count(distinct run_id) from print_outcomes") == [(6, 6)]


def test_cash_059_one_key_starts_one_job(receipts, closed, refused) -> None:
    """Another range under it is refused."""
    first = receipts.start(key="print")

    assert receipts.start(key="print") == first
    refused("IDEMPOTENCY_CONFLICT", receipts.start, key="print", to_on="2022-12-30")


def test_cash_059_printing_needs_the_right(receipts, closed, keys, refused, unchanged) -> None:
    """To look at a job is to read."""
    reader = testing.bearer(keys.token("cashiering.read", user="auditor"))
    with unchanged():
        refused("FORBIDDEN", receipts.start, metadata=reader)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"to_on": "2022-11-30"}, "DATES_REVERSED"),
        ({"from_on": "2021-01-01"}, "RANGE_TOO_LONG"),
        ({"from_on": "never"}, "DATE_INVALID"),
        ({"custom_receipt": "deed"}, "CUSTOM_RECEIPT_UNKNOWN"),
        ({"from_on": "2022-12-16"}, "NOTHING_TO_PRINT"),
    ],
)
def test_cash_059_a_job_that_cannot_be_is_refused(
    receipts, closed, refused, unchanged, asked, reason
) -> None:
    """And nothing waits."""
    with unchanged():
        refused(reason, receipts.start, **asked)


def test_cash_059_jobs_are_listed_the_newest_first(receipts, closed, refused, counter) -> None:
    """Page by page; one there is not is not found."""
    made = [receipts.start().job_id for _ in range(3)]

    def page(token=""):
        request = pb.ListPrintJobsRequest(page_size=2, page_token=token)
        return receipts.stub.ListPrintJobs(request, metadata=counter.metadata)

    first = page()
    rest = page(first.next_page_token)
    assert [one.job_id for one in (*first.jobs, *rest.jobs)] == made[::-1]
    assert rest.next_page_token == ""
    refused("PRINT_JOB_NOT_FOUND", receipts.job, made[0][:-4] + "0000")
