"""Special assessments that moved bills ask for: whether they go along is a person's to say."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.specials import placing
from levy_service.specials.steps import By
from taxkit.errors import Refusal

GO, STAY = "go", "stay"
ANSWERS: Final = ("", GO, STAY)
_NAMED_MAX: Final = 5


class Wanted(Protocol):
    """What of a move counts here."""

    @property
    def versions(self) -> Mapping[UUID, int]: ...
    @property
    def parcel_number(self) -> str: ...
    @property
    def specials(self) -> str: ...
    @property
    def moved_on(self) -> Any: ...
    @property
    def reason(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def traceparent(self) -> str: ...


def decided(connection: Connection, wanted: Wanted) -> Sequence[Any]:
    """The assessments that go along, locked; refused while nobody has said whether they do.

    A home that is moved leaves the land's assessment behind, a number given to the same land does
    not: the bills cannot tell.
    """
    if not wanted.parcel_number or wanted.specials == STAY:
        return []
    found = placing.on_bills(connection, wanted.versions, wanted.parcel_number)
    if found and wanted.specials != GO:
        named = ", ".join(row.assessment_number for row in found[:_NAMED_MAX])
        raise Refusal(
            "SPECIALS_UNDECIDED",
            f"the bills ask for special assessments that are not on {wanted.parcel_number}:"
            f" {named}; say whether they go along or stay",
            metadata={"assessment_numbers": named},
        )
    return found


def follow(app: LevyApp, connection: Connection, specials: Sequence[Any], wanted: Wanted) -> None:
    """Put them where their bills are now."""
    by = By(wanted.user, wanted.reason, wanted.moved_on, wanted.traceparent)
    placing.move(app, connection, specials, wanted.parcel_number, by)
