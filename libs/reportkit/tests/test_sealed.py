"""A run is sealed: read again by its id it has the same rows, or is refused."""

import json
import threading
from dataclasses import replace
from uuid import UUID

import grpc
import pytest
from sqlalchemy.exc import DBAPIError

from millage.reports.v1 import reports_pb2 as pb
from reportkit import ReportDesk
from taxkit import testing
from taxkit.errors import Refusal


def test_a_run_read_again_gives_the_same_rows_whatever_was_posted_since(ledger, reports) -> None:
    """Same hash, same bytes in every form; a new run sees more."""
    ledger.add("T1", "2023-03-01", "Imogen Vale", 1250)
    ledger.add("T2", "2023-03-02", "A. Owner", -50)
    run = reports.run()
    first = {form: reports.read(run.run_id, form) for form in ("json", "csv", "pdf")}
    ledger.add("T1", "2023-03-01", "Late Comer", 99)

    assert {form: reports.read(run.run_id, form) for form in first} == first
    assert (run.row_count, dict(run.totals), run.asked_by) == (2, {"paid_cents": 1200}, "clerk")
    told = json.loads(first["json"])
    assert (told["rows_sha256"], told["totals"]) == (run.rows_sha256, {"paid_cents": 1200})
    later = reports.run("another")
    assert (later.row_count, dict(later.totals)) == (3, {"paid_cents": 1299})
    assert later.rows_sha256 != run.rows_sha256


def test_a_run_of_another_layout_is_not_read_as_this_one(app, ledger, reports, payments) -> None:
    """REPORT_CHANGED: this release would give other rows under the same name."""
    ledger.add("T1", "2023-03-01", "Imogen Vale", 1250)
    run = reports.run()
    later = ReportDesk(app, [replace(payments, layout_version=2)], "County Treasurer")
    with pytest.raises(Refusal) as refused:
        later.find(UUID(run.run_id))

    assert refused.value.reason == "REPORT_CHANGED"


def test_a_row_written_before_but_committed_after_the_run_is_not_in_it(
    app, ledger, reports
) -> None:
    """Numbers are given out before they are committed: only the snapshot knows."""
    ledger.add("T1", "2023-03-01", "First", 1)
    written, look = threading.Event(), threading.Event()

    def slow() -> None:
        with app.database.begin() as connection:
            connection.exec_driver_sql(
                "insert into entries (till, posted_on, payer, paid_cents)"
                " values ('T1', '2023-03-01', 'Slow', 2)"
            )
            written.set()
            look.wait(120)

    writer = threading.Thread(target=slow)
    writer.start()
    written.wait(120)
    ledger.add("T1", "2023-03-01", "Quick", 4)
    run = reports.run()
    look.set()
    writer.join()

    assert dict(run.totals) == {"paid_cents": 5}
    assert json.loads(reports.read(run.run_id, "json"))["totals"] == {"paid_cents": 5}
    assert dict(reports.run("later").totals) == {"paid_cents": 7}


def test_rows_from_before_the_stamp_are_in_every_run(app, ledger, reports) -> None:
    """A table that had rows when it was stamped: they have no transaction, and are always seen."""
    ledger.add("T1", "2023-03-01", "Old", 8)
    with app.database.begin() as connection:
        connection.exec_driver_sql("update entries set written_in = null")
    ledger.add("T1", "2023-03-01", "New", 1)

    assert dict(reports.run().totals) == {"paid_cents": 9}


@pytest.mark.parametrize("form", ["json", "csv", "pdf"])
def test_a_changed_ledger_breaks_the_seal_before_the_first_byte(app, ledger, reports, form) -> None:
    """Whoever tampers with one cent is found out."""
    ledger.add("T1", "2023-03-01", "Imogen Vale", 1250)
    run = reports.run()
    with app.database.begin() as connection:
        connection.exec_driver_sql("update entries set paid_cents = 1249, written_in = written_in")
    asked = pb.ReadReportRequest(run_id=run.run_id, format=form)
    call = reports.stub.ReadReport(asked, metadata=reports.metadata())
    with pytest.raises(grpc.RpcError) as refusal:
        next(call)

    assert testing.reason_of(refusal.value) == "SEAL_BROKEN"


@pytest.mark.parametrize("statement", ["update {} set row_count = 0", "delete from {}"])
def test_a_seal_itself_cannot_be_changed(app, ledger, reports, statement: str) -> None:
    """The database refuses it."""
    reports.run()
    with pytest.raises(DBAPIError, match="append-only"), app.database.begin() as connection:
        connection.exec_driver_sql(statement.format("report_runs"))


def test_a_run_again_under_its_key_is_the_same_run(reports) -> None:
    """Same key, same run; other parameters under it are refused."""
    first = reports.run(until="2023-03-31")
    with pytest.raises(grpc.RpcError) as refusal:
        reports.run(until="2023-03-30")

    assert reports.run(until="2023-03-31") == first
    assert testing.reason_of(refusal.value) == "IDEMPOTENCY_CONFLICT"


def test_runs_are_listed_newest_first_page_by_page(reports) -> None:
    """Five runs, two a page."""
    made = [reports.run(str(number)).run_id for number in range(5)]
    found, token = [], ""
    while True:
        asked = pb.ListRunsRequest(report="payments", page_size=2, page_token=token)
        page = reports.stub.ListRuns(asked, metadata=reports.metadata())
        found += [run.run_id for run in page.runs]
        token = page.next_page_token
        if not token:
            break

    assert found == made[::-1]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"report": "nothing"}, "REPORT_UNKNOWN"),
        ({"office": "x"}, "PARAMETER_MISSING"),
        ({"until": "03/31/2023"}, "DATE_INVALID"),
        ({"until": "2023-03-31", "drop table": "x"}, "PARAMETER_UNKNOWN"),
        ({"until": "2023-03-31", "office": "a\x00b"}, "TEXT_INVALID"),
        ({"key": ""}, "IDEMPOTENCY_KEY_INVALID"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(reports, asked, reason: str) -> None:
    """Nothing is sealed."""
    with pytest.raises(grpc.RpcError) as refusal:
        reports.run(**asked)

    assert testing.reason_of(refusal.value) == reason
    listed = reports.stub.ListRuns(pb.ListRunsRequest(), metadata=reports.metadata())
    assert list(listed.runs) == []


@pytest.mark.parametrize(
    ("run_id", "form", "reason"),
    [
        ("01937c3e-0000-7000-8000-000000000000", "pdf", "REPORT_RUN_NOT_FOUND"),
        ("x", "pdf", "ID_INVALID"),
        (None, "exe", "FORMAT_UNKNOWN"),
    ],
)
def test_what_cannot_be_read_is_refused(reports, run_id, form: str, reason: str) -> None:
    """An unknown run, no id, a form nobody writes."""
    with pytest.raises(grpc.RpcError) as refusal:
        reports.read(run_id or reports.run().run_id, form)

    assert testing.reason_of(refusal.value) == reason


@pytest.mark.parametrize("method", ["ListReports", "RunReport", "ListRuns", "ReadReport"])
def test_each_method_needs_the_services_own_right(reports, method: str) -> None:
    """Another service's right is not enough."""
    types = {
        "ListReports": pb.ListReportsRequest,
        "RunReport": pb.RunReportRequest,
        "ListRuns": pb.ListRunsRequest,
        "ReadReport": pb.ReadReportRequest,
    }
    call = getattr(reports.stub, method)
    with pytest.raises(grpc.RpcError) as refusal:
        list(call(types[method](), metadata=reports.metadata("other.report")))

    assert refusal.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_what_a_report_asks_is_listed(reports) -> None:
    """Enough to build a form from."""
    listed = reports.stub.ListReports(pb.ListReportsRequest(), metadata=reports.metadata())

    (report,) = listed.reports
    assert (report.name, report.title) == ("payments", "Payments by till")
    assert [(each.name, each.kind, each.required) for each in report.parameters] == [
        ("until", "date", True),
        ("office", "text", False),
    ]
