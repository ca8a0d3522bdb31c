"""The only place that reads the wall clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...

    def today(self) -> date:
        """The county's calendar date."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    zone: ZoneInfo = ZoneInfo("America/Chicago")

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - this is the clock

    def today(self) -> date:
        return self.now().astimezone(self.zone).date()


@dataclass(slots=True)
class FixedClock:
    """A clock that stands where it is set: for tests and simulation."""

    moment: datetime
    zone: ZoneInfo = ZoneInfo("America/Chicago")

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return self.moment.astimezone(self.zone).date()
