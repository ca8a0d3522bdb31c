"""Who pays: the taxpayer unless somebody is named, typed or by a lender's code."""

from collections.abc import Mapping
from dataclasses import replace

from cashiering_service.domain.basket import Basket, Line, LineKind, Payer, changed
from cashiering_service.domain.parties import (
    DEEDED_OWNER,
    TAXPAYER,
    UNKNOWN,
    Parties,
    PartyKnown,
)

PartiesOf = Mapping[str, Parties]


def default_payer(basket: Basket, parties: PartiesOf) -> Basket:
    """Name whoever pays the first line by default when nobody was named yet (CASH-033)."""
    if basket.payer.name or not basket.lines:
        return basket
    return replace(basket, payer=payer_of(basket.lines[0], parties))


def payer_of(line: Line, parties: PartiesOf) -> Payer:
    """Of a bill its taxpayer: the register's, else whom it was issued to; else the deeded owner.

    Of an advance whoever its line was made for: the account's contact or the present owner.
    """
    if line.kind is LineKind.ADVANCE:
        return _named_by(line)
    known = parties.get(line.subject.parcel_number, UNKNOWN)
    told = known.first(TAXPAYER)
    if told is None and not line.subject.owner_name:
        told = known.first(DEEDED_OWNER)
    return _of(told) if told else _named_by(line)


def owner_of(line: Line, parties: PartiesOf) -> Payer:
    """A line's primary owner; whether it is them is not verified by that."""
    shown = parties.get(line.subject.parcel_number, UNKNOWN).primary_owner
    return _of(shown) if shown else _named_by(line)


def set_payer(basket: Basket, payer: Payer) -> Basket:
    return changed(basket, payer=payer)


def _named_by(line: Line) -> Payer:
    return Payer(line.subject.owner_name, line.subject.owner_email)


def _of(party: PartyKnown) -> Payer:
    return Payer(party.name, party.email)
