"""Whatever is killed at whatever moment: nothing lost, nothing twice, to the cent."""

import os
import random
import sys
import time

import pytest
from accounts import discrepancies, rows
from county import DAY, County, eventually
from stream import Stream
from trouble import rounds, short, strike_all

from millage.levy.v1 import levy_pb2
from millage_cli import roll as rolls
from millage_cli.roll import Roll

SECONDS = float(os.environ.get("MILLAGE_CHAOS_SECONDS", "75"))
EVERYTHING = os.environ.get("MILLAGE_CHAOS_EVERYTHING") == "1"
PER_SECOND = float(os.environ.get("MILLAGE_CHAOS_RATE", "40"))
# The short run is the same every time; the long one looks for what was not met yet.
_NEW_SEED = random.SystemRandom().randint(1, 10**6) if EVERYTHING else 64
SEED = int(os.environ.get("MILLAGE_CHAOS_SEED", "0")) or _NEW_SEED
_RATES = (
    ("010010000", "County of Cook", "0.446"),
    ("044060000", "Board of Education", "3.656"),
)
_BILLS, _ROUND_SECONDS = 400, 150.0


def load_bills(county: County) -> list[levy_pb2.Bill]:
    """Enough bills that payments meet on one now and then, but not all the time."""
    rates = [
        levy_pb2.AgencyRate(tax_code="11002", agency_code=code, agency_name=name, rate_percent=rate)
        for code, name, rate in _RATES
    ]
    parcels = [
        levy_pb2.Parcel(
            parcel_number=f"99{number:012d}",
            tax_code="11002",
            property_class="205",
            township="Jefferson",
            value_dollars=40_000,
            net_value_dollars=30_000 + number,
            owner_name="Ottoline Dragomir",
            owner_email="ottoline@example.org",
            prior_year_total_cents=120_000,
        )
        for number in range(_BILLS)
    ]
    rolls.load(county.office, Roll(2021, tuple(rates), tuple(parcels)), source="chaos")
    known = "select count(*) from dues"
    eventually(lambda: rows(county, "cashiering", known), lambda found: found == [(_BILLS,)])
    county.settled()
    return list(rolls.bills(county.office, 2021))


@pytest.mark.timeout(int(SECONDS) + 1500)
def test_nothing_is_lost_and_nothing_twice(county: County, capsys: pytest.CaptureFixture[str]):
    """A stream of payments, and one trouble after another; afterwards every account agrees."""
    began = time.monotonic()

    def say(text: str) -> None:
        with capsys.disabled():
            seconds = time.monotonic() - began
            sys.stdout.write(f"{seconds:7.1f} s  {len(stream.paid):6d} paid  {text}\n")

    chance = random.Random(SEED)
    stream = Stream(county, county.open_session("WINDOW-1"), load_bills(county), PER_SECOND, SEED)
    say(f"seed {SEED}, {PER_SECOND:.0f} payments a second for {SECONDS:.0f} s")
    stream.start()
    try:
        if EVERYTHING:
            left = SECONDS
            for troubles in rounds(county, chance):
                if left <= 0:
                    break
                strike_all(troubles, min(_ROUND_SECONDS, max(left, 60)), say)
                left -= _ROUND_SECONDS
        else:
            strike_all(short(county, chance), SECONDS, say)
        county.stack.wait_ready()
    finally:
        stream.stop()
    say(
        f"stream ended: {len(stream.reversed_ids)} taken back, {stream.sent_again} sent again,"
        f" longest wait {stream.longest_wait_seconds:.1f} s"
    )
    county.settled(seconds=600)
    say("nothing is on its way any more")
    found = eventually(
        lambda: list(discrepancies(county, stream, DAY)), lambda found: not found, seconds=300
    )
    assert found == []
    say("every payment is there once, in every service, to the cent")
