"""How long to wait for company: not at all for what comes alone, longest in a stream."""

import math
from dataclasses import dataclass

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
        per_second = self._seen * self._fade(now) / _MEMORY_SECONDS
        return self.longest * min(per_second / _STREAM_PER_SECOND, 1)

    def _fade(self, now: float) -> float:
        return math.exp(-max(now - self._at, 0) / _MEMORY_SECONDS)
