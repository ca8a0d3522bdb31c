"""Two people for a void: who asks, and who agrees."""

from collections.abc import Collection

from taxkit.errors import forbidden
from taxkit.persons import is_among


def check_second_person(decider: str, involved: Collection[str], what: str) -> None:
    """Refuse who had a hand in it already."""
    if is_among(decider, involved):
        raise forbidden(
            "SECOND_PERSON_NEEDED",
            f"{decider} had a hand in this already: {what} by somebody else",
        )
