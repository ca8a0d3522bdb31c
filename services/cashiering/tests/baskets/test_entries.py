"""CASH-017, CASH-075: miscellaneous sources beside bills in one basket."""

import pytest

from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import sources_pb2, sources_pb2_grpc
from taxkit import testing

PIN = "55555555555555"


@pytest.fixture
def source(channel, counter):
    """Set a source up."""
    stub = sources_pb2_grpc.SourcesServiceStub(channel)

    def put(code: str, **given) -> None:
        wanted = {
            "source_code": code,
            "name": code.title(),
            "short_name": code,
            "source_group": "fees",
            "amount_mode": sources_pb2.AMOUNT_MODE_FLAT,
            "amount_cents": 1_500,
            "parcel_tie": sources_pb2.PARCEL_TIE_OPTIONAL,
            "credit_fund": "100",
            "credit_account": "4711",
            "effective_from": "2020-01-01",
            **given,
        }
        request = sources_pb2.SetSourceRequest(
            idempotency_key=f"set-{code}", source=sources_pb2.Source(**wanted)
        )
        stub.SetSource(request, metadata=counter.metadata)

    return put


@pytest.fixture
def mixed(window, basket, bills, source) -> pb.Basket:
    """A bill, a copy for a flat fee, and an advance."""
    bills((PIN, 2021, 50_000))
    source("COPY")
    window.load(basket, parcel_number=PIN)
    window.load(
        basket,
        service_type="advance",
        advance_type="regular",
        parcel_number=PIN,
        amount_cents=2_500,
    )
    entry = sources_pb2.SourceEntry(source_code="COPY")
    return window.call("AddEntry", basket_id=basket.basket_id, entry=entry)


def test_cash_017_several_types_are_one_transaction(app, window, mixed, counter) -> None:
    """A bill, an advance and a source in one receipt and one event."""
    found = window.change("PostBasket", mixed, tenders=[counter.cash(54_000)])
    (told,) = [event["data"] for event in testing.emitted(app) if "PaymentPosted" in event["type"]]

    assert (mixed.total_cents, mixed.line_count) == (54_000, 3)
    assert [line.source_code for line in mixed.lines] == ["", "", "COPY"]
    assert sorted((one["kind"], one["amount_cents"]) for one in told["lines"]) == [
        ("advance", 2_500), ("bill", 50_000), ("misc", 1_500),
    ]  # fmt: skip
    assert found.receipt.total_cents == 54_000


def test_a_source_prices_its_line(window, mixed, refused) -> None:
    """The amount is not typed over, nothing is prorated, and an unknown source is refused."""
    change = {"line_number": 3, "amount_cents": 1}
    refused("LINE_PRICED", window.change, "ChangeLine", mixed, **change)
    for number in (2, 3):
        share = {"line_number": number, "prorate": pay.Prorate(percent="50")}
        refused("LINE_NOT_A_BILL", window.change, "ChangeLine", mixed, **share)
    lost = sources_pb2.SourceEntry(source_code="NONE")
    refused("SOURCE_NOT_IN_FORCE", window.change, "AddEntry", mixed, entry=lost)
    older = {"entry": sources_pb2.SourceEntry(source_code="COPY"), "version": 1}
    refused("BASKET_CHANGED", window.change, "AddEntry", mixed, **older)


def test_an_advance_may_be_typed_over(window, mixed, refused) -> None:
    """It is nothing but its amount."""
    typed = window.change("ChangeLine", mixed, line_number=2, amount_cents=3_000)

    assert typed.total_cents == 54_500
    back = {"line_number": 2, "as_quoted": True}
    refused("LINE_NOT_A_BILL", window.change, "ChangeLine", typed, **back)


def test_an_entry_under_its_key_is_one_line(window, mixed) -> None:
    entry = sources_pb2.SourceEntry(source_code="COPY")
    for _ in range(2):
        window.call("AddEntry", basket_id=mixed.basket_id, entry=entry, idempotency_key="one entry")

    assert window.get(mixed.basket_id).line_count == 4


def test_cash_075_a_forfeiture_is_taken_only_where_it_is_listed(
    window, basket, source, counter, refused, app
) -> None:
    """Priced by its source, with a year; till and cashier both have to list the type."""
    source("FORF", source_type="forfeiture")
    entry = sources_pb2.SourceEntry(source_code="FORF", parcel_number=PIN)
    refused("FIELD_MISSING", window.call, "AddEntry", basket_id=basket.basket_id, entry=entry)
    entry.fields["tax_year"] = "2019"
    loaded = window.call("AddEntry", basket_id=basket.basket_id, entry=entry)
    pay_it = {"tenders": [counter.cash(1_500)]}
    refused("PAYMENT_TYPE_NOT_ALLOWED", window.change, "PostBasket", loaded, **pay_it)
    with app.database.begin() as connection:
        connection.exec_driver_sql("update tills set payment_types = '{tax,forfeiture}'")
        connection.exec_driver_sql(
            "insert into cashier_takes (cashier, payment_types) values ('cashier', '{forfeiture}')"
        )
    back = window.get(loaded.basket_id)

    (line,) = window.change("PostBasket", back, **pay_it).receipt.lines
    assert (line.amount_cents, dict(line.fields)) == (1_500, {"tax_year": "2019"})
