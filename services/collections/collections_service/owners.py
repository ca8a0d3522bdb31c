"""Whose a parcel is now, where mail reaches them, what exempts it: a read copy of the register."""

import json
from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns


class PartySeen(ReaderSchema):
    name = fields.String(required=True)
    email = fields.String(load_default="", allow_none=True)
    mailing_address = fields.String(load_default="", allow_none=True)


class ExemptionSeen(ReaderSchema):
    code = fields.String(required=True)


class PartiesChangedSeen(ReaderSchema):
    parcel_number = fields.String(required=True)
    property_type = fields.String(load_default="", allow_none=True)
    exemptions = fields.List(fields.Nested(ExemptionSeen), load_default=list)
    primary_owner = fields.Nested(PartySeen, load_default=None, allow_none=True)


_OWNERS = Columns(
    {
        "parcel_number": "text",
        "name": "text",
        "email": "text",
        "mailing_address": "text",
        "property_type": "text",
        "exemption_codes": "jsonb",
    }
)
_NEWER = """
on conflict (parcel_number) do update set name = excluded.name, email = excluded.email,
    mailing_address = excluded.mailing_address, property_type = excluded.property_type,
    exemption_codes = excluded.exemption_codes
"""


def on_parties_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep what was last told of each parcel; one without an owner has an empty name."""
    rows = {
        given["parcel_number"]: (
            given["parcel_number"],
            *((owner[name] or "") for name in ("name", "email", "mailing_address")),
            given["property_type"] or "",
            json.dumps([each["code"] for each in given["exemptions"]]),
        )
        for event in events
        for given in (event.data,)
        for owner in (given["primary_owner"] or _NOBODY,)
    }
    _OWNERS.insert(work.connection, "owners", [rows[key] for key in sorted(rows)], _NEWER)


_NOBODY = {"name": "", "email": "", "mailing_address": ""}
PARTIES_CHANGED = Subscription(
    owner="levy",
    event="PartiesChanged.v1",
    method="on_parties_changed",
    schema=PartiesChangedSeen(),
    handle=on_parties_changed,
    ordering=Ordering.NEWEST,
)
