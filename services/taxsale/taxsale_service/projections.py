"""What taxsale keeps of receivables' facts, and what they do to a bill's standing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.ids import text_of
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX
from taxsale_service import store
from taxsale_service.domain.standing import Debt, Installment, SaleTerms, debt_of, standing_of
from taxsale_service.events import SALE_STANDING_CHANGED

_CENTS = validate.Range(min=0, max=CENTS_MAX)
MOVED = "move"
"""Receivables' word for a balance told because its bill is on another parcel (LEVY-016)."""


_OPEN = ("tax_open_cents", "interest_open_cents", "penalty_open_cents", "fee_open_cents")


class InstallmentSeen(ReaderSchema):
    due_on = fields.Date(required=True)
    tax_open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    interest_open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    penalty_open_cents = fields.Integer(load_default=0, strict=True, validate=_CENTS)
    fee_open_cents = fields.Integer(load_default=0, strict=True, validate=_CENTS)


class BalanceChangedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True, validate=validate.Range(1, 9999))
    cause = fields.String(required=True)
    receipt_id = fields.UUID(required=True, allow_none=True)
    as_of = fields.Date(required=True)
    fee_account = fields.Boolean(load_default=False)
    installments = fields.List(fields.Nested(InstallmentSeen), required=True)


def on_balance_changed(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Re-assess each bill from its newest balance; tell who listens when its standing moved."""
    # A fee on nobody's property is nothing that a sale could settle.
    events = [event for event in events if not event.data["fee_account"]]
    bill_ids = sorted({event.data["bill_id"] for event in events})
    known = store.debts(work.connection, bill_ids)
    bills: dict[UUID, store.BillRow] = {}
    changes: list[store.ChangeRow] = []
    for event in events:
        bill_id = event.data["bill_id"]
        debt = debt_of(_installments(event))
        change = assess(event, known.get(bill_id), debt, app.sale_terms(event.data["tax_year"]))
        known[bill_id] = debt
        bills[bill_id] = _bill(event, debt)
        changes.append(change)
        # A bill that went over to another parcel is told of there, whatever its standing.
        if change.standing_before != change.standing_after or change.cause == MOVED:
            _tell(work, event, change)
    store.save(work.connection, [bills[bill_id] for bill_id in bill_ids], changes)


def assess(
    event: IncomingEvent, before: Debt | None, after: Debt | None, terms: SaleTerms
) -> store.ChangeRow:
    """Judge a bill as it was known and as it is now, both as of the day of the new balance."""
    given = event.data
    found = standing_of(after, terms, given["as_of"])
    return store.ChangeRow(
        event_id=event.event_id,
        bill_id=given["bill_id"],
        sequence=event.sequence,
        receipt_id=given["receipt_id"],
        cause=given["cause"],
        standing_before=standing_of(before, terms, given["as_of"]).standing.value,
        standing_after=found.standing.value,
        as_of=given["as_of"],
        rule_id=found.rule_id,
        pack_version=terms.pack_version,
    )


def _installments(event: IncomingEvent) -> list[Installment]:
    return [
        Installment(each["due_on"], sum(each[name] for name in _OPEN))
        for each in event.data["installments"]
    ]


def _bill(event: IncomingEvent, debt: Debt | None) -> store.BillRow:
    given = event.data
    return store.BillRow(
        bill_id=given["bill_id"],
        bill_number=given["bill_number"],
        parcel_number=given["parcel_number"],
        tax_year=given["tax_year"],
        open_cents=debt.open_cents if debt else 0,
        balance_on=given["as_of"],
        first_unpaid_due_on=debt.first_unpaid_due_on if debt else None,
        last_due_on=debt.last_due_on if debt else None,
    )


def _tell(work: Work, event: IncomingEvent, change: store.ChangeRow) -> None:
    given = event.data
    work.emit(
        SALE_STANDING_CHANGED,
        f"bill/{change.bill_id}",
        event.sequence,
        {
            "bill_id": text_of(change.bill_id),
            "parcel_number": given["parcel_number"],
            "tax_year": given["tax_year"],
            "receipt_id": text_of(change.receipt_id) if change.receipt_id else None,
            "standing_before": change.standing_before,
            "standing_after": change.standing_after,
            "as_of": change.as_of.isoformat(),
            "rule_id": change.rule_id,
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
