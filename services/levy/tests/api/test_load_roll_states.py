"""LEVY-001, LEVY-002: rolls of other states, billed by their own packs through the server."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from levy_service.bootstrap import SPEC
from millage.levy.v1 import levy_pb2 as pb
from taxkit import testing
from taxkit.clock import FixedClock

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"


@pytest.fixture
def app(app, database_url, jurisdiction):
    """The application of another county, on the same empty tables."""
    del app
    settings = {
        "MILLAGE_JURISDICTIONS_DIR": str(JURISDICTIONS),
        "MILLAGE_JURISDICTION": jurisdiction,
    }
    clock = FixedClock(datetime(2025, 3, 31, 18, tzinfo=UTC))
    with testing.application(SPEC, database_url, clock, **settings) as built:
        yield built


def messages(jurisdiction: str, rates: dict[str, str], parcel: pb.Parcel, **head):
    """A roll of one parcel in one tax code."""
    header = pb.RollHeader(
        idempotency_key="roll", jurisdiction=jurisdiction, tax_year=2023, source="test", **head
    )
    yield pb.LoadRollRequest(header=header)
    for code, rate in rates.items():
        named = pb.AgencyRate(tax_code="T", agency_code=code, agency_name=code, rate=rate)
        yield pb.LoadRollRequest(rate=named)
    parcel.MergeFrom(pb.Parcel(parcel_number="12-345-678", tax_code="T"))
    yield pb.LoadRollRequest(parcel=parcel)


def amounts(bill: pb.Bill) -> dict[str, int]:
    return {line.agency_code: line.amount_cents for line in bill.lines}


def due(bill: pb.Bill) -> list[tuple[str, int]]:
    return [(part.due_on, part.amount_cents) for part in bill.installments]


@pytest.mark.parametrize("jurisdiction", ["us-wa"])
def test_levy_001_dollars_per_thousand(levy, jurisdiction) -> None:
    """The pack's worked bill, and the rates as they were sent."""
    rates = {"state": "2.63280", "county": "0.79144", "city": "1.01507"}
    parcel = pb.Parcel(
        value_dollars=345_678,
        net_value_dollars=345_678,
        charges=[pb.DirectCharge(agency_code="flood", agency_name="Flood", amount_cents=1_250)],
    )
    answer = levy.load(messages(jurisdiction, rates, parcel))
    bill = levy.bill(answer.bill_ids[0])

    assert amounts(bill) == {"state": 91_010, "county": 27_358, "city": 35_089, "flood": 1_250}
    assert due(bill) == [("2023-05-01", 77_354), ("2023-10-31", 77_353)]
    assert [line.rate for line in bill.lines[:3]] == list(rates.values())
    assert [line.rate_percent for line in bill.lines[:2]] == ["0.26328", "0.079144"]
    assert (bill.rate_unit, bill.composite_rate_percent) == ("dollars_per_1000", "0.443931")


@pytest.mark.parametrize("jurisdiction", ["us-wa"])
def test_levy_001_percent_is_not_the_unit_of_every_state(levy, jurisdiction) -> None:
    """A rate in percent there is refused, and so is a sixth decimal."""
    (head, rate, parcel) = messages(jurisdiction, {"state": "2.000001"}, pb.Parcel())
    assert testing.reason_of(levy.refused([head, rate, parcel])) == "BAD_RATE"
    rate.rate.rate, rate.rate.rate_percent = "", "0.200"
    assert testing.reason_of(levy.refused([head, rate, parcel])) == "BAD_RATE"


@pytest.mark.parametrize("jurisdiction", ["us-az"])
@pytest.mark.parametrize(
    ("dollars", "parts", "payable"),
    [
        (10_000, [("2023-12-31", 10_000)], ["2023-10-01"]),
        (
            10_001,
            [("2023-11-01", 5_001), ("2024-05-01", 5_000)],
            ["2023-10-01", "2024-03-01"],
        ),
    ],
)
def test_levy_002_a_small_bill_is_paid_in_one(
    levy, corrections, jurisdiction, dollars, parts, payable
) -> None:
    """Up to a hundred dollars; since when it is payable outlives a correction."""
    parcel = pb.Parcel(value_dollars=dollars, net_value_dollars=dollars)
    bill = levy.bill(levy.load(messages(jurisdiction, {"county": "1.0000"}, parcel)).bill_ids[0])

    assert due(bill) == parts
    assert [part.payable_on for part in bill.installments] == payable
    corrections.send(bill_id=bill.bill_id, net_value_dollars=9_000)
    corrected = levy.bill(bill.bill_id)
    assert corrected.total_cents == 9_000
    assert [part.payable_on for part in corrected.installments] == payable


@pytest.mark.parametrize("jurisdiction", ["us-tx"])
@pytest.mark.parametrize(
    ("head", "days"),
    [
        ({}, ["2024-01-31"]),
        ({"mailed_on": "2024-01-11"}, ["2024-02-29"]),
        ({"bill_class": "quarters"}, ["2024-01-31", "2024-04-01", "2024-05-31", "2024-07-31"]),
    ],
)
def test_levy_002_a_class_and_a_late_mailing_have_dates_of_their_own(
    levy, jurisdiction, head, days
) -> None:
    """Texas: one payment, later when mailed late, four for those who may."""
    parcel = pb.Parcel(value_dollars=100_000, net_value_dollars=100_000)
    loaded = levy.load(messages(jurisdiction, {"county": "0.35003"}, parcel, **head))
    bill = levy.bill(loaded.bill_ids[0])

    assert [part.due_on for part in bill.installments] == days
    assert bill.total_cents == sum(part.amount_cents for part in bill.installments) == 35_003


@pytest.mark.parametrize("jurisdiction", ["us-mn"])
def test_levy_001_a_value_goes_through_the_steps_of_the_law(levy, jurisdiction) -> None:
    """Minnesota: the exclusion, then the class rate; a city takes more than all of the capacity."""
    parcel = pb.Parcel(
        value_dollars=300_000,
        compute_net_value=True,
        exemptions=[pb.Exemption(code="homestead")],
    )
    rates = {"county": "35.421", "city": "112.505"}
    bill = levy.bill(levy.load(messages(jurisdiction, rates, parcel)).bill_ids[0])

    assert [(each.name, each.value_dollars) for each in bill.value_steps] == [
        ("value", 300_000),
        ("homestead", 289_760),
        ("tax_capacity", 2_898),
    ]
    assert amounts(bill) == {"county": 102_650, "city": 326_039}


@pytest.mark.parametrize("jurisdiction", ["us-ia"])
def test_levy_001_whole_dollars(levy, jurisdiction) -> None:
    """Iowa: bill and halves."""
    parcel = pb.Parcel(value_dollars=100_000, net_value_dollars=100_000)
    loaded = levy.load(messages(jurisdiction, {"county": "10.00500"}, parcel))
    bill = levy.bill(loaded.bill_ids[0])

    assert due(bill) == [("2023-09-30", 50_100), ("2024-03-31", 50_000)]


@pytest.mark.parametrize("jurisdiction", ["us-ca"])
def test_levy_003_a_correction_goes_by_the_terms_of_the_bills_class(
    levy, corrections, jurisdiction
) -> None:
    """California's unsecured roll rejects fractions of a cent, the second time too."""
    parcel = pb.Parcel(value_dollars=2_000, net_value_dollars=1_500)
    rates = {"county": "1.000000", "bond": "0.051000"}
    sent = messages(jurisdiction, rates, parcel, bill_class="unsecured")
    bill = levy.bill(levy.load(sent).bill_ids[0])
    assert amounts(bill) == {"county": 1_500, "bond": 76}

    corrections.send(bill_id=bill.bill_id, net_value_dollars=1_700)

    # 0.051 % of 1,700 is 86.7 cents.
    assert amounts(levy.bill(bill.bill_id)) == {"county": 1_700, "bond": 86}


@pytest.mark.parametrize("jurisdiction", ["us-ca"])
def test_levy_001_a_year_of_no_calendar_is_refused(levy, jurisdiction) -> None:
    """A rule has dates for any year a calendar has."""
    parcel = pb.Parcel(value_dollars=1, net_value_dollars=1)
    sent = list(messages(jurisdiction, {"county": "1.000000"}, parcel))
    sent[0].header.tax_year = 2**31 - 1

    assert testing.reason_of(levy.refused(sent)) == "NO_LAW_IN_FORCE"
