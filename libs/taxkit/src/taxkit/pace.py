"""What to wait for: company, longest in a stream; and for a stream to be over."""

import math
from dataclasses import dataclass, field

# So many a second are a stream, in which gathering spares more time than it takes.
_STREAM_PER_SECOND = 100
_MEMORY_SECONDS = 0.5


@dataclass(slots=True)
class Pace:
    """Remembers how much came of late. Times are a monotonic clock's, in seconds."""

    longest: float
    _seen: float = 0.0
    _at: float = 0.0

    def note(self, count: int, now: float) -> None:
        """So many came just now."""
        self._seen = self._seen * self._fade(now) + count
        self._at = now

    def wait(self, now: float) -> float:
        """Seconds to wait before taking what is there."""
        return self.longest * min(self.per_second(now) / _STREAM_PER_SECOND, 1)

    def per_second(self, now: float) -> float:
        """How many came a second, of late."""
        return self._seen * self._fade(now) / _MEMORY_SECONDS

    def _fade(self, now: float) -> float:
        return math.exp(-max(now - self._at, 0) / _MEMORY_SECONDS)


# So many waits in a row for which nobody came late, and waiting is given up for a while.
_FUTILE_MAX = 6
_REST_SECONDS, _REST_SECONDS_MAX = 15.0, 60.0


@dataclass(slots=True)
class Patience:
    """A pace that gives up waiting where it brings nobody.

    Callers who wait for an answer before they ask again look like a stream, but nobody comes
    while they are kept waiting. They come at once or not at all: so what counts is who came in
    the second half of a wait.
    """

    pace: Pace
    _futile: int = 0
    _rest: float = _REST_SECONDS
    _until: float = -math.inf

    def note(self, count: int, now: float) -> None:
        self.pace.note(count, now)

    def wait(self, now: float) -> float:
        """Seconds to wait before taking what is there."""
        return 0.0 if now < self._until else self.pace.wait(now)

    def judge(self, now: float, *, came_late: bool) -> None:
        """After a wait: whether somebody came in its second half."""
        if came_late:
            self._futile, self._rest = 0, _REST_SECONDS
            return
        self._futile += 1
        if self._futile == _FUTILE_MAX:
            self._futile, self._until = 0, now + self._rest
            self._rest = min(2 * self._rest, _REST_SECONDS_MAX)


# A stream for whom anything beside it is in the way.
_BUSY_PER_SECOND = 25
_LONGEST_PUT_OFF_SECONDS = 600.0


@dataclass(slots=True)
class Leisure:
    """When to do what can wait: between streams, and after ten minutes of one all the same."""

    _came: Pace = field(default_factory=lambda: Pace(longest=0))
    _put_off_since: float | None = None

    def note(self, count: int, now: float) -> None:
        """So many came just now."""
        self._came.note(count, now)

    def is_there(self, now: float) -> bool:
        """Whether now is the time for it."""
        if self._came.per_second(now) < _BUSY_PER_SECOND:
            self._put_off_since = None
            return True
        if self._put_off_since is None:
            self._put_off_since = now
        if now - self._put_off_since < _LONGEST_PUT_OFF_SECONDS:
            return False
        self._put_off_since = now
        return True
