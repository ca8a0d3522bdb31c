"""The only place that reads the wall clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

# Of a clock that nobody told where it is: in tests, and for tools of no county.
COUNTY_ZONE = ZoneInfo("America/Chicago")


def zone_named(name: str) -> ZoneInfo:
    """Give the zone of a name, as America/Chicago."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r}, which is no time zone; one is America/Chicago") from error


class Clock(Protocol):
    @property
    def zone(self) -> ZoneInfo:
        """Where the county is."""
        ...

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...

    def today(self) -> date:
        """The county's calendar date."""
        ...

    def date_of(self, moment: datetime) -> date:
        """The county's calendar date at a moment."""
        ...

    def time_of(self, moment: datetime) -> time:
        """What the county's clocks show at a moment."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    zone: ZoneInfo = COUNTY_ZONE

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - this is the clock

    def today(self) -> date:
        return self.date_of(self.now())

    def date_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def time_of(self, moment: datetime) -> time:
        return moment.astimezone(self.zone).time()


@dataclass(slots=True)
class FixedClock:
    """A clock that stands where it is set: for tests and simulation."""

    moment: datetime
    zone: ZoneInfo = COUNTY_ZONE

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return self.date_of(self.moment)

    def date_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def time_of(self, moment: datetime) -> time:
        return moment.astimezone(self.zone).time()
