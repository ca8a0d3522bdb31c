"""What is known of a parcel on a day: the fold of all that was ever said of it (LEVY-001)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final


class Role(StrEnum):
    TAXPAYER = "taxpayer"
    DEEDED_OWNER = "deeded_owner"
    # Who is shown where one name has room; it says nothing in law.
    PRIMARY_OWNER = "primary_owner"
    ACCOUNT_CONTACT = "account_contact"
    LENDER = "lender"


# A deed may name many; of the others there is one at a time.
PARTIES_MAX: Final[Mapping[Role, int]] = {
    **dict.fromkeys(Role, 1),
    Role.DEEDED_OWNER: 20,
}
_TEXT_MAX: Final = 200
_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Party:
    name: str
    email: str = ""
    mailing_address: str = ""
    # Of a lender.
    lender_code: str = ""


@dataclass(frozen=True, slots=True)
class Saying:
    """What a roll (number below 1) or a change says of a parcel, from a day on."""

    effective_on: date
    number: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    # A role that is named without anybody is nobody's from then on.
    parties: Mapping[Role, tuple[Party, ...]] = field(default_factory=dict)

    @property
    def rank(self) -> tuple[date, int]:
        """The later day counts; of one day a change before a roll, the later one before others."""
        return self.effective_on, self.number

    @property
    def is_roll(self) -> bool:
        return self.number < 1


@dataclass(frozen=True, slots=True)
class ParcelState:
    facts: Mapping[str, Any]
    parties: Mapping[Role, tuple[Party, ...]]
    since: Mapping[Role, date]

    @property
    def primary_owner(self) -> Party | None:
        """The choice, else the first deeded owner, else the taxpayer."""
        for role in (Role.PRIMARY_OWNER, Role.DEEDED_OWNER, Role.TAXPAYER):
            if self.parties.get(role):
                return self.parties[role][0]
        return None


def state_on(sayings: Iterable[Saying], on: date) -> ParcelState:
    """Each fact and each role as it was last said up to a day; the order of arrival is nothing."""
    facts: dict[str, Any] = {}
    parties: dict[Role, tuple[Party, ...]] = {}
    since: dict[Role, date] = {}
    for one in sorted(sayings, key=lambda each: each.rank):
        if one.effective_on > on:
            break
        facts |= one.facts
        for role, holders in one.parties.items():
            if one.is_roll and _same_names(parties.get(role, ()), holders):
                continue
            if parties.get(role) != holders:
                since[role] = one.effective_on
            parties[role] = holders
    return ParcelState(
        {name: value for name, value in facts.items() if value},
        {role: holders for role, holders in parties.items() if holders},
        since,
    )


def _same_names(before: Sequence[Party], after: Sequence[Party]) -> bool:
    """A roll that names who is on record knows less of them than the record."""
    return [one.name for one in before] == [one.name for one in after]


def changes_anything(sayings: Sequence[Saying], new: Saying) -> bool:
    """Whether a parcel is another on the day of a change than it was."""
    before = state_on(sayings, new.effective_on)
    after = state_on([*sayings, new], new.effective_on)
    return (before.facts, before.parties) != (after.facts, after.parties)


@dataclass(frozen=True, slots=True)
class Slip:
    """What is wrong with a party as it was sent: `place` is within it, as "taxpayer[1].name"."""

    reason: str
    place: str
    message: str


def slips(role_name: str, parties: Sequence[Party]) -> Iterator[Slip]:
    """Everything that is wrong with a role and who is said to be in it."""
    if role_name not in set(Role):
        message = f"{role_name[:40]!r} is not one of {', '.join(Role)}"
        yield Slip("ROLE_UNKNOWN", "role", message)
        return
    role = Role(role_name)
    if len(parties) > PARTIES_MAX[role]:
        message = f"{len(parties)} parties: a parcel has at most {PARTIES_MAX[role]} of {role}"
        yield Slip("TOO_MANY_PARTIES", role, message)
    for place, party in enumerate(parties[: PARTIES_MAX[role]], start=1):
        yield from _party_slips(role, party, f"{role}[{place}]")


def _party_slips(role: Role, party: Party, at: str) -> Iterator[Slip]:
    for name in ("name", "email", "mailing_address", "lender_code"):
        yield from text_slips(getattr(party, name), f"{at}.{name}")
    if role is Role.LENDER:
        if not party.lender_code or party.name or party.email or party.mailing_address:
            message = "a lender is named by its code alone: what it stands for is registered once"
            yield Slip("LENDER_BY_CODE", f"{at}.lender_code", message)
    elif party.lender_code:
        yield Slip("LENDER_BY_CODE", f"{at}.lender_code", f"a {role} has a name and no code")
    elif not party.name.strip():
        yield Slip("TEXT_MISSING", f"{at}.name", "it is empty")


def text_slips(text: str, at: str) -> Iterator[Slip]:
    if len(text) > _TEXT_MAX or _CONTROL_CHARACTER.search(text):
        message = f"at most {_TEXT_MAX} characters, none of them a control one"
        yield Slip("TEXT_INVALID", at, message)
