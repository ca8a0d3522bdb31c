"""CASH-063, CASH-064: a lender's payments are taken under a code that is on file."""

import pytest

from taxkit import testing

BULK = "lender-bulk-2022-12-28.txt"


@pytest.fixture
def bulk(files_service, example):
    """A lender's file of four lines, under the code M0417."""
    files_service.add_example("lender-bulk")
    return example(BULK)


def test_cash_064_lines_of_a_lender_on_file_are_posted(
    app, files_service, bulk, lenders, rows
) -> None:
    """As their bills have it; receipts and events say whose bulk they are of."""
    lenders("M0417")
    run = files_service.imported(bulk, "lender-bulk")

    assert (run.posted_count, run.suspense_count, run.duplicate_count) == (2, 1, 1)
    told = [one["data"] for one in testing.emitted(app) if one["type"].endswith("Posted.v1")]
    assert [one["lender_code"] for one in told] == ["M0417"] * 3
    assert rows("select lender_code from receipt_handling") == [("M0417",)] * 3


def test_cash_064_lines_of_an_unknown_lender_wait_with_their_reason(
    files_service, bulk, rows
) -> None:
    """No bill is paid by somebody nobody knows; the money is not lost."""
    run = files_service.imported(bulk, "lender-bulk")

    assert (run.posted_count, run.suspense_count, run.duplicate_count) == (0, 3, 1)
    parked = {one.reason for one in run.lines if one.outcome == "suspense"}
    assert parked == {"LENDER_NOT_FOUND"}
    assert rows("select count(*) from receipt_lines where bill_id is not null") == [(0,)]


def test_cash_064_a_lender_is_put_on_file_and_the_run_judged_again(
    files_service, bulk, lenders
) -> None:
    """Between preparing and committing: nothing has to be sent again."""
    run = files_service.prepare(bulk, "lender-bulk")
    lenders("M0417")
    run = files_service.validate(run.run_id)

    assert [one.reason for one in run.lines if one.outcome == "suspense"] == ["PARCEL_UNKNOWN"]


def test_cash_064_a_headers_lender_has_to_be_on_file(
    files_service, example, lenders, refused, unchanged
) -> None:
    """The whole file is that lender's: it is refused before anything is taken."""
    content = example("lender-2022-12-28.csv")
    given = {"source": "lender", "lender_code": "M0417"}
    with unchanged():
        refused("LENDER_NOT_FOUND", files_service.imported, content, "csv", **given)
    lenders("M0417")
    assert files_service.imported(content, "csv", **given).posted_count == 3
