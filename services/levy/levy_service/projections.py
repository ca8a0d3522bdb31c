"""What levy keeps of receivables' facts: how far each bill is paid."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields, validate

from levy_service.domain.payment import payment_state
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX
from taxkit.rows import Columns

_CENTS = validate.Range(0, CENTS_MAX)


_OPEN = ("tax_open_cents", "interest_open_cents", "penalty_open_cents", "fee_open_cents")


class InstallmentSeen(ReaderSchema):
    installment = fields.Integer(required=True, strict=True, validate=validate.Range(1, 100))
    due_on = fields.Date(required=True)
    paid_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    tax_charged_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    tax_open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    interest_open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    penalty_open_cents = fields.Integer(load_default=0, strict=True, validate=_CENTS)
    fee_open_cents = fields.Integer(load_default=0, strict=True, validate=_CENTS)


class FeeSeen(ReaderSchema):
    charge_code = fields.String(required=True, validate=validate.Length(max=200))
    charged_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    miscellaneous = fields.Boolean(load_default=False)


class BalanceChangedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    bill_version = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))
    as_of = fields.Date(required=True)
    open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    installments = fields.List(fields.Nested(InstallmentSeen), required=True)
    fees = fields.List(fields.Nested(FeeSeen), load_default=list)


_PAYMENTS = Columns(
    {
        "bill_id": "uuid",
        "payment_state": "text",
        "open_cents": "bigint",
        "as_of": "date",
        "bill_version": "integer",
        "installments": "jsonb",
        "fees": "jsonb",
    }
)
_NEWER = """
on conflict (bill_id) do update set payment_state = excluded.payment_state,
    open_cents = excluded.open_cents, as_of = excluded.as_of,
    bill_version = excluded.bill_version, installments = excluded.installments,
    fees = excluded.fees
"""


def on_balance_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each bill's newest balance; of several in one batch only the last counts."""
    newest = {event.data["bill_id"]: event.data for event in events}
    rows = []
    for bill_id, given in sorted(newest.items()):
        paid_cents = sum(each["paid_cents"] for each in given["installments"])
        state = payment_state(given["open_cents"], paid_cents)
        rows.append(
            (
                bill_id, state.value, given["open_cents"], given["as_of"], given["bill_version"],
                json.dumps([_installment(each) for each in given["installments"]]),
                json.dumps(given["fees"]),
            )
        )  # fmt: skip
    _PAYMENTS.insert(work.connection, "bill_payments", rows, _NEWER)


def _installment(given: Mapping[str, Any]) -> list[object]:
    """Number, due date, tax paid, and what is open of it in all."""
    return [
        given["installment"],
        given["due_on"].isoformat(),
        given["tax_charged_cents"] - given["tax_open_cents"],
        sum(given[name] for name in _OPEN),
    ]


BALANCE_CHANGED = Subscription(
    owner="receivables",
    event="BalanceChanged.v1",
    method="on_balance_changed",
    schema=BalanceChangedSeen(),
    handle=on_balance_changed,
    ordering=Ordering.NEWEST,
)
