"""What collections keeps of receivables' facts, and what they do to a bill's age."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate

from collections_service import store
from collections_service.domain.aging import (
    AgingTerms,
    OpenInstallment,
    oldest_bucket,
    total_open,
)
from collections_service.events import AGING_BUCKET_CHANGED
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.ids import text_of
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX

_CENTS = validate.Range(min=0, max=CENTS_MAX)
MOVED = "move"
"""Receivables' word for a balance told because its bill is on another parcel (LEVY-016)."""


_NOBODY = {"name": "", "email": ""}
_OPEN = ("tax_open_cents", "interest_open_cents", "penalty_open_cents", "fee_open_cents")


class OwnerSeen(ReaderSchema):
    name = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)


class InstallmentSeen(ReaderSchema):
    installment = fields.Integer(required=True, strict=True, validate=validate.Range(1, 100))
    due_on = fields.Date(required=True)
    tax_open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    interest_open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    paid_cents = fields.Integer(load_default=0, strict=True)
    penalty_open_cents = fields.Integer(load_default=0, strict=True, validate=_CENTS)
    fee_open_cents = fields.Integer(load_default=0, strict=True, validate=_CENTS)


def _each_number_once(installments: Sequence[dict[str, Any]]) -> None:
    numbers = [each["installment"] for each in installments]
    if len(set(numbers)) != len(numbers):
        raise ValidationError(f"installments {numbers}: each number once")


class BalanceChangedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True, validate=validate.Range(1, 9999))
    cause = fields.String(required=True)
    receipt_id = fields.UUID(required=True, allow_none=True)
    as_of = fields.Date(required=True)
    fee_account = fields.Boolean(load_default=False)
    owner = fields.Nested(OwnerSeen, load_default=None)
    installments = fields.List(
        fields.Nested(InstallmentSeen), required=True, validate=_each_number_once
    )


@dataclass(frozen=True, slots=True)
class Effect:
    """What one balance does to what is kept of a bill."""

    bill: store.BillRow
    installments: tuple[OpenInstallment, ...]
    change: store.ChangeRow


def on_balance_changed(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each bill's newest open installments; tell who listens when its bucket changed."""
    # A fee on nobody's property is no tax that grows old.
    events = [event for event in events if not event.data["fee_account"]]
    bill_ids = sorted({event.data["bill_id"] for event in events})
    known = store.open_installments(work.connection, bill_ids)
    effects: dict[UUID, Effect] = {}
    changes: list[store.ChangeRow] = []
    for event in events:
        bill_id = event.data["bill_id"]
        effect = assess(event, known.get(bill_id, ()), app.aging_terms(event.data["as_of"]))
        known[bill_id] = effect.installments
        effects[bill_id] = effect
        changes.append(effect.change)
        change = effect.change
        # A bill that went over to another parcel is told of there, whatever its age.
        if change.bucket_before != change.bucket_after or change.cause == MOVED:
            _tell(work, event, effect)
    newest = [effects[bill_id] for bill_id in bill_ids]
    store.save(
        work.connection,
        [effect.bill for effect in newest],
        [row for effect in newest for row in _rows(effect)],
        changes,
    )


def assess(event: IncomingEvent, known: tuple[OpenInstallment, ...], terms: AgingTerms) -> Effect:
    """Age a bill as it was known and as it is now, both as of the day of the new balance."""
    given = event.data
    installments = tuple(_open(given["installments"]))
    as_of, owner = given["as_of"], given["owner"] or _NOBODY
    bill = store.BillRow(
        bill_id=given["bill_id"],
        bill_number=given["bill_number"],
        parcel_number=given["parcel_number"],
        tax_year=given["tax_year"],
        open_cents=total_open(installments),
        balance_on=as_of,
        owner_name=owner["name"] or "",
        owner_email=owner["email"] or "",
        paid_cents=sum(each["paid_cents"] for each in given["installments"]),
    )
    change = store.ChangeRow(
        event_id=event.event_id,
        bill_id=bill.bill_id,
        sequence=event.sequence,
        receipt_id=given["receipt_id"],
        cause=given["cause"],
        bucket_before=oldest_bucket(known, terms, as_of),
        bucket_after=oldest_bucket(installments, terms, as_of),
        open_before_cents=total_open(known),
        open_after_cents=bill.open_cents,
        as_of=as_of,
        rule_id=terms.rule_id,
        pack_version=terms.pack_version,
    )
    return Effect(bill, installments, change)


def _open(installments: Sequence[dict[str, Any]]) -> list[OpenInstallment]:
    found = [
        OpenInstallment(
            each["installment"],
            each["due_on"],
            sum(each[name] for name in _OPEN),
        )
        for each in installments
    ]
    return [each for each in found if each.open_cents > 0]


def _rows(effect: Effect) -> list[store.InstallmentRow]:
    bill = effect.bill
    return [
        store.InstallmentRow(
            bill.bill_id,
            each.installment,
            bill.parcel_number,
            bill.tax_year,
            each.due_on,
            each.open_cents,
        )
        for each in effect.installments
    ]


def _tell(work: Work, event: IncomingEvent, effect: Effect) -> None:
    bill, change = effect.bill, effect.change
    work.emit(
        AGING_BUCKET_CHANGED,
        "bill/" + text_of(bill.bill_id),
        event.sequence,
        {
            "bill_id": text_of(bill.bill_id),
            "parcel_number": bill.parcel_number,
            "tax_year": bill.tax_year,
            "receipt_id": text_of(change.receipt_id) if change.receipt_id else None,
            "bucket_before": change.bucket_before,
            "bucket_after": change.bucket_after,
            "open_cents": change.open_after_cents,
            "as_of": change.as_of.isoformat(),
        },
        cause=event,
    )


BALANCE_CHANGED = Subscription(
    owner="receivables",
    event="BalanceChanged.v1",
    method="on_balance_changed",
    schema=BalanceChangedSeen(),
    handle=on_balance_changed,
    ordering=Ordering.NEWEST,
)
