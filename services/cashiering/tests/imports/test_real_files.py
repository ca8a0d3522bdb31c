"""CASH-064: files as banks and senders really write them, through to their receipts."""

import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb

PARCEL = "13264290020000"
COUPON = "1326429002000020211"
HEADS = ["100 031300012 0710000132202280600", "2", "50000007700001220228"]
HEAD = "bill_reference,amount,paid_on,received_on,check_number,payer_name"


def _lockbox(items: list[str], count: int, cents: int) -> bytes:
    lines = [
        *HEADS, *items, f"70010007700001220228{count:03d}{cents:010d}",
        f"80000007700001220228{count:04d}{cents:010d}", f"9{len(items) + 6:06d}",
    ]  # fmt: skip
    return "\r\n".join(lines).encode("ascii")


@pytest.mark.parametrize(
    ("content", "layout"),
    [
        (f"{HEAD}\nTRAILER,0,0.00\n".encode(), "csv"),
        (_lockbox([], 0, 0), "bai-lockbox"),
        (f"{HEADS[0]}\n9000002\n".encode(), "bai-lockbox"),
    ],
)
def test_cash_064_a_file_without_lines_is_a_run_without_receipts(
    files_service, rows, content: bytes, layout: str
) -> None:
    """A day without payments is a day that was worked: its session is closed, empty."""
    run = files_service.imported(content, layout)

    assert (run.state, run.line_count, list(run.lines)) == (pb.IMPORT_STATE_COMMITTED, 0, [])
    assert rows("select count(*) from receipts") == [(0,)]
    assert rows("select count(*) from sessions where closed_at is not null") == [(1,)]


def test_cash_064_both_installments_on_one_check_are_one_payment_of_both(
    files_service, rows
) -> None:
    """Two coupons of one bill with the same part, and a money order without a number."""
    check = f"6001001{'0000040000':>10}{'':19}{'0000001001':>10}220225J. PAYER"
    order = f"6001002{'0000010000':>10}{'':19}{'':>10}220225K. PAYER"
    items = [
        check, f"4001001601{'9'}{COUPON:<20}0000020000", f"4001001602{'9'}{COUPON:<20}0000020000",
        order, f"4001002601{'9'}{COUPON:<20}",
    ]  # fmt: skip
    run = files_service.imported(_lockbox(items, 2, 50_000), "bai-lockbox")

    assert (run.posted_count, run.duplicate_count, run.posted_cents) == (2, 0, 50_000)
    assert rows("select tender_type, reference, amount_cents from tenders order by 3") == [
        ("check", None, 10_000), ("check", "1001", 40_000),
    ]  # fmt: skip


def test_cash_064_money_cannot_have_come_after_the_day_it_is_posted_on(
    files_service, refused, unchanged
) -> None:
    """It would count from a day on which it was not here; under its own day the file is taken."""
    row = f"{COUPON},1.00,2022-12-28,2022-12-30,1,P"
    content = f"{HEAD}\n{row}\nTRAILER,1,1.00\n".encode()
    with unchanged(import_runs=1):
        error = refused(
            "RECEIVED_IN_FUTURE", files_service.imported, content, "csv",
            business_date="2022-12-29",
        )  # fmt: skip
    assert "line 2: received_on 2022-12-30 is after the file's business date" in error.details()
    assert files_service.imported(content, "csv", business_date="2022-12-30").posted_count == 1


def test_cash_064_a_wire_that_is_taken_back_is_an_exception_with_advice(files_service) -> None:
    """The bank's totals hold it below zero; the payment itself was posted."""
    text = (
        "01,071000013,COUNTY,221229,2215,7,80,10,2/\n02,COUNTY,071000013,1,221229,,USD,2/\n"
        "03,139001,USD/\n"
        f"16,195,700,0,F9,,{COUPON}/\n16,195,-700,0,F9,,{COUPON}/\n"
        "49,0,4/\n98,0,1,6/\n99,0,1,8/\n"
    )
    run = files_service.imported(text.encode(), "bai2")

    assert [(one.outcome, one.reason) for one in run.lines] == [
        ("posted", ""), ("rejected", "TAKEN_BACK"),
    ]  # fmt: skip
    assert "as F9; reverse the receipt" in run.lines[1].message
