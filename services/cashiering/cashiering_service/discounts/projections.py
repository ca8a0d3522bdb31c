"""Cashiering's read copies for discounts: programs, and proofs that are on file."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields, validate

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import Rounding
from taxkit.rows import Columns

_RATE = validate.Regexp(r"^0?\.\d{1,20}$")
_TIME = validate.Regexp(r"^(([01]\d|2[0-3]):[0-5]\d)?$")
_ROUNDINGS = validate.OneOf([each.value for each in Rounding])
_DAYS = validate.Range(0, 100_000)


class PeriodSeen(ReaderSchema):
    rate = fields.String(required=True, validate=_RATE)
    first_day = fields.Date(required=True, allow_none=True)
    last_day = fields.Date(required=True, allow_none=True)
    days_after_notice = fields.Integer(required=True, allow_none=True, validate=_DAYS)
    months_after_notice = fields.Integer(required=True, allow_none=True, validate=_DAYS)
    days_after_correction = fields.Integer(required=True, allow_none=True, validate=_DAYS)


class DiscountProgramSeen(ReaderSchema):
    tax_year = fields.Integer(required=True, strict=True, validate=validate.Range(1, 9999))
    program = fields.String(required=True)
    offered = fields.Boolean(required=True)
    automatic = fields.Boolean(required=True)
    periods = fields.List(fields.Nested(PeriodSeen), required=True)
    weekend = fields.String(required=True)
    cut_off = fields.String(required=True, validate=_TIME)
    rounding = fields.String(required=True, validate=_ROUNDINGS)
    classes = fields.List(fields.String(), required=True)
    fee_codes = fields.List(fields.String(), required=True)
    specials = fields.Boolean(required=True)
    good_standing = fields.Boolean(required=True)
    excluded_flags = fields.List(fields.String(), required=True)
    proofs = fields.List(fields.String(), required=True)
    stacks_with = fields.List(fields.String(), required=True)


class DiscountProofFiledSeen(ReaderSchema):
    proof_id = fields.UUID(required=True)
    parcel_number = fields.String(required=True)
    kind = fields.String(required=True)
    valid_from = fields.Date(required=True)
    valid_through = fields.Date(required=True, allow_none=True)


_PROGRAMS = Columns({"tax_year": "integer", "program": "text", "told": "jsonb"})
_PROOFS = Columns(
    {
        "proof_id": "uuid",
        "parcel_number": "text",
        "kind": "text",
        "valid_from": "date",
        "valid_through": "date",
    }
)


def on_program_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each program of each tax year as told last."""
    newest = {(event.data["tax_year"], event.data["program"]): event.data for event in events}
    rows = [(*key, json.dumps(_told(said))) for key, said in sorted(newest.items())]
    _PROGRAMS.insert(
        work.connection,
        "discount_programs",
        rows,
        "on conflict (tax_year, program) do update set told = excluded.told",
    )


def on_proof_filed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep that a proof is on file, and from when until when."""
    rows = [tuple(event.data[name] for name in _PROOFS.types) for event in events]
    _PROOFS.insert(work.connection, "discount_proofs", rows, "on conflict do nothing")


def _told(said: Mapping[str, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(one) for one in value]
        if isinstance(value, dict):
            return {name: plain(one) for name, one in value.items()}
        return value.isoformat() if hasattr(value, "isoformat") else value

    return {name: plain(value) for name, value in said.items()}


DISCOUNT_PROGRAM_CHANGED = Subscription(
    owner="receivables",
    event="DiscountProgramChanged.v1",
    method="on_discount_program_changed",
    schema=DiscountProgramSeen(),
    handle=on_program_changed,
    ordering=Ordering.NEWEST,
)
DISCOUNT_PROOF_FILED = Subscription(
    owner="receivables",
    event="DiscountProofFiled.v1",
    method="on_discount_proof_filed",
    schema=DiscountProofFiledSeen(),
    handle=on_proof_filed,
    ordering=Ordering.ANY,
)
