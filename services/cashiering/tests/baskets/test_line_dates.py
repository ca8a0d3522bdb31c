"""CASH-026, CASH-063: lines of a basket with dates of their own, and how its money came."""

from typing import Any

import pytest

from millage.cashiering.v1 import basket_pb2 as pb
from taxkit import testing

PIN = "55555555555555"


@pytest.fixture
def loaded(window, basket, bills) -> pb.Basket:
    bills((PIN, 2020, 40_000), (PIN, 2021, 50_000))
    return window.load(basket, parcel_number=PIN)


@pytest.fixture
def post(window, counter):
    def send(basket: pb.Basket, **given: Any) -> Any:
        tenders = [counter.cash(basket.total_cents)]
        return window.change("PostBasket", basket, tenders=tenders, **given).receipt

    return send


def _dated(window, basket, line_number: int, on: str) -> pb.Basket:
    return window.change("ChangeLine", basket, line_number=line_number, effective_on=on)


def test_cash_026_lines_of_two_dates_are_one_receipt(app, window, loaded, post) -> None:
    """The receipt has the session's date, and the line that differs its own."""
    receipt = post(_dated(window, loaded, 1, "2022-12-01"))
    (told,) = [one["data"] for one in testing.emitted(app)]

    assert receipt.effective_on == told["effective_on"] == "2022-12-15"
    assert [line.effective_on for line in receipt.lines] == ["2022-12-01", ""]
    assert [line.get("effective_on") for line in told["lines"]] == ["2022-12-01", None]


def test_cash_026_one_date_for_all_lines_is_the_receipts(window, loaded, post) -> None:
    """There is nothing to tell of a line then."""
    moved = _dated(window, _dated(window, loaded, 1, "2022-12-01"), 2, "2022-12-01")
    receipt = post(moved)

    assert receipt.effective_on == "2022-12-01"
    assert [line.effective_on for line in receipt.lines] == ["", ""]


def test_cash_063_a_basket_of_mail_keeps_its_postmark(window, loaded, post) -> None:
    """As a single payment does; and who wants no paper gets none."""
    receipt = post(
        loaded,
        source="mail",
        postmarked_on="2022-12-08",
        received_on="2022-12-14",
        suppress_receipt_print=True,
        suppress_surplus_notice=True,
    )

    assert (receipt.source, receipt.effective_on) == ("mail", "2022-12-08")
    assert (receipt.postmarked_on, receipt.received_on) == ("2022-12-08", "2022-12-14")
    assert (receipt.receipt_print_suppressed, receipt.surplus_notice_suppressed) == (True, True)


def test_cash_063_a_lenders_basket_is_paid_under_the_payers_code(
    window, loaded, post, refused
) -> None:
    """A payer without one is no lender."""
    refused("LENDER_MISSING", post, loaded, source="lender")
    window.call("RecordLender", lender={"lender_code": "FNB", "name": "First National"})
    named = window.change("SetPayer", window.get(loaded.basket_id), lender_code="FNB")

    assert post(named, source="lender").lender_code == "FNB"
