"""LEVY-002: an agency billed by fund, from the roll to the event, a correction and the totals."""

from collections import defaultdict

import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from levy_service.events import BillCorrectedV1, BillCreatedV1
from millage.levy.v1 import districts_pb2
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1.districts_pb2_grpc import DistrictServiceStub
from taxkit import testing

COUNTY = "010010000"
# 187,561 dollars of value, 12,602.22 of tax.
PARCEL = "13264290020000"
FUNDS = (
    pb.FundShare(fund_code="general", share="0.75"),
    pb.FundShare(fund_code="debt", share="0.25"),
)


@pytest.fixture
def sent(roll):
    """A roll of 2021 with one parcel, whose county is billed by fund."""

    def make(*funds: pb.FundShare, **changes) -> list[pb.LoadRollRequest]:
        (parcel,) = [each for each in roll.parcels(2021) if each.parcel.parcel_number == PARCEL]
        rates = [each for each in roll.rates(2021) if each.rate.tax_code == parcel.parcel.tax_code]
        for each in rates:
            if each.rate.agency_code == COUNTY:
                each.rate.funds.extend(funds or FUNDS)
                each.rate.MergeFrom(pb.AgencyRate(**changes))
        return [roll.header(2021), *rates, parcel]

    return make


def _of_county(lines) -> dict[str, int]:
    return {
        getattr(line, "fund_code", ""): line.amount_cents
        for line in lines
        if line.agency_code == COUNTY
    }


def test_levy_002_a_line_for_each_fund_that_adds_up_to_the_agencys(
    app, levy, sent, expected
) -> None:
    """What was one printed line of the county is two, with the same cents in the same bill."""
    bill = levy.bill(levy.load(sent()).bill_ids[0])

    printed = expected.lines["2021", PARCEL]
    by_agency: dict[str, int] = defaultdict(int)
    for line in bill.lines:
        by_agency[line.agency_code] += line.amount_cents
    assert by_agency == printed
    of = _of_county(bill.lines)
    assert list(of) == ["general", "debt"]
    # A rate of 446 steps is 334 or 335 and 111 or 112.
    assert of["general"] == pytest.approx(3 * of["debt"], rel=0.01)
    (told,) = [each["data"] for each in testing.emitted(app)]
    assert BillCreatedV1().validate(told) == {}
    funds = [each for each in told["components"] if "fund" in each]
    assert {each["fund"]: each["amount_cents"] for each in funds} == of


def test_levy_003_a_correction_keeps_the_funds(app, levy, sent, corrections) -> None:
    """By value it is billed by the funds' rates again, by total it is shared by them."""
    bill_id = levy.load(sent()).bill_ids[0]
    first = _of_county(levy.bill(bill_id).lines)

    corrections.send(bill_id=bill_id, total_cents=126_022)
    lower = levy.bill(bill_id)
    assert {fund: round(cents / 10) for fund, cents in first.items()} == pytest.approx(
        _of_county(lower.lines), abs=2
    )
    corrections.send(
        bill_id=bill_id, net_value_dollars=187_561, expected_version=2, idempotency_key="back"
    )
    assert _of_county(levy.bill(bill_id).lines) == first
    told = [each["data"] for each in testing.emitted(app)][1:]
    assert [BillCorrectedV1().validate(each) for each in told] == [{}, {}]
    assert [each["fund"] for each in told[1]["components"] if "fund" in each] == list(first)


def test_levy_023_totals_by_fund_add_up_to_those_by_agency(levy, sent, channel, keys) -> None:
    """The bill counts once for its agency, and its value, too."""
    answer = levy.load(sent())
    stub = DistrictServiceStub(channel)

    def ask(by: int) -> districts_pb2.LevyTotals:
        asked = districts_pb2.GetLevyTotalsRequest(tax_year=2021, by=by)
        return stub.GetLevyTotals(asked, metadata=testing.bearer(keys.token("levy.read")))

    by_fund = [row for row in ask(districts_pb2.TOTALS_BY_FUND).rows if row.code == COUNTY]
    (agency,) = [row for row in ask(districts_pb2.TOTALS_BY_AGENCY).rows if row.code == COUNTY]
    of = _of_county(levy.bill(answer.bill_ids[0]).lines)
    assert {row.fund_code: row.original.tax_cents for row in by_fund} == of
    assert agency.original.tax_cents == sum(of.values())
    assert (agency.original.bill_count, agency.parcel_count) == (1, 1)
    assert agency.original.value_dollars == by_fund[0].original.value_dollars == 187_561


@pytest.mark.parametrize(
    ("changes", "funds", "reason"),
    [
        ({"fund_code": "debt"}, (), "FUND_INVALID"),
        ({"fund_code": "a/b"}, (), "FUND_INVALID"),
        ({}, (pb.FundShare(fund_code="a", share="0.5"),), "FUND_INVALID"),
        ({}, (pb.FundShare(fund_code="a", share="1e9"),), "FUND_INVALID"),
    ],
    ids=["both", "slash", "short", "no-share"],
)
def test_levy_002_funds_that_are_none_refuse_the_roll(
    levy, sent, count, changes, funds, reason
) -> None:
    """The finding names the rate's row; nothing is taken."""
    error = levy.refused(sent(*funds, **changes))
    status = rpc_status.from_call(error)
    found = error_details_pb2.BadRequest()
    assert any(detail.Unpack(found) for detail in status.details)
    assert {each.description.split(":")[0] for each in found.field_violations} == {reason}
    assert not count()["bills"]
