"""CASH-035: what a district's fund gets is a bill beside the parcel's own, each paid by itself."""

import pytest

from levy_service.events import BillCreatedV1
from millage.levy.v1 import levy_pb2 as pb
from taxkit import testing

PARCEL = "13264290020000"
FUND = "030210610"


@pytest.fixture
def district(roll):
    """A roll of 2021 with one parcel whose value is frozen at 40,000 of its 187,561 dollars."""

    def make(frozen_dollars: int | None = 40_000, fund: bool = True, rate: str = "0.000"):
        (parcel,) = [each for each in roll.parcels(2021) if each.parcel.parcel_number == PARCEL]
        sent = pb.LoadRollRequest()
        sent.CopyFrom(parcel)
        if frozen_dollars is not None:
            sent.parcel.frozen_value_dollars = frozen_dollars
        code = sent.parcel.tax_code
        rates = [each for each in roll.rates(2021) if each.rate.tax_code == code]
        if fund:
            named = pb.AgencyRate(
                tax_code=code, agency_code=FUND, agency_name="TIF fund", rate_percent=rate
            )
            rates.append(pb.LoadRollRequest(rate=named))
        return [roll.header(2021), *rates, sent]

    return make


def _reason(error) -> str:
    return testing.reason_of(error)


def test_cash_035_a_parcel_in_a_district_has_two_bills_that_add_up_to_its_tax(
    levy, district
) -> None:
    """12,602.22 in one is 2,687.60 of the frozen value and 9,914.62 for the fund."""
    answer = levy.load(district())
    base, fund = (levy.bill(bill_id) for bill_id in answer.bill_ids)

    assert (base.part, fund.part) == ("base", "increment")
    assert (base.bill_number, fund.bill_number) == (f"2021-{PARCEL}", f"2021-{PARCEL}-TIF")
    assert base.total_cents + fund.total_cents == 1_260_222
    assert (base.net_value_dollars, fund.net_value_dollars) == (40_000, 147_561)
    assert FUND not in {line.agency_code for line in base.lines}
    assert [(line.agency_code, line.amount_cents) for line in fund.lines] == [
        (FUND, fund.total_cents)
    ]
    first = [bill.installments[0].amount_cents for bill in (base, fund)]
    assert sum(first) in (496_427, 496_428, 496_429)
    assert [each.bill_id for each in levy.bills(parcel_number=PARCEL).bills] == [
        base.bill_id,
        fund.bill_id,
    ]


def test_cash_035_both_are_told_with_their_part_and_value(app, levy, district) -> None:
    """Who subscribes learns which of the two a bill is; what is told is as published."""
    levy.load(district())

    told = [each["data"] for each in testing.emitted(app)]
    assert [BillCreatedV1().validate(each) for each in told] == [{}, {}]
    assert [(each["part"], each["net_value_dollars"]) for each in told] == [
        ("base", 40_000),
        ("increment", 147_561),
    ]


def test_cash_035_bills_are_given_page_by_page_with_both_parts(levy, district) -> None:
    """A page that ends between the two goes on with the second."""
    levy.load(district())

    first = levy.bills(page_size=1)
    second = levy.bills(page_size=1, page_token=first.next_page_token)
    assert [each.part for each in (*first.bills, *second.bills)] == ["base", "increment"]
    assert second.next_page_token == ""


def test_cash_035_the_funds_bill_is_corrected_by_itself(levy, corrections, district) -> None:
    """A correction of one part leaves the other as it was; all of it stays the fund's."""
    answer = levy.load(district())
    base, fund = (levy.bill(bill_id) for bill_id in answer.bill_ids)

    lower = corrections.send(bill_id=fund.bill_id, total_cents=100_000).bill
    assert [line.amount_cents for line in lower.lines] == [100_000]
    again = corrections.send(
        bill_id=fund.bill_id,
        net_value_dollars=fund.net_value_dollars,
        expected_version=2,
        idempotency_key="back",
    ).bill
    assert abs(again.total_cents - fund.total_cents) <= 1
    assert levy.bill(base.bill_id) == base


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"fund": False}, "INCREMENT_FUND_MISSING"),
        ({"rate": "0.500"}, "INCREMENT_FUND_MISSING"),
        ({"frozen_dollars": -1}, "BAD_VALUE"),
        ({"frozen_dollars": 2**62}, "BAD_VALUE"),
    ],
    ids=["no-fund", "fund-with-a-rate", "negative", "beyond-range"],
)
def test_cash_035_a_frozen_value_nobody_could_bill_refuses_the_roll(
    levy, district, count, given, reason
) -> None:
    """With the row and the reason, and nothing is kept."""
    before = count()
    error = levy.refused(district(**given))

    assert _reason(error) == reason
    assert count() == before


def test_cash_035_a_parcel_is_billed_once_a_year_in_two_parts_too(levy, district, roll) -> None:
    """A second roll with the parcel is told so, once."""
    levy.load(district())
    again = district()
    again[0] = roll.header(2021, "another")

    assert _reason(levy.refused(again)) == "BILL_EXISTS"
