"""A county runs on each pack: a roll is billed, paid late at the counter, and ties out to zero."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from counties import Place, databases
from county import cash
from desks import JURISDICTIONS

from devkit import demo_money
from millage.levy.v1 import levy_pb2
from millage_cli import counter
from millage_cli.counter import Payment, WantedLine
from millage_cli.roll import Roll, bills, load
from millage_cli.tieout import tie_out

PACKS = sorted(file.parent.name for file in Path(JURISDICTIONS).glob("*/jurisdiction.yaml"))
WHOLE, PART, UNPAID = "1", "2", "3"


@dataclass(frozen=True, slots=True)
class Day:
    """A day at the counter, and what a bill of 2,000 dollars owes on it, worked out by hand."""

    tax_year: int
    on: date
    owed_cents: int
    # What somebody pays who does not pay all: any part, or where only whole parts are taken those.
    part_cents: int = 100_00
    rate: str = "1.0"
    agency: str = "county"


# 200,000 dollars at 1 a hundred, or 10 a thousand.
DAYS: Mapping[str, Day] = {
    # The year before is not known, so that all is due in December: 1.5% of 2,000.
    "us-il-cook": Day(2021, date(2023, 1, 3), 2_030_00, agency="010010000"),
    # 10% of the first half.
    "us-ca": Day(2019, date(2019, 12, 11), 2_100_00, part_cents=1_100_00),
    # The whole year is late: 2% of each half, and 3% since June 1.
    "us-wa": Day(2019, date(2019, 6, 3), 2_100_00, part_cents=1_050_00, rate="10.0"),
    # In March 7% and 2%.
    "us-tx": Day(2023, date(2024, 3, 1), 2_180_00),
    # 8% of the first half.
    "us-mn": Day(2023, date(2023, 6, 1), 2_080_00),
    # More than ten days late: 10% of the first half.
    "us-oh": Day(2022, date(2023, 1, 17), 2_100_00, rate="10.0"),
    # One day late: 5% of the first half.
    "us-in": Day(2021, date(2022, 5, 11), 2_050_00),
    # 1.5% of the first half, in whole dollars.
    "us-ia": Day(2024, date(2024, 10, 1), 2_015_00, rate="10.0"),
    # In full: 1% in May; a half of that is the part that is taken.
    "us-co": Day(2018, date(2019, 5, 1), 2_020_00, part_cents=1_010_00, rate="10.0"),
    # November, December and January at a twelfth of 16% of the first half.
    "us-az": Day(2024, date(2025, 1, 2), 2_040_00),
    # The sixth working day: 1% and 0.5% of all of it.
    "us-wi": Day(2023, date(2024, 2, 8), 2_030_00, rate="10.0"),
    # 10% of all.
    "us-pa": Day(2023, date(2023, 7, 3), 2_200_00, rate="10.0"),
    # At least 3%.
    "us-fl": Day(2022, date(2023, 4, 3), 2_060_00, rate="10.0"),
}


@pytest.fixture(scope="module")
def urls(postgres_admin_url: str) -> Iterator[Mapping[str, str]]:
    with databases(postgres_admin_url) as made:
        yield made


def test_every_pack_has_its_day() -> None:
    """A new pack is tried here, too."""
    assert set(DAYS) == set(PACKS)


@pytest.mark.parametrize("pack", PACKS)
def test_a_county_runs_on_the_pack(pack: str, urls: Mapping[str, str]) -> None:
    """Seven services start on it; bill, quote, two payments, drawer, deposit: nothing is lost."""
    day = DAYS[pack]
    # Long enough before for no discount to be left.
    with Place.opened(pack, urls, _noon(day.on - timedelta(days=120))) as place:
        issued = _billed(place, pack, day)
    with Place.opened(pack, urls, _noon(day.on)) as place:
        session = counter.open_session(place.client, pack.upper(), day.on.isoformat())

        quoted = counter.quote(place.client, bill_ids=[issued[WHOLE]], as_of=day.on.isoformat())
        assert quoted.bills[0].open_cents == day.owed_cents

        for bill_id, cents in ((issued[WHOLE], day.owed_cents), (issued[PART], day.part_cents)):
            line = WantedLine(bill_id=bill_id, amount_cents=cents)
            counter.pay(place.client, Payment(session.session_id, [line], [cash(cents)]))
            place.pass_on()

        left = counter.quote(place.client, bill_ids=[issued[WHOLE]], as_of=day.on.isoformat())
        assert left.bills[0].open_cents == 0
        demo_money.close(place.client, session)
        demo_money.deposit(place.client, day.on.isoformat())
        place.pass_on()
        result = tie_out(place.client, day.on.isoformat())

    assert result.holds
    assert result.legs.received_cents == day.owed_cents + day.part_cents
    assert (result.legs.surplus_cents, result.legs.suspense_cents) == (0, 0)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(18), UTC)


def _billed(place: Place, pack: str, day: Day) -> dict[str, str]:
    """Three parcels of 2,000 dollars of tax each; their bills by parcel."""
    rate = levy_pb2.AgencyRate(
        tax_code=pack, agency_code=day.agency, agency_name="The county", rate=day.rate
    )
    # Of their own in each county: the databases are not.
    numbers = {f"{PACKS.index(pack):013}{each}": each for each in (WHOLE, PART, UNPAID)}
    parcels = tuple(
        levy_pb2.Parcel(
            parcel_number=number,
            tax_code=pack,
            property_class="299",
            value_dollars=200_000,
            net_value_dollars=200_000,
            owner_name="Ottoline Dragomir",
            owner_email="ottoline.dragomir@example.org",
        )
        for number in numbers
    )
    load(place.client, Roll(day.tax_year, (rate,), parcels), source=pack, jurisdiction=pack)
    place.pass_on()
    made = [each for number in numbers for each in bills(place.client, day.tax_year, number)]
    assert [bill.total_cents for bill in made] == [2_000_00] * 3
    return {numbers[bill.parcel_number]: bill.bill_id for bill in made}
