"""What the counter calls today turns at the county's midnight, wherever the county is."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

ZONES = ["America/Chicago", "America/Los_Angeles", "America/Phoenix", "America/New_York"]
# The end of a deadline's day, and of the days on which clocks go forward and back.
DAYS = ["2022-12-30", "2023-03-12", "2023-11-05"]


@pytest.fixture
def at(app) -> Callable[..., None]:
    """Set the county's clocks: to a zone, a day and what they show."""

    def set_to(zone: str, day: str, shown: time) -> None:
        app.clock.zone = ZoneInfo(zone)
        app.clock.moment = datetime.combine(
            date.fromisoformat(day), shown, ZoneInfo(zone)
        ).astimezone(UTC)

    return set_to


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", DAYS)
def test_cash_001_a_drawer_opens_for_a_day_when_it_has_begun(
    counter, at, refused, zone: str, day: str
) -> None:
    """A second before midnight tomorrow is the future; at midnight it is today."""
    tomorrow = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    at(zone, day, time(23, 59, 59))
    refused("BUSINESS_DATE_IN_FUTURE", partial(counter.open, business_date=tomorrow))
    last = counter.open("T01", business_date=day)
    taken = counter.pay(last.session_id, 1_000)
    at(zone, tomorrow, time())
    first = counter.open("T02", business_date=tomorrow)

    assert (taken.business_date, taken.effective_on) == (day, day)
    assert (first.business_date, first.effective_on) == (tomorrow, tomorrow)


@pytest.mark.parametrize("zone", ZONES)
def test_cash_032_a_drawer_left_open_over_midnight_keeps_its_day(counter, at, zone: str) -> None:
    """Who stood in line on the last day has paid on it: the drawer's day decides, not the clock."""
    at(zone, "2022-12-30", time(23, 59, 59))
    session = counter.open("T01", business_date="2022-12-30")
    before = counter.pay(session.session_id, 1_000)
    at(zone, "2022-12-31", time(0, 0, 1))
    after = counter.pay(session.session_id, 1_000)

    assert [(one.business_date, one.effective_on) for one in (before, after)] == [
        ("2022-12-30", "2022-12-30")
    ] * 2
