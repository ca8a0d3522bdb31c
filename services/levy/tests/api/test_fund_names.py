"""LEVY-002, LEVY-023: funds by their names, on bills, in totals and told."""

import pytest

from levy_service.funds.events import FundNamedV1
from millage.levy.v1 import districts_pb2
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1.districts_pb2_grpc import DistrictServiceStub
from taxkit import ids, testing

COUNTY = "010010000"
NAMES = {"general": "General fund", "debt": "Debt service"}


@pytest.fixture
def sent(roll):
    """A roll of one parcel, whose county is billed by funds with names."""

    def make(year: int = 2021, number: str = "", **names: str) -> list[pb.LoadRollRequest]:
        parcel = roll.parcels(2021)[0]
        rates = [one for one in roll.rates(2021) if one.rate.tax_code == parcel.parcel.tax_code]
        called = NAMES | names
        for one in rates:
            if one.rate.agency_code == COUNTY:
                one.rate.funds.extend(
                    pb.FundShare(fund_code=code, share="0.5", fund_name=called[code])
                    for code in NAMES
                )
        parcel.parcel.parcel_number = number or parcel.parcel.parcel_number
        return [roll.header(year, key=str(ids.new_id())), *rates, parcel]

    return make


@pytest.fixture
def told(app):
    """Names as they are told: fund, name, year and sequence."""

    def of() -> list[tuple[str, str, int, int]]:
        named = [one for one in testing.emitted(app) if ".FundNamed." in one["type"]]
        assert all(FundNamedV1().validate(one["data"]) == {} for one in named)
        return [
            (
                one["data"]["fund_code"], one["data"]["fund_name"], one["data"]["tax_year"],
                int(one["sequence"]),
            )
            for one in named
        ]  # fmt: skip

    return of


def test_levy_002_bills_name_their_funds_and_it_is_told_once(levy, sent, told) -> None:
    bill = levy.bill(levy.load(sent()).bill_ids[0])
    assert {one.fund_code: one.fund_name for one in bill.lines if one.fund_code} == NAMES
    assert [one.fund_name for one in bill.lines if not one.fund_code] == [""] * (
        len(bill.lines) - 2
    )
    levy.load(sent(number="13264290029999"))
    assert told() == [
        ("debt", "Debt service", 2021, 2021), ("general", "General fund", 2021, 2021),
    ]  # fmt: skip


def test_levy_002_another_year_may_have_other_names(levy, sent, told) -> None:
    first = levy.load(sent()).bill_ids[0]
    levy.load(sent(2020, debt="Bonds"))
    assert {one.fund_name for one in levy.bill(first).lines} >= set(NAMES.values())
    # The sequence is the year: who hears of 2020 later keeps what 2021 says.
    assert told()[2:] == [("debt", "Bonds", 2020, 2020), ("general", "General fund", 2020, 2020)]


def test_levy_002_a_second_name_of_a_fund_refuses_the_roll(levy, sent, told) -> None:
    levy.load(sent())
    refused = levy.refused(sent(number="13264290029999", debt="Bonds"))
    assert testing.reason_of(refused) == "FUND_NAME_CONFLICT"
    assert len(told()) == 2


def test_levy_023_totals_by_fund_name_them(levy, sent, channel, keys) -> None:
    levy.load(sent())
    asked = districts_pb2.GetLevyTotalsRequest(tax_year=2021, by=districts_pb2.TOTALS_BY_FUND)
    metadata = testing.bearer(keys.token("levy.read"))
    rows = DistrictServiceStub(channel).GetLevyTotals(asked, metadata=metadata).rows
    assert {one.fund_code: one.fund_name for one in rows if one.fund_code} == NAMES
