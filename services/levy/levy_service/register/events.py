"""The events of the register: who has to do with a parcel now, and what a lender's code means."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import fields, validate

from levy_service.domain.register import Party, Role, Saying, state_on
from taxkit.contracts import EventSchema, EventType

_ANY = validate.Range(min=0)


class RegisteredPartyV1(EventSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    mailing_address = fields.String(required=True)
    # Of a lender.
    lender_code = fields.String(required=True)


class HolderV1(EventSchema):
    role = fields.String(required=True, validate=validate.OneOf(list(Role)))
    party = fields.Nested(RegisteredPartyV1, required=True)
    since = fields.Date(required=True)


class RegisteredExemptionV1(EventSchema):
    code = fields.String(required=True)
    amount_dollars = fields.Integer(required=True, strict=True, allow_none=True, validate=_ANY)


class PartiesChangedV1(EventSchema):
    parcel_number = fields.String(required=True)
    version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    as_of = fields.Date(required=True)
    ain = fields.String(required=True)
    property_type = fields.String(required=True)
    district = fields.String(required=True)
    tax_code = fields.String(required=True)
    situs_address = fields.String(required=True)
    exemptions = fields.List(fields.Nested(RegisteredExemptionV1), required=True)
    # Who is what of it on that day; of a role without anybody there is none.
    parties = fields.List(fields.Nested(HolderV1), required=True)
    # Who is shown where one name has room; without legal meaning.
    primary_owner = fields.Nested(RegisteredPartyV1, required=True, allow_none=True)
    effective_on = fields.Date(required=True)
    changed_by = fields.String(required=True)
    reason = fields.String(required=True)


PARTIES_CHANGED = EventType(
    owner="levy",
    name="PartiesChanged",
    subject="register/{parcel_number}",
    schema=PartiesChangedV1,
    doc="Something was recorded of a parcel or of who has to do with it. Tells all that is so now,"
    " the newest counts. A change from a past day on may leave that as it was.",
    example={
        "parcel_number": "13264290020000",
        "version": 3,
        "as_of": "2022-11-14",
        "ain": "4081-017",
        "property_type": "211",
        "district": "Jefferson",
        "tax_code": "71163",
        "situs_address": "2901 W Logan Blvd, Chicago",
        "exemptions": [{"code": "homeowner", "amount_dollars": None}],
        "parties": [
            {
                "role": "taxpayer",
                "party": {
                    "name": "Imogen Vale",
                    "email": "imogen.vale@example.org",
                    "mailing_address": "PO Box 12, Chicago",
                    "lender_code": "",
                },
                "since": "2021-01-01",
            },
            {
                "role": "lender",
                "party": {
                    "name": "Prairie Home Lending",
                    "email": "taxes@prairie.example",
                    "mailing_address": "",
                    "lender_code": "PHL",
                },
                "since": "2022-11-14",
            },
        ],
        "primary_owner": {
            "name": "Imogen Vale",
            "email": "imogen.vale@example.org",
            "mailing_address": "PO Box 12, Chicago",
            "lender_code": "",
        },
        "effective_on": "2022-11-14",
        "changed_by": "assessor",
        "reason": "mortgage recorded",
    },
)


class LenderChangedV1(EventSchema):
    lender_code = fields.String(required=True)
    version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    mailing_address = fields.String(required=True)
    registered_by = fields.String(required=True)
    reason = fields.String(required=True)


LENDER_CHANGED = EventType(
    owner="levy",
    name="LenderChanged",
    subject="lender/{lender_code}",
    schema=LenderChangedV1,
    doc="What a lender's code stands for from now on.",
    example={
        "lender_code": "PHL",
        "version": 1,
        "name": "Prairie Home Lending",
        "email": "taxes@prairie.example",
        "mailing_address": "1 Bank Plaza, Springfield",
        "registered_by": "assessor",
        "reason": "new servicer",
    },
)

PUBLISHED = (PARTIES_CHANGED, LENDER_CHANGED)


def parties_changed(
    parcel_number: str, sayings: list[Saying], today: date, said: Mapping[str, str]
) -> dict[str, Any]:
    """What is told of a parcel, all sayings with the last in them; `said` is of that one."""
    state = state_on(sayings, today)
    owner = state.primary_owner
    texts = ("ain", "property_type", "district", "tax_code", "situs_address")
    return {
        "parcel_number": parcel_number,
        "version": max(one.number for one in sayings),
        "as_of": today.isoformat(),
        **{name: state.facts.get(name, "") for name in texts},
        "exemptions": state.facts.get("exemptions", []),
        "parties": [
            {"role": role.value, "party": _party(one), "since": state.since[role].isoformat()}
            for role in Role
            for one in state.parties.get(role, ())
        ],
        "primary_owner": _party(owner) if owner else None,
        **said,
    }


def _party(one: Party) -> dict[str, str | None]:
    return {
        "name": one.name,
        "email": one.email or None,
        "mailing_address": one.mailing_address,
        "lender_code": one.lender_code,
    }
