"""A parcel's value as it is asked to become: computed where it is left to the law, and judged."""

import re
from dataclasses import dataclass
from typing import Final

from levy_service.domain.billing import CannotBill
from levy_service.domain.parcel_extras import completed
from levy_service.domain.roll import Finding, ParcelRow
from levy_service.domain.valuation import Claim, Reached, ValueTerms
from levy_service.domain.value_caps import CapClaim, limits
from taxkit.money import CENTS_MAX

NOTE_MAX: Final = 150
_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register has of a parcel in a tax year."""

    value_dollars: int
    net_value_dollars: int
    property_class: str
    # How far its value may rise this year, as its roll or a change told it last.
    caps: tuple[CapClaim, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedValue:
    """A row as it was sent; figures that are None were left out."""

    row: int
    parcel_number: str
    value_dollars: int | None = None
    net_value_dollars: int | None = None
    # The net value follows from the value and the claims.
    is_computed: bool = False
    claims: tuple[Claim, ...] = ()
    note: str = ""
    # None: those it has.
    caps: tuple[CapClaim, ...] | None = None

    @property
    def at(self) -> str:
        return f"rows[{self.row}]"


@dataclass(frozen=True, slots=True)
class NewFigures:
    """What the register is to have."""

    value_dollars: int
    net_value_dollars: int
    # How the net value came about, where it was computed.
    steps: tuple[Reached, ...] = ()
    # All the parcel has from now on; None: those it had.
    exemptions: tuple[Claim, ...] | None = None
    caps: tuple[CapClaim, ...] | None = None


def figures(
    asked: AskedValue, known: Registered, terms: ValueTerms
) -> tuple[NewFigures | None, list[Finding]]:
    """What a parcel's value becomes, or everything that is wrong with the row."""
    found = [*_amounts(asked), *note_findings(asked.note, f"{asked.at}.note")]
    value = known.value_dollars if asked.value_dollars is None else asked.value_dollars
    if found:
        return None, found
    parcel, slips = completed(_as_parcel(asked, known, value), terms)
    net = parcel.net_value_dollars
    if not slips and net > value:
        message = f"net value {net} is more than the value {value}: exemptions only lower it"
        slips = [Finding("BAD_VALUE", f"{asked.at}.net_value_dollars", message)]
    slips = slips or _above_caps(asked, known, terms)
    if slips:
        return None, [_of_row(each) for each in slips]
    # A net value that is not computed says nothing of what it is less by.
    exemptions = asked.claims if asked.is_computed else None
    return NewFigures(value, net, parcel.value_steps, exemptions, asked.caps), []


def _above_caps(asked: AskedValue, known: Registered, terms: ValueTerms) -> list[Finding]:
    """A net value that is told, and not computed, is within the parcel's caps all the same."""
    if asked.is_computed or not known.caps:
        return []
    place = f"{asked.at}.net_value_dollars"
    try:
        reached = limits(known.caps, terms.caps or {})
    except CannotBill as problem:
        return [Finding(problem.reason.value, place, problem.message[:300])]
    code, most = min(reached, key=lambda each: each[1])
    if (asked.net_value_dollars or 0) <= most:
        return []
    message = f"{asked.net_value_dollars} is more than {most}, which {code} lets the value be"
    return [Finding("BAD_VALUE_CAP", place, message)]


def note_findings(note: str, place: str) -> list[Finding]:
    if len(note) <= NOTE_MAX and not _CONTROL_CHARACTER.search(note):
        return []
    message = f"at most {NOTE_MAX} characters, none of them a control one"
    return [Finding("TEXT_INVALID", place, message)]


def _amounts(asked: AskedValue) -> list[Finding]:
    found = []
    for name in ("value_dollars", "net_value_dollars"):
        amount: int | None = getattr(asked, name)
        if amount is not None and not 0 <= amount <= CENTS_MAX:
            message = f"{amount} is not from 0 to {CENTS_MAX}"
            found.append(Finding("BAD_VALUE", f"{asked.at}.{name}", message))
    if asked.is_computed is (asked.net_value_dollars is not None):
        message = "send the net value, or have it computed: one of the two"
        found.append(Finding("BAD_VALUE", f"{asked.at}.net_value_dollars", message))
    return found


def _as_parcel(asked: AskedValue, known: Registered, value: int) -> ParcelRow:
    return ParcelRow(
        asked.row, asked.parcel_number, "", known.property_class, "", value,
        asked.net_value_dollars or 0, 0, "", None,
        is_valued=not asked.is_computed, claims=asked.claims, value_caps=_caps(asked, known),
    )  # fmt: skip


def _caps(asked: AskedValue, known: Registered) -> tuple[CapClaim, ...]:
    """What limits the value: what the row says, else what the parcel has of a computed one."""
    if asked.caps is not None:
        return asked.caps
    return known.caps if asked.is_computed else ()


def _of_row(found: Finding) -> Finding:
    """A roll's finding in the place of this batch's row."""
    return Finding(found.reason, found.place.replace("parcels[", "rows["), found.message)
