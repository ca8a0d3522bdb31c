"""A roll's rows judged without a database."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.billing import AgencyRate
from levy_service.domain.payment import PaymentState, payment_state
from levy_service.domain.roll import (
    FINDINGS_MAX,
    RATES_MAX,
    Finding,
    Findings,
    ParcelRow,
    RateBook,
    RateRow,
    check_parcel,
)

COUNTY = "010010000"
FORM = re.compile("[0-9]{14}")
PARCEL = ParcelRow(
    row=7,
    parcel_number="13264290020000",
    tax_code="71163",
    property_class="211",
    township="Jefferson",
    value_dollars=100,
    net_value_dollars=90,
    prior_year_total_cents=0,
    owner_name="A. Owner",
    owner_email=None,
)


def _rate(row: int, agency: str = COUNTY, percent: str = "0.5", name: str = "") -> RateRow:
    return RateRow(row, "71163", agency, name or f"Agency {agency}", percent)


def test_a_good_parcel_has_no_findings() -> None:
    """Value equal to net value, and zero, are good, too."""
    assert check_parcel(PARCEL, FORM) == []
    assert check_parcel(replace(PARCEL, value_dollars=0, net_value_dollars=0), FORM) == []


@given(
    st.builds(
        ParcelRow,
        row=st.integers(1),
        parcel_number=st.text(max_size=20),
        tax_code=st.text(max_size=300),
        property_class=st.text(max_size=300),
        township=st.text(max_size=5),
        value_dollars=st.integers(-(2**63), 2**63 - 1),
        net_value_dollars=st.integers(-(2**63), 2**63 - 1),
        prior_year_total_cents=st.integers(-(2**63), 2**63 - 1),
        owner_name=st.text(max_size=300),
        owner_email=st.none() | st.text(max_size=5),
    )
)
def test_any_parcel_is_judged_in_words(parcel: ParcelRow) -> None:
    """Never an exception; what passes can be stored."""
    found = check_parcel(parcel, FORM)

    assert all(each.place.startswith(f"parcels[{parcel.row}].") for each in found)
    if not found:
        assert 0 <= parcel.net_value_dollars <= parcel.value_dollars < 2**53
        assert "\x00" not in parcel.owner_name + parcel.township


def test_a_tax_codes_lines_keep_the_order_of_its_rows() -> None:
    """As the clerk lists them."""
    book = RateBook({})
    for row, agency in enumerate(["9", COUNTY, "5"], start=1):
        assert book.add(_rate(row, agency)) == []

    assert [rate.agency_code for rate in book.all()["71163"]] == ["9", COUNTY, "5"]
    assert book.review(COUNTY) == []


def test_a_bad_rate_of_the_residual_agency_is_one_finding() -> None:
    """The agency is there; only its rate is wrong."""
    book = RateBook({})

    assert [each.reason for each in book.add(_rate(1, percent="x"))] == ["BAD_RATE"]
    assert book.review(COUNTY) == []


def test_rates_on_file_may_be_sent_again_in_any_order() -> None:
    """The same rates are no conflict and not new."""
    filed = (AgencyRate(COUNTY, "County", 500), AgencyRate("5", "Five", 100))
    book = RateBook({"71163": filed})
    book.add(_rate(1, "5", "0.1", "Five"))
    book.add(_rate(2, COUNTY, "0.5", "County"))

    assert book.review(COUNTY) == []
    assert book.new() == {}
    assert book.all() == {"71163": filed}


def test_a_name_on_file_binds_the_next_roll() -> None:
    """One agency, one name a year."""
    book = RateBook({"1": (AgencyRate("5", "Five", 100),)})

    assert [each.reason for each in book.add(_rate(1, "5", name="Cinq"))] == [
        "AGENCY_NAME_CONFLICT"
    ]


def test_a_tax_code_has_so_many_agencies_at_most() -> None:
    """An event has to carry all of a bill's lines."""
    book = RateBook({})
    for row in range(RATES_MAX):
        book.add(_rate(row, str(row) if row else COUNTY))
    assert book.review(COUNTY) == []
    book.add(_rate(RATES_MAX, "more"))

    assert [each.reason for each in book.review(COUNTY)] == ["TOO_MANY_RATES"]


def test_findings_beyond_a_hundred_are_counted_only() -> None:
    """Whether they come one by one or in sets."""
    found = Findings()
    for number in range(70):
        found.add([Finding("R", f"parcels[{number}]", "")])
    found.add([Finding("S", f"parcels[{number}]", "") for number in range(50)], count=400)

    assert (len(found.kept), found.count) == (FINDINGS_MAX, 470)


@pytest.mark.parametrize(
    ("open_cents", "paid_cents", "state"),
    [
        (0, 0, PaymentState.PAID),
        (0, 5, PaymentState.PAID),
        (5, 0, PaymentState.OPEN),
        (5, 1, PaymentState.PART_PAID),
    ],
)
def test_levy_002_a_payment_state_follows_from_open_and_paid(
    open_cents: int, paid_cents: int, state: PaymentState
) -> None:
    """Three words, no fourth case."""
    assert payment_state(open_cents, paid_cents) is state
