"""A county's days begin and end by its own clocks, also on the days that are longer or shorter."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxkit import config
from taxkit.app import county_clock
from taxkit.clock import COUNTY_ZONE, FixedClock, SystemClock
from taxkit.jurisdiction import zone_of
from taxkit.packvalues import PackError

PACKS = Path(__file__).parents[3] / "jurisdictions"
FOLDERS = sorted(file.parent for file in PACKS.glob("*/jurisdiction.yaml"))
SECOND = timedelta(seconds=1)
# A last day in winter and one in summer, the days on which clocks change, and one without change.
DAYS = ["2022-12-30", "2023-08-01", "2023-03-12", "2023-11-05", "2024-02-29"]


def settings(**given: str) -> config.Settings:
    here = {"MILLAGE_DATABASE_URL": "", "MILLAGE_JURISDICTIONS_DIR": str(PACKS)}
    return config.load(config.Settings, {**here, **given})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("day", DAYS)
def test_a_day_ends_at_the_countys_midnight(folder: Path, day: str) -> None:
    """One second before it is still the last day; at midnight it is the next."""
    zone = zone_of(folder)
    after = date.fromisoformat(day) + timedelta(days=1)
    midnight = datetime.combine(after, time(), zone).astimezone(UTC)
    clock = SystemClock(zone)

    assert clock.date_of(midnight - SECOND) == date.fromisoformat(day)
    assert clock.time_of(midnight - SECOND) == time(23, 59, 59)
    assert (clock.date_of(midnight), clock.time_of(midnight)) == (after, time())


@pytest.mark.parametrize(
    ("day", "hours"), [("2023-03-12", 23), ("2023-11-05", 25), ("2023-11-06", 24)]
)
def test_every_hour_of_a_day_is_that_day(day: str, hours: int) -> None:
    """The hour that comes twice in autumn belongs to its day both times; none is lost in spring."""
    clock = FixedClock(datetime(2023, 1, 1, tzinfo=UTC))
    start = datetime.combine(date.fromisoformat(day), time(), COUNTY_ZONE).astimezone(UTC)
    seen = [clock.date_of(start + timedelta(hours=hour)) for hour in range(hours + 1)]

    assert set(seen[:-1]) == {date.fromisoformat(day)}
    assert seen[-1] == date.fromisoformat(day) + timedelta(days=1)


@given(
    st.integers(631_152_000, 2_840_140_800),  # 1990 to 2060
    st.sampled_from(FOLDERS),
    st.timedeltas(timedelta(), timedelta(days=2)),
)
def test_a_countys_dates_never_go_back(seconds: int, folder: Path, later: timedelta) -> None:
    """Whatever its clocks do."""
    moment = datetime.fromtimestamp(seconds, UTC)
    clock = SystemClock(ZONES[folder])

    assert clock.date_of(moment) <= clock.date_of(moment + later)


ZONES = {folder: zone_of(folder) for folder in FOLDERS}


def test_a_service_keeps_the_time_of_its_pack() -> None:
    """California's is not Illinois'."""
    west = county_clock(settings(MILLAGE_JURISDICTION="us-ca"))
    evening = datetime(2019, 12, 11, 7, 30, tzinfo=UTC)

    assert west.zone == ZoneInfo("America/Los_Angeles")
    assert west.date_of(evening) == date(2019, 12, 10)
    assert county_clock(settings()).date_of(evening) == date(2019, 12, 11)


def test_a_county_may_keep_another_time_than_its_state() -> None:
    """As El Paso does; a name of no zone is refused before anything is served by it."""
    told = county_clock(settings(MILLAGE_JURISDICTION="us-tx", MILLAGE_TIME_ZONE="America/Denver"))

    assert told.zone == ZoneInfo("America/Denver")
    with pytest.raises(ValueError, match="'Mars/Olympus', which is no time zone"):
        county_clock(settings(MILLAGE_TIME_ZONE="Mars/Olympus"))


@pytest.mark.parametrize("name", ["Mars/Olympus", "America", "../etc/passwd", "''"])
def test_a_pack_with_a_zone_of_nowhere_is_refused(tmp_path: Path, name: str) -> None:
    """With its place, as everything that is wrong in a pack."""
    folder = tmp_path / "us-ca"
    folder.mkdir()
    said = (PACKS / "us-ca" / "jurisdiction.yaml").read_text(encoding="utf-8")
    said = said.replace("America/Los_Angeles", name).replace("office: us-office\n", "")
    (folder / "jurisdiction.yaml").write_text(said, encoding="utf-8")

    with pytest.raises(PackError, match="a zone of the tz database, as America/Chicago"):
        zone_of(folder)
