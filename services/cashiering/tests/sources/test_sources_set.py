"""CASH-077, CASH-078, CASH-080: sources are set by date, and entries priced against them."""

import pytest
from sqlalchemy.exc import DBAPIError

from millage.cashiering.v1 import sources_pb2 as pb


def test_cash_077_a_source_is_fetched_as_of_the_working_date(sources, refused) -> None:
    """A later version counts from its own date; set again for one date, the later one counts."""
    first = sources.set()
    raised = sources.set(effective_from="2022-12-01", amount_cents=2_000)
    corrected = sources.set(effective_from="2022-12-01", amount_cents=1_800)

    refused("SOURCE_NOT_FOUND", sources.get, as_of="2021-12-31")
    assert sources.get(as_of="2022-11-30") == first
    assert sources.get(as_of="2022-12-01") == corrected
    assert raised.amount_cents == 2_000
    assert [sources.price(day).amount_cents for day in ("2022-11-30", "2022-12-15")] == [
        1_500, 1_800,
    ]  # fmt: skip


def test_cash_077_everything_set_comes_back(sources) -> None:
    """All fields of a source, inputs and amounts among them."""
    everything = {
        "source_type": "payment_in_lieu",
        "amount_mode": pb.AMOUNT_MODE_SEVERAL,
        "amount_cents": 0,
        "amount_names": ["fee", "late_fee"],
        "parcel_tie": pb.PARCEL_TIE_REQUIRED,
        "rate_type": "county",
        "distribution_method": "whole",
        "debit_fund": "200",
        "debit_account": "1",
        "inputs": [
            pb.Input(name="dog", input_type=pb.INPUT_TYPE_TEXT, required=True),
            pb.Input(name="colour", input_type=pb.INPUT_TYPE_CHOICE, choices=["red", "blue"]),
        ],
        "service_url": "https://dogs.example.org/",
        "required_by_flag": "DOG",
        "inactive": True,
    }
    assert sources.set(**everything) == sources.source(**everything)
    assert sources.get() == sources.source(**everything)


def test_cash_077_sources_are_listed_by_group(sources) -> None:
    """Those in force on the day, by their codes."""
    dogs = sources.set()
    copies = sources.set("COPIES", source_group="Paper", amount_cents=25)
    sources.set("LATER", effective_from="2023-01-01")

    assert sources.listed() == [copies, dogs]
    assert sources.listed(group="Animals") == [dogs]


def test_cash_078_an_entry_is_priced_with_its_fields(sources, refused) -> None:
    """What is lacking is named; nothing is written for asking."""
    sources.set(
        inputs=[
            pb.Input(name="dog", input_type=pb.INPUT_TYPE_TEXT, required=True),
            pb.Input(name="born", input_type=pb.INPUT_TYPE_DATE),
        ],
        service_url="https://dogs.example.org/",
    )
    found = sources.price(fields={"dog": " Rex "})

    assert (found.amount_cents, dict(found.fields)) == (1_500, {"dog": "Rex"})
    assert (found.effective_from, found.service_url) == ("2022-01-01", "https://dogs.example.org/")
    error = refused("FIELD_MISSING", sources.price)
    assert error.fields == ["fields.dog"]
    refused("FIELD_INVALID", sources.price, fields={"dog": "Rex", "born": "May"})
    refused("FIELD_UNKNOWN", sources.price, fields={"dog": "Rex", "cat": "Tom"})
    refused("SOURCE_NOT_IN_FORCE", sources.price, source_code="CATS")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"source_code": "dogs"}, "SOURCE_CODE_INVALID"),
        ({"amount_mode": pb.AMOUNT_MODE_UNSPECIFIED}, "AMOUNT_MODE_MISSING"),
        ({"parcel_tie": 9}, "PARCEL_TIE_UNKNOWN"),
        ({"amount_cents": -1}, "SOURCE_AMOUNT_INVALID"),
        ({"effective_from": ""}, "DATE_INVALID"),
        ({"inputs": [pb.Input(name="x")]}, "INPUTS_INVALID"),
        ({"name": "x" * 201}, "TEXT_INVALID"),
        ({"service_url": "a\x00b"}, "TEXT_INVALID"),
        ({"key": "\n"}, "IDEMPOTENCY_KEY_INVALID"),
    ],
)
def test_cash_077_a_source_that_cannot_be_meant_is_refused(
    sources, refused, unchanged, changes, reason: str
) -> None:
    """And nothing is written."""
    with unchanged():
        refused(reason, sources.set, **changes)


def test_cash_077_a_source_is_set_once_per_key_and_never_changed(
    app, sources, refused, unchanged
) -> None:
    """Every version stays."""
    first = sources.set(key="once")
    with unchanged():
        assert sources.set(key="once") == first
        refused("IDEMPOTENCY_CONFLICT", sources.set, key="once", amount_cents=7)
        for statement in ("update sources set amount_cents = 1", "delete from sources"):
            with (
                pytest.raises(DBAPIError, match="append-only"),
                app.database.begin() as connection,
            ):
                connection.exec_driver_sql(statement)


def test_cash_079_sources_are_not_made_at_the_counter_by_default(
    sources, refused, unchanged
) -> None:
    """SOURCE_CREATION_OFF, whoever asks."""
    with unchanged():
        refused("SOURCE_CREATION_OFF", sources.add)
