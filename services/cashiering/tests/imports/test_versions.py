"""LEVY-015, CASH-065: lines quote the version of the bill that their file was prepared for."""

import pytest

from cashiering_service.domain.remittance.reference import COUNTY_FORMAT
from cashiering_service.imports import told
from cashiering_service.schemas import ImportRunStartedV1
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

PARCEL, OTHER = "13264290020000", "18032000510000"
HEAD = "bill_reference,amount,paid_on,received_on,check_number,payer_name"
CHANGED = "BILL_VERSION_CHANGED"


def content(*parcels: str) -> bytes:
    """A file that pays ten dollars on each parcel's bill of 2021."""
    lines = [
        f"{COUNTY_FORMAT.write(parcel, 2021)},10.00,2022-12-27,2022-12-28,{place},P"
        for place, parcel in enumerate(parcels, start=1)
    ]
    end = f"TRAILER,{len(lines)},{10 * len(lines)}.00"
    return "\n".join([HEAD, *lines, end, ""]).encode()


@pytest.fixture
def at_version(app, balance):
    """Let a bill of 2021 have another version, as receivables tells of it."""

    def make(parcel: str, version: int) -> None:
        body = balance(parcel, 2021, 90_000, sequence=10 + version, bill_version=version)
        app.consumer.absorb("on_balance_changed", [body])

    return make


def said(run) -> list[tuple[str, str]]:
    return [(one.outcome, one.reason) for one in run.lines]


def events_of(app, kind: str) -> list[dict]:
    return [one["data"] for one in testing.emitted(app) if f".{kind}." in one["type"]]


def test_ac_20_b_a_line_prepared_for_version_4_does_not_pay_version_5(
    app, files_service, at_version, rows
) -> None:
    """AC-20 (b): the changed bill's line is an exception, the others post; validating says so."""
    at_version(PARCEL, 4)
    at_version(OTHER, 4)
    run = files_service.prepare(content(PARCEL, OTHER), "csv")
    at_version(PARCEL, 5)
    judged = files_service.validate(run.run_id)
    assert said(judged) == [("suspense", CHANGED), ("posted", "")]
    assert "version 4" in judged.lines[0].message
    assert "at version 5 now" in judged.lines[0].message
    done = files_service.commit(run.run_id)

    assert (done.posted_count, done.suspense_count) == (1, 1)
    found = rows(
        "select parcel_number, bill_version, suspense_reason from receipt_lines"
        " order by parcel_number"
    )
    assert found == [(PARCEL, None, CHANGED), (OTHER, 4, None)]
    told_of = events_of(app, "ImportLineException")
    assert [(one["parcel_number"], one["reason"]) for one in told_of] == [(PARCEL, CHANGED)]
    assert testing.parked(app) == []


def test_levy_015_a_bill_that_changes_after_validation_is_seen_when_it_is_committed(
    files_service, at_version
) -> None:
    """LEVY-015: what a person validated is not what would be posted; all or nothing refuses."""
    run = files_service.prepare(content(PARCEL, OTHER), "csv")
    assert said(files_service.validate(run.run_id)) == [("posted", "")] * 2
    at_version(OTHER, 2)

    assert said(files_service.commit(run.run_id)) == [("posted", ""), ("suspense", CHANGED)]


def test_levy_015_all_or_nothing_takes_nothing_once_a_bill_has_changed(
    files_service, at_version, refused, rows
) -> None:
    """LEVY-015: EXCEPTIONS_FOUND, and the run may be abandoned."""
    run = files_service.prepare(
        content(PARCEL, OTHER), "csv", policy=pb.IMPORT_POLICY_ALL_OR_NOTHING
    )
    files_service.validate(run.run_id)
    at_version(OTHER, 2)
    refused("EXCEPTIONS_FOUND", files_service.commit, run.run_id)
    assert rows("select count(*) from receipts") == [(0,)]
    assert files_service.abandon(run.run_id).state == pb.IMPORT_STATE_ABANDONED


def test_levy_015_validating_again_does_not_quote_again(files_service, at_version) -> None:
    """LEVY-015: the file was written for version 1, however often it is judged; a new file is."""
    run = files_service.prepare(content(PARCEL), "csv")
    at_version(PARCEL, 2)
    for _ in range(2):
        assert said(files_service.validate(run.run_id)) == [("suspense", CHANGED)]
    files_service.abandon(run.run_id)
    again = files_service.prepare(content(PARCEL), "csv")
    assert said(files_service.validate(again.run_id)) == [("posted", "")]


def test_levy_015_a_source_that_takes_no_suspense_sends_the_money_back(
    make_app, app, files_service, at_version, rows
) -> None:
    """LEVY-015: rejected where unmatched money is; then no receipt is made of it."""
    run = files_service.prepare(content(PARCEL, OTHER), "csv")
    with app.database.begin() as connection:
        connection.exec_driver_sql("update import_runs set suspense = false")
    files_service.validate(run.run_id)
    at_version(PARCEL, 2)
    done = files_service.commit(run.run_id)

    assert said(done) == [("rejected", CHANGED), ("posted", "")]
    assert rows("select parcel_number from receipt_lines") == [(OTHER,)]


def test_cash_065_a_started_run_names_its_bills_and_their_versions(
    app, files_service, at_version, bill_of
) -> None:
    """CASH-065: what levy holds changes off by; a line without a bill names none."""
    at_version(PARCEL, 4)
    files_service.prepare(content(PARCEL, OTHER, "99999999999999"), "csv")
    (told,) = events_of(app, "ImportRunStarted")
    assert ImportRunStartedV1().load(told)
    assert told["names_its_bills"] is True
    assert {(one["bill_id"], one["bill_version"]) for one in told["bills"]} == {
        (str(bill_of(PARCEL, 2021)), 4),
        (str(bill_of(OTHER, 2021)), 1),
    }


def test_cash_065_a_large_file_names_no_bill_and_may_mean_any(
    app, files_service, monkeypatch
) -> None:
    """CASH-065: an event has its size; levy then holds all changes."""
    monkeypatch.setattr(told, "BILLS_NAMED_MAX", 1)
    files_service.prepare(content(PARCEL, OTHER), "csv")
    (started,) = events_of(app, "ImportRunStarted")
    assert (started["names_its_bills"], started["bills"]) == (False, [])
