"""Two people for a void: who asks, and who agrees."""

from collections.abc import Collection

from taxkit.errors import forbidden


def check_second_person(decider: str, involved: Collection[str], what: str) -> None:
    """Refuse who had a hand in it already; letter case and spaces do not make another person."""
    if _plain(decider) in {_plain(one) for one in involved}:
        raise forbidden(
            "SECOND_PERSON_NEEDED",
            f"{decider} had a hand in this already: {what} by somebody else",
        )


def _plain(user: str) -> str:
    return user.strip().casefold()
