"""A parcel has one bill a year; a roll that would issue a second is refused whole."""

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from taxkit import testing


def test_a_parcel_billed_already_refuses_the_whole_roll(levy, roll, count) -> None:
    """BILL_EXISTS names the bill; the new parcels beside it are not billed either."""
    first, *others = roll.parcels(2021)
    levy.load([roll.header(2021, "one"), *roll.rates(2021), first])
    before = count()
    error = levy.refused([roll.header(2021, "two"), *others, first])

    assert (
        error.code(),
        testing.reason_of(error),
    ) == (grpc.StatusCode.ALREADY_EXISTS, "BILL_EXISTS")
    assert f"2021-{first.parcel.parcel_number}" in error.details()
    (fields,) = [
        found.field_violations
        for detail in rpc_status.from_call(error).details
        if detail.Unpack(found := error_details_pb2.BadRequest())
    ]
    assert [f"parcels[{len(others) + 1}].parcel_number"] == [each.field for each in fields]
    assert before == count()


def test_the_same_parcel_in_another_year_is_another_bill(levy, roll) -> None:
    """The bill's number says so."""
    parcel = roll.parcels(2021)[0]
    levy.load([roll.header(2021), *roll.rates(2021), parcel])
    of_2020 = roll.rates(2020)
    parcel.parcel.tax_code = of_2020[0].rate.tax_code
    levy.load([roll.header(2020), *of_2020, parcel])

    number = parcel.parcel.parcel_number
    bills = levy.bills(parcel_number=number).bills
    assert [f"2020-{number}", f"2021-{number}"] == [bill.bill_number for bill in bills]


def test_other_rates_for_a_tax_code_on_file_are_refused(levy, roll, count) -> None:
    """RATE_CONFLICT: bills of the year have been issued by the ones on file."""
    first, second, *_ = roll.parcels(2021)
    levy.load([roll.header(2021, "one"), *roll.rates(2021), first])
    before = count()
    rates = roll.rates(2021)
    rates[0].rate.rate_percent = "9.999"

    error = levy.refused([roll.header(2021, "two"), *rates, second])

    assert testing.reason_of(error) == "RATE_CONFLICT"
    assert before == count()
