"""What cashiering keeps of levy's register: parties of parcels, alternate numbers, lenders."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import Connection

from cashiering_service.domain.parties import UNKNOWN, Parties, PartyKnown
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns

_TEXT = validate.Length(max=1000)
_VERSION = validate.Range(1, 2**31 - 1)


class PartySeen(ReaderSchema):
    name = fields.String(required=True, validate=_TEXT)
    email = fields.String(required=True, allow_none=True, validate=_TEXT)
    lender_code = fields.String(load_default="", validate=_TEXT)


class HolderSeen(ReaderSchema):
    role = fields.String(required=True, validate=_TEXT)
    party = fields.Nested(PartySeen, required=True)


class PartiesChangedSeen(ReaderSchema):
    parcel_number = fields.String(required=True, validate=_TEXT)
    version = fields.Integer(required=True, strict=True, validate=_VERSION)
    ain = fields.String(load_default="", validate=_TEXT)
    parties = fields.List(fields.Nested(HolderSeen), required=True)
    primary_owner = fields.Nested(PartySeen, load_default=None, allow_none=True)


class LenderChangedSeen(ReaderSchema):
    lender_code = fields.String(required=True, validate=_TEXT)
    version = fields.Integer(required=True, strict=True, validate=_VERSION)
    name = fields.String(required=True, validate=_TEXT)
    email = fields.String(required=True, allow_none=True, validate=_TEXT)


_PARTIES = Columns(
    {
        "parcel_number": "text",
        "version": "integer",
        "ain": "text",
        "parties": "jsonb",
        "primary_owner": "jsonb",
    }
)
_NEWER = """
on conflict (parcel_number) do update set version = excluded.version, ain = excluded.ain,
    parties = excluded.parties, primary_owner = excluded.primary_owner
"""
_KEYS = Columns({"kind": "text", "value": "text", "parcel_number": "text"})
_LENDERS = Columns(
    {"lender_code": "text", "name": "text", "email": "text", "register_version": "integer"}
)
_REGISTERED = """
on conflict (lender_code) do update set name = excluded.name, email = excluded.email,
    register_version = excluded.register_version
"""


def on_parties_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep what was last told of each parcel; its alternate number leads to it from then on."""
    newest = {event.data["parcel_number"]: event.data for event in events}
    rows = [
        (
            number, given["version"], given["ain"],
            json.dumps([_row(one["role"], one["party"]) for one in given["parties"]]),
            json.dumps(_row("", given["primary_owner"])) if given["primary_owner"] else None,
        )
        for number, given in sorted(newest.items())
    ]  # fmt: skip
    _PARTIES.insert(work.connection, "parcel_parties", rows, _NEWER)
    keys = [("ain", given["ain"], number) for number, given in newest.items() if given["ain"]]
    _KEYS.insert(work.connection, "account_keys", sorted(keys), "on conflict do nothing")


def _row(role: str, party: Mapping[str, Any]) -> list[object]:
    return [role, party["name"], party["email"], party["lender_code"]]


def on_lender_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """What the register says of a code is what it means here, too (CASH-034)."""
    newest = {event.data["lender_code"]: event.data for event in events}
    rows = [
        (code, given["name"], given["email"], given["version"])
        for code, given in sorted(newest.items())
    ]
    _LENDERS.insert(work.connection, "lenders", rows, _REGISTERED)


def of_row(row: Any) -> Parties:
    """A parcel's parties as its row has them; nobody where there is none."""
    shown = row.primary_owner
    return Parties(
        tuple(PartyKnown(*one) for one in row.parties or ()),
        PartyKnown(*shown) if shown else None,
    )


def of_parcels(connection: Connection, parcel_numbers: Sequence[str]) -> dict[str, Parties]:
    """The parties of parcels that the register told of."""
    rows = connection.exec_driver_sql(
        "select parcel_number, parties, primary_owner from parcel_parties"
        " where parcel_number = any(%s::text[])",
        (list(parcel_numbers),),
    )
    return {row.parcel_number: of_row(row) for row in rows}


def with_lenders(connection: Connection, told: Mapping[str, Parties]) -> Mapping[str, Parties]:
    """The same with lenders as their codes stand for them now; asked only where there are any."""
    codes = {one.lender_code for parties in told.values() for one in parties.known}
    if not any(codes):
        return told
    rows = connection.exec_driver_sql(
        "select lender_code, name, email from lenders where lender_code = any(%s::text[])",
        (sorted(codes),),
    )
    now = {row.lender_code: row for row in rows}
    return {
        number: replace(
            parties,
            known=tuple(
                replace(one, name=now[one.lender_code].name, email=now[one.lender_code].email)
                if one.lender_code in now
                else one
                for one in parties.known
            ),
        )
        for number, parties in told.items()
    }


def by_keys(connection: Connection, keys: Mapping[str, str]) -> tuple[str, Parties]:
    """The parcel that all of parcel_number and ain lead to, with its parties; "" when none does."""
    row = connection.exec_driver_sql(
        "select parcel_number, parties, primary_owner from parcel_parties"
        " where (%(parcel)s::text is null or parcel_number = %(parcel)s)"
        " and (%(ain)s::text is null or ain = %(ain)s) order by parcel_number limit 1",
        {"parcel": keys.get("parcel_number"), "ain": keys.get("ain")},
    ).one_or_none()
    return (row.parcel_number, of_row(row)) if row else ("", UNKNOWN)


PARTIES_CHANGED = Subscription(
    owner="levy",
    event="PartiesChanged.v1",
    method="on_parties_changed",
    schema=PartiesChangedSeen(),
    handle=on_parties_changed,
    ordering=Ordering.NEWEST,
)
LENDER_CHANGED = Subscription(
    owner="levy",
    event="LenderChanged.v1",
    method="on_lender_changed",
    schema=LenderChangedSeen(),
    handle=on_lender_changed,
    ordering=Ordering.NEWEST,
)
