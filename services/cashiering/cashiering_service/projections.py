"""Cashiering's read copy of what bills owe."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields, validate

from taxkit import together
from taxkit.arrays import packed
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX
from taxkit.rows import Columns

# What does not fit is parked for what it says, not for what the database says of it.
_CENTS = validate.Range(0, CENTS_MAX)
_NUMBER = validate.Range(1, 2**31 - 1)


class OwnerSeen(ReaderSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)


class CallSeen(ReaderSchema):
    from_on = fields.Date(required=True)
    due_on = fields.Date(required=True)


class InstallmentSeen(ReaderSchema):
    installment = fields.Integer(required=True, strict=True, validate=_NUMBER)
    due_on = fields.Date(required=True)
    # Only while a missed installment calls it due before its own day.
    called_due_on = fields.Date(load_default=None)
    # From when on it will be, if nothing is paid till then.
    call = fields.Nested(CallSeen, load_default=None)
    tax_open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    interest_open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    penalty_open_cents = fields.Integer(load_default=0, strict=True, validate=_CENTS)
    fee_open_cents = fields.Integer(load_default=0, strict=True, validate=_CENTS)
    defaulted_open_cents = fields.Integer(load_default=0, strict=True, validate=_CENTS)
    collection_type = fields.String(load_default="S")
    paid_cents = fields.Integer(load_default=0, strict=True, validate=_CENTS)


class FeeSeen(ReaderSchema):
    charge_code = fields.String(required=True)
    open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)


class DiscountingSeen(ReaderSchema):
    issued_on = fields.Date(required=True)
    bill_class = fields.String(required=True)
    billed_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    specials_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    corrected_on = fields.List(fields.Date(), required=True)


class BalanceChangedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    bill_version = fields.Integer(required=True, strict=True, validate=_NUMBER)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True, validate=validate.Range(1, 9999))
    owner = fields.Nested(OwnerSeen, required=True)
    open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    as_of = fields.Date(required=True)
    installments = fields.List(fields.Nested(InstallmentSeen), required=True)
    fees = fields.List(fields.Nested(FeeSeen), load_default=list)
    # Only where the county's law offers discounts.
    discounting = fields.Nested(DiscountingSeen, load_default=None)


_DUES = Columns(
    {
        "bill_id": "uuid",
        "bill_number": "text",
        "bill_version": "integer",
        "parcel_number": "text",
        "tax_year": "integer",
        "owner_name": "text",
        "owner_email": "text",
        "open_cents": "bigint",
        "installments": "jsonb",
        "as_of": "date",
        "discounting": "jsonb",
    }
)
_NEWER = """
on conflict (bill_id) do update set bill_version = excluded.bill_version,
    parcel_number = excluded.parcel_number, owner_name = excluded.owner_name,
    owner_email = excluded.owner_email, open_cents = excluded.open_cents,
    installments = excluded.installments, as_of = excluded.as_of,
    discounting = excluded.discounting
"""


def on_balance_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep the newest balance of each bill; of several in one batch only the last counts."""
    newest = {event.data["bill_id"]: event.data for event in events}
    rows = [
        (
            bill_id,
            given["bill_number"],
            given["bill_version"],
            given["parcel_number"],
            given["tax_year"],
            given["owner"]["name"],
            given["owner"]["email"],
            given["open_cents"],
            json.dumps([_installment(one) for one in given["installments"]]),
            given["as_of"],
            _discounting(given) if given["discounting"] else None,
        )
        for bill_id, given in sorted(newest.items())
    ]
    _DUES.insert(work.connection, "dues", rows, _NEWER)
    # What was quoted before it is no longer so.
    together.execute(
        work.connection,
        "delete from quoted where bill_id = any(%b::uuid[])",
        (packed("uuid", list(newest)),),
    )


def _installment(one: Mapping[str, Any]) -> dict[str, Any]:
    """An installment with the day it counts as due by: its own, or the one it is called due for."""
    kept = {name: value for name, value in one.items() if name not in ("called_due_on", "call")}
    if one["call"]:
        kept["call"] = {name: day.isoformat() for name, day in one["call"].items()}
    return {**kept, "due_on": (one["called_due_on"] or one["due_on"]).isoformat()}


def _discounting(given: Mapping[str, Any]) -> str:
    """What decides on a bill's discounts beside its balance."""
    said = given["discounting"]
    return json.dumps(
        {
            **said,
            "issued_on": said["issued_on"].isoformat(),
            "corrected_on": [day.isoformat() for day in said["corrected_on"]],
            "fees": {one["charge_code"]: one["open_cents"] for one in given["fees"]},
        }
    )


BALANCE_CHANGED = Subscription(
    owner="receivables",
    event="BalanceChanged.v1",
    method="on_balance_changed",
    schema=BalanceChangedSeen(),
    handle=on_balance_changed,
    ordering=Ordering.NEWEST,
)
