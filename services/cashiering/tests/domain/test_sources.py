"""CASH-077, CASH-078, CASH-080: what an entry costs, and what has to be said with it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.source_setup import check_source
from cashiering_service.domain.sources import (
    TYPES,
    AmountMode,
    Entry,
    Input,
    InputType,
    ParcelTie,
    Source,
    price,
    read_fields,
)
from taxkit.errors import Refusal
from taxkit.money import CENTS_MAX

DOGS = Source(
    source_code="DOGS",
    effective_from=date(2022, 1, 1),
    name="Dog license",
    short_name="Dogs",
    source_group="Animals",
    source_type="standard",
    amount_mode=AmountMode.FLAT,
    amount_cents=1_500,
    amount_names=(),
    parcel_tie=ParcelTie.OPTIONAL,
    credit_fund="100",
    credit_account="4711",
)
ENTERED = replace(DOGS, amount_mode=AmountMode.ENTERED, amount_cents=0)
UNIT = replace(DOGS, amount_mode=AmountMode.PER_UNIT, amount_cents=25)
SEVERAL = replace(
    DOGS, amount_mode=AmountMode.SEVERAL, amount_cents=0, amount_names=("fee", "late_fee")
)


@pytest.mark.parametrize(
    ("source", "entry", "cents"),
    [
        (DOGS, {}, 1_500),
        (DOGS, {"amount_cents": 1_500}, 1_500),
        (ENTERED, {"amount_cents": 7}, 7),
        (UNIT, {"units": 12}, 300),
        (SEVERAL, {"amounts": (("fee", 1_000), ("late_fee", 250))}, 1_250),
        (SEVERAL, {"amounts": (("late_fee", 250),)}, 250),
    ],
)
def test_cash_077_an_amount_comes_about_as_its_source_says(source, entry, cents: int) -> None:
    """Flat ones are not typed, units are multiplied, several are added."""
    assert price(source, Entry("DOGS", **entry)).amount_cents == cents


@pytest.mark.parametrize(
    ("source", "entry", "reason"),
    [
        (DOGS, {"amount_cents": 1_499}, "AMOUNT_FIXED"),
        (DOGS, {"units": 1}, "AMOUNT_MODE_MISMATCH"),
        (ENTERED, {}, "AMOUNT_NOT_POSITIVE"),
        (ENTERED, {"amount_cents": -1}, "AMOUNT_NOT_POSITIVE"),
        (ENTERED, {"amount_cents": CENTS_MAX + 1}, "AMOUNT_TOO_LARGE"),
        (ENTERED, {"amount_cents": 5, "units": 2}, "AMOUNT_MODE_MISMATCH"),
        (UNIT, {}, "UNITS_INVALID"),
        (UNIT, {"units": -3}, "UNITS_INVALID"),
        (UNIT, {"units": 1_000_001}, "UNITS_INVALID"),
        (UNIT, {"amount_cents": 25}, "AMOUNT_MODE_MISMATCH"),
        (SEVERAL, {"amounts": (("fee", 1), ("fee", 1))}, "AMOUNTS_INVALID"),
        (SEVERAL, {"amounts": (("tip", 1),)}, "AMOUNTS_INVALID"),
        (SEVERAL, {"amounts": (("fee", 5), ("late_fee", -1))}, "AMOUNTS_INVALID"),
        (SEVERAL, {"amounts": (("fee", 0),)}, "AMOUNT_NOT_POSITIVE"),
        (None, {}, "SOURCE_NOT_IN_FORCE"),
        (replace(DOGS, is_active=False), {}, "SOURCE_NOT_IN_FORCE"),
        (replace(DOGS, parcel_tie=ParcelTie.REQUIRED), {}, "PARCEL_MISSING"),
        (
            replace(DOGS, parcel_tie=ParcelTie.NONE),
            {"parcel_number": "13264290020000"},
            "PARCEL_NOT_WANTED",
        ),
    ],
)
def test_cash_077_an_entry_that_does_not_fit_is_refused(source, entry, reason: str) -> None:
    """With the field that does not."""
    with pytest.raises(Refusal, match=reason):
        price(source, Entry("DOGS", **entry))


def _inputs(**types: InputType) -> tuple[Input, ...]:
    return tuple(
        Input(name, kind, required=False, choices=("red", "blue") if kind == "choice" else ())
        for name, kind in types.items()
    )


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        (InputType.TEXT, "  Rex ", "Rex"),
        (InputType.NUMBER, "1e2", "100"),
        (InputType.NUMBER, "-3.50", "-3.50"),
        (InputType.DATE, "2022-12-15", "2022-12-15"),
        (InputType.CHOICE, "red", "red"),
        (InputType.YES_NO, "YES", "yes"),
    ],
)
def test_cash_078_a_value_is_kept_in_its_types_one_form(kind, said: str, kept: str) -> None:
    """So that a report can sort and add them."""
    assert read_fields(_inputs(x=kind), {"x": said}) == {"x": kept}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (InputType.TEXT, "a\x00b"),
        (InputType.TEXT, "x" * 201),
        (InputType.NUMBER, "twelve"),
        (InputType.NUMBER, "NaN"),
        (InputType.NUMBER, "1e999999"),
        (InputType.DATE, "15.12.2022"),
        (InputType.CHOICE, "green"),
        (InputType.YES_NO, "maybe"),
    ],
)
def test_cash_078_a_value_of_another_type_is_refused(kind, said: str) -> None:
    """FIELD_INVALID names the field."""
    with pytest.raises(Refusal, match="FIELD_INVALID"):
        read_fields(_inputs(x=kind), {"x": said})


@given(st.text(), st.sampled_from(InputType))
def test_cash_078_whatever_is_said_is_kept_or_refused(said: str, kind: InputType) -> None:
    """Never anything else; what is kept is read again as itself."""
    inputs = _inputs(x=kind)
    try:
        kept = read_fields(inputs, {"x": said})
    except Refusal as refusal:
        reason = refusal.reason
    else:
        reason = ""
        assert read_fields(inputs, kept) == kept
    assert reason in {"", "FIELD_INVALID"}


@given(st.sets(st.sampled_from(["a", "b", "c"])), st.sets(st.sampled_from(["a", "b", "c"])))
def test_cash_078_nothing_is_taken_until_all_that_is_required_is_said(required, said) -> None:
    """Blank is not said."""
    inputs = [Input(name, InputType.TEXT, name in required) for name in ("a", "b", "c")]
    given_: dict[str, Any] = dict.fromkeys(sorted(said), "v") | dict.fromkeys(
        {"a", "b", "c"} - said, " "
    )
    if required <= said:
        assert read_fields(inputs, given_).keys() == said
    else:
        with pytest.raises(Refusal, match="FIELD_MISSING"):
            read_fields(inputs, given_)


def test_cash_078_what_is_not_asked_for_is_refused() -> None:
    """A misspelt name would be lost otherwise."""
    with pytest.raises(Refusal, match="FIELD_UNKNOWN"):
        price(DOGS, Entry("DOGS", fields={"title": "Rex"}))


@pytest.mark.parametrize(
    ("source_type", "said"),
    [
        ("frvis", {"batch_number": "17", "transaction_user": "jdoe"}),
        ("hunting", {"input_file": "2022-12-15.txt"}),
    ],
)
def test_cash_080_a_type_asks_for_inputs_of_its_own(source_type: str, said) -> None:
    """All that is required of them, before money is taken."""
    source = replace(DOGS, source_type=source_type)
    check_source(source)

    assert price(source, Entry("DOGS", fields=said)).fields == said
    for name in said:
        with pytest.raises(Refusal, match=f"FIELD_MISSING: {name}"):
            price(source, Entry("DOGS", fields={**said, name: ""}))


def test_cash_001_a_forfeiture_source_is_taken_as_forfeiture() -> None:
    """Which till and cashier have to list both."""
    found = {name: replace(DOGS, source_type=name).payment_type for name in TYPES}

    assert found.pop("forfeiture") == "forfeiture"
    assert set(found.values()) == {"misc"}


TEXT = Input("rex", InputType.TEXT, required=False)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"source_code": "dogs"}, "SOURCE_CODE_INVALID"),
        ({"source_code": ""}, "SOURCE_CODE_INVALID"),
        ({"name": " "}, "SOURCE_NAME_MISSING"),
        ({"source_type": "cheese"}, "SOURCE_TYPE_UNKNOWN"),
        ({"credit_account": ""}, "FUND_MISSING"),
        ({"amount_cents": 0}, "SOURCE_AMOUNT_INVALID"),
        ({"amount_cents": CENTS_MAX + 1}, "SOURCE_AMOUNT_INVALID"),
        ({"amount_mode": AmountMode.ENTERED}, "SOURCE_AMOUNT_INVALID"),
        ({"amount_names": ("a", "b")}, "AMOUNT_NAMES_INVALID"),
        ({"inputs": (TEXT, TEXT)}, "INPUTS_INVALID"),
        ({"inputs": (replace(TEXT, name="Rex!"),)}, "INPUTS_INVALID"),
        ({"inputs": (replace(TEXT, name="units"),)}, "INPUTS_INVALID"),
        ({"inputs": (replace(TEXT, choices=("a",)),)}, "INPUTS_INVALID"),
        ({"inputs": (replace(TEXT, input_type=InputType.CHOICE),)}, "INPUTS_INVALID"),
        ({"source_type": "hunting", "inputs": (replace(TEXT, name="input_file"),)},
         "INPUTS_INVALID"),
    ],
)  # fmt: skip
def test_cash_077_a_source_that_cannot_be_sold_is_refused(changes, reason: str) -> None:
    """Where it is set, not at the counter."""
    check_source(DOGS)
    check_source(SEVERAL)
    with pytest.raises(Refusal, match=reason):
        check_source(replace(DOGS, **changes))
