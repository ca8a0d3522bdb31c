"""CASH-037: bills that were chosen at the counter come in one print, each with all of it."""

import pypdfium2
import pytest

from taxkit import testing
from taxkit.ids import new_id

NUMBERS = ("2021-13264290020000", "2021-18032000510000", "2020-13264290020000")


@pytest.fixture
def chosen(app, neighbours) -> list[str]:
    """Three bills of two parcels; something was paid of the first."""
    ids = [new_id() for _ in NUMBERS]
    for bill_id, number in zip(ids, NUMBERS, strict=True):
        year, parcel = number.split("-")
        told = neighbours.bill_created(
            bill_id, bill_number=number, parcel_number=parcel, tax_year=int(year)
        )
        app.consumer.absorb("on_bill_created", [told])
    paid = neighbours.payment_posted(new_id(), neighbours.line(1, 12_345, ids[0]), day="2022-02-10")
    app.consumer.absorb("on_payment_posted", [paid])
    return [str(one) for one in ids]


def test_cash_037_all_selected_bills_are_in_one_print(reports, chosen) -> None:
    """CASH-037: of whatever parcels and years; one PDF, and its sums are theirs."""
    run = reports.run("bills", bill_ids=",".join(chosen), as_of="2022-12-01")
    page = reports.paper(run.run_id)
    for number in NUMBERS:
        assert f"Bill {number}" in page
    assert chosen[0] not in page
    rows = reports.csv(run.run_id)
    assert {row["bill_number"] for row in rows} == set(NUMBERS)
    assert "123.45" in page
    with pypdfium2.PdfDocument(reports.read(run.run_id, "pdf")) as document:
        assert len(document) >= 1


def test_cash_037_what_is_not_selected_is_not_printed(reports, chosen) -> None:
    """CASH-037: a print is of the bills that were chosen, each once however often named."""
    run = reports.run("bills", bill_ids=f"{chosen[1]}, {chosen[1]}")
    assert {row["bill_number"] for row in reports.csv(run.run_id)} == {NUMBERS[1]}


def test_cash_037_a_bill_of_nothing_is_printed_all_the_same(app, neighbours, reports) -> None:
    """CASH-037: it was chosen; that nothing was asked for is said."""
    bill_id = new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill_id, 0, 0)])
    (row,) = reports.csv(reports.run("bills", bill_ids=str(bill_id)).run_id)
    assert row["entry"] == "Nothing was asked for"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "PARAMETER_MISSING"),
        ({"bill_ids": "x"}, "BILL_IDS_INVALID"),
        ({"bill_ids": ",".join(["01937c3e-0000-7000-8000-000000000001"] * 501)}, "TEXT_INVALID"),
        ({"bill_ids": "01937c3e-0000-7000-8000-000000000001"}, "BILL_NOT_FOUND"),
    ],
    ids=["none", "no-id", "many", "unknown"],
)
def test_cash_037_what_cannot_be_printed_is_refused(reports, given, reason) -> None:
    """CASH-037: with its reason, and nothing is sealed."""
    assert testing.reason_of(reports.refused("bills", **given)) == reason
