"""CASH-025: a line tells everything of its account that the window asks for."""

import pytest

from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import sources_pb2, sources_pb2_grpc
from taxkit import testing

PARCEL, YEAR = "13264290020000", 2021
SPECIALS = "030210111"


@pytest.fixture
def known(app, window, balance, bill_of):
    """A bill of 1,000.00, a tenth of it specials, with a revenue account and two flags."""
    bill_id = bill_of(PARCEL, YEAR)
    app.consumer.absorb("on_balance_changed", [balance(PARCEL, YEAR, 100_000, sequence=3)])
    data = {
        "bill_id": str(bill_id),
        "tax_code": "71163",
        "property_class": "211",
        "tax_year": YEAR,
        "net_value_dollars": 187_561,
        "total_cents": 100_000,
        "components": [
            {"agency_code": "010010000", "agency_name": "County", "amount_cents": 90_000},
            {"agency_code": SPECIALS, "agency_name": "Service area 12", "amount_cents": 10_000},
        ],
    }
    kind = "org.millage.levy.BillCreated.v1"
    app.consumer.absorb(
        "on_bill_created", [testing.foreign_event(kind, f"bill/{bill_id}", data, sequence=1)]
    )
    key = {"kind": "revenue_account", "value": "R-77", "parcel_number": PARCEL}
    window.call("RecordAccountKey", account_key=key)
    for flag in ("bankruptcy", "not-set-up-here"):
        data = {"subject_kind": "parcel", "subject": PARCEL, "flag": flag, "on": True}
        kind = "org.millage.receivables.FlagChanged.v1"
        body = testing.foreign_event(kind, f"flag/parcel/{PARCEL}/{flag}", data, sequence=1)
        app.consumer.absorb("on_flag_changed", [body])


def test_cash_025_a_bills_line_shows_its_account_and_what_is_due_of_what(
    window, basket, known
) -> None:
    """Type, parcel, tax code, revenue account, year, number, owner, value, split, date, flags."""
    (line,) = window.load(basket, tax_year=YEAR, bill_number=f"{YEAR}-{PARCEL}").lines

    assert (line.service_type, line.tax_type, line.part) == ("tax", "real_property", "whole")
    assert (line.parcel_number, line.tax_code, line.tax_year) == (PARCEL, "71163", YEAR)
    assert (line.bill_number, list(line.revenue_accounts)) == (f"{YEAR}-{PARCEL}", ["R-77"])
    assert (line.owner_name, line.value_dollars) == ("Tamsin Kowalczyk-Reyes", 187_561)
    assert (line.tax_cents, line.specials_cents) == (100_000, 10_000)
    assert (line.interest_cents, line.penalty_cents, line.fee_cents) == (0, 0, 0)
    assert (line.effective_on, line.paying_cents) == ("2022-12-15", 100_000)
    assert [(one.flag, one.name) for one in line.flags] == [("bankruptcy", "bankruptcy")]


def test_cash_025_a_prorated_line_shows_its_share(window, basket, known) -> None:
    """Half of it, beside what all of it is."""
    loaded = window.load(basket, parcel_number=PARCEL)
    number = next(one.line_number for one in loaded.lines if one.tax_year == YEAR)
    changed = window.change(
        "ChangeLine", loaded, line_number=number, prorate=pay.Prorate(percent="50")
    )
    line = next(one for one in changed.lines if one.line_number == number)

    assert (line.paying_cents, line.open_cents) == (50_000, 100_000)
    assert line.share_denominator > line.share_numerator > 0


def test_cash_025_a_sources_line_shows_what_was_entered(window, basket, channel, counter) -> None:
    """The fields the source asks for, as they were filled in."""
    source = sources_pb2.Source(
        source_code="PERMIT",
        name="Permit",
        short_name="Permit",
        source_group="fees",
        amount_mode=sources_pb2.AMOUNT_MODE_FLAT,
        amount_cents=1_500,
        parcel_tie=sources_pb2.PARCEL_TIE_OPTIONAL,
        credit_fund="100",
        credit_account="4711",
        effective_from="2020-01-01",
        inputs=[
            sources_pb2.Input(name="number", input_type=sources_pb2.INPUT_TYPE_TEXT, required=True)
        ],
    )
    sources_pb2_grpc.SourcesServiceStub(channel).SetSource(
        sources_pb2.SetSourceRequest(idempotency_key="permit", source=source),
        metadata=counter.metadata,
    )
    entry = sources_pb2.SourceEntry(source_code="PERMIT", fields={"number": "P-7"})
    (line,) = window.call("AddEntry", basket_id=basket.basket_id, entry=entry).lines

    assert (line.source_code, dict(line.fields)) == ("PERMIT", {"number": "P-7"})
