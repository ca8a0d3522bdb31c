"""Two people where a rule asks for two: names as tokens write them, compared as people."""

from collections.abc import Iterable


def is_among(user: str, others: Iterable[str]) -> bool:
    """Tell whether somebody is one of some people; letter case and spaces make nobody another."""
    return _plain(user) in map(_plain, others)


def _plain(user: str) -> str:
    return user.strip().casefold()
