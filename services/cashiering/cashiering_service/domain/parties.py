"""Who has to do with a parcel, as levy's register told it."""

from collections.abc import Sequence
from dataclasses import dataclass

TAXPAYER = "taxpayer"
DEEDED_OWNER = "deeded_owner"
ACCOUNT_CONTACT = "account_contact"
LENDER = "lender"


@dataclass(frozen=True, slots=True)
class PartyKnown:
    role: str
    name: str
    email: str | None = None
    # Of a lender.
    lender_code: str = ""


@dataclass(frozen=True, slots=True)
class Parties:
    """All of a parcel, the first of each role before others of it."""

    known: Sequence[PartyKnown] = ()
    # Who is shown where one name has room.
    primary_owner: PartyKnown | None = None

    def first(self, role: str) -> PartyKnown | None:
        return next((one for one in self.known if one.role == role), None)

    @property
    def current_owner(self) -> PartyKnown | None:
        """Whose the parcel is by its deed, else who is taxed for it."""
        return self.first(DEEDED_OWNER) or self.first(TAXPAYER)


UNKNOWN = Parties()
