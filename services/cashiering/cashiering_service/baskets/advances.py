"""Advances in a basket: money for a parcel or an escrow account, without any balance (CASH-069)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from cashiering_service.baskets import party_projections, retired_parcels
from cashiering_service.baskets import store as basket_store
from cashiering_service.domain.basket import Basket, LineKind, NewLine, Subject
from cashiering_service.domain.basket_terms import BasketTerms
from cashiering_service.domain.lookup import PRE_PAY, Lookup
from cashiering_service.domain.parties import ACCOUNT_CONTACT, TAXPAYER, PartyKnown
from cashiering_service.domain.paying import Wish
from cashiering_service.domain.receipt import LINES_MAX
from cashiering_service.till import held_store
from taxkit.errors import invalid, not_found
from taxkit.money import CENTS_MAX

ESCROW = "escrow"


def advance_line(
    connection: Connection, basket: Basket, lookup: Lookup, terms: BasketTerms
) -> NewLine:
    """The line an advance's keys ask for, of the parcel's present owner or contact (CASH-033)."""
    keys = lookup.keys
    cents = int(keys["amount"])
    if not 0 < cents <= CENTS_MAX:
        raise invalid("AMOUNT_OUT_OF_RANGE", "an advance is above $0.00", "keys.amount_cents")
    if lookup.service_type == PRE_PAY:
        return _pre_paid(connection, basket, keys, cents)
    advance_type = keys.get("advance_type", ESCROW if "escrow_account" in keys else "")
    if advance_type not in terms.advance_types:
        raise invalid(
            "ADVANCE_TYPE_UNKNOWN",
            f"{advance_type} is not one of {', '.join(terms.advance_types)}",
            "keys.advance_type",
        )
    if (advance_type == ESCROW) != ("escrow_account" in keys):
        raise invalid(
            "ADVANCE_TYPE_UNKNOWN", "escrow goes with an escrow account", "keys.advance_type"
        )
    details = {"advance_type": advance_type, "escrow_account": keys.get("escrow_account", "")}
    subject = _subject(connection, keys, by_owner=terms.use_current_owner)
    return NewLine(
        LineKind.ADVANCE,
        lookup.service_type,
        subject,
        Wish(basket.effective_on, cents),
        details=details,
    )


def _pre_paid(
    connection: Connection, basket: Basket, keys: Mapping[str, str], cents: int
) -> NewLine:
    """Money for a pre-pay plan, of whoever is named (CASH-070)."""
    found = _subject(connection, {"parcel_number": keys["parcel_number"]}, by_owner=False)
    return NewLine(
        LineKind.ADVANCE,
        PRE_PAY,
        replace(found, owner_name=keys["payer_name"]),
        Wish(basket.effective_on, cents),
        details={
            "advance_type": PRE_PAY,
            "escrow_account": "",
            "plan_number": keys["plan_number"],
        },
    )


def _subject(connection: Connection, keys: Mapping[str, str], *, by_owner: bool) -> Subject:
    """Whose account it is: its contact, or where that is set the parcel's present owner."""
    tax_year = int(keys["tax_year"]) if "tax_year" in keys else None
    if "parcel_number" not in keys and "ain" not in keys:
        contact = held_store.contact(connection, keys["escrow_account"])
        return Subject("", tax_year=tax_year, owner_name=contact)
    account = {key: keys[key] for key in ("parcel_number", "ain") if key in keys}
    bills: Any = basket_store.bills_by_keys(connection, account, LINES_MAX)
    if bills:
        account = {"parcel_number": bills[-1].parcel_number}
    known, told = party_projections.by_keys(connection, account)
    number = bills[-1].parcel_number if bills else known
    if not number:
        raise not_found("PARCEL_NOT_FOUND", f"no account is known by {account}")
    if current := retired_parcels.in_place_of(connection, number):
        retired_parcels.refuse(number, current, "pay ahead there")
    party = told.current_owner if by_owner else told.first(ACCOUNT_CONTACT)
    if party is None and by_owner and bills:
        party = PartyKnown(TAXPAYER, bills[-1].owner_name, bills[-1].owner_email)
    return Subject(
        number,
        tax_year=tax_year,
        owner_name=party.name if party else "",
        owner_email=party.email if party else None,
    )
