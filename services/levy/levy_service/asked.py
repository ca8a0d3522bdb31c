"""Who asks levy for something, and in which trace."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    user: str
    traceparent: str
