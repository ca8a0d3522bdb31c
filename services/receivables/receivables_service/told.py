"""What others are told: the data of the events, from moves and states."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from receivables_service.domain.acceleration import Call
from receivables_service.domain.facts import (
    CollectionTypeTransferred,
    DefaultDeclared,
    Fact,
    PaymentReversed,
)
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.state import BillState, ChargeRow, InstallmentBalance
from receivables_service.domain.terms import ChargeType, CollectionType
from receivables_service.journal import Draft
from receivables_service.tables import BillHead
from taxkit.ids import text_of


def word_for(kind: PostingKind, cause: Fact) -> str:
    """Name a posting to others: who took money back, and money drawn for another bill as moved."""
    if kind is PostingKind.DRAW:
        return PostingKind.REALLOCATION.value
    return cause.by.value if isinstance(cause, PaymentReversed) else kind.value


def payment_allocated(draft: Draft) -> dict[str, Any]:
    """Write the data of a PaymentAllocated."""
    entry, allocated, named = draft.entry, draft.allocated, draft.named
    assert draft.receipt_id is not None, "only what moves a receipt's money is told so"
    return {
        "posting_id": text_of(entry.entry_id),
        "kind": word_for(entry.kind, draft.cause.fact),
        "receipt_id": text_of(draft.receipt_id),
        "bill_id": text_of(draft.bill_id) if draft.bill_id else None,
        "bill_number": named.bill_number,
        "parcel_number": named.parcel_number,
        "tax_year": named.tax_year,
        "business_date": entry.business_date.isoformat(),
        "rows": [
            {
                "receipt_id": text_of(row.receipt_id),
                "installment": row.installment,
                "charge_type": row.charge_type.value,
                "collection_type": row.collection_type.value,
                "amount_cents": row.amount_cents,
                "rule_id": row.rule_id,
                "charge_code": row.charge_code,
                **({"fund": row.subcode} if row.subcode else {}),
            }
            for row in allocated.rows
        ],
        "surplus_cents": allocated.surplus_cents,
        "suspense_cents": allocated.suspense_cents,
    }


def balance_changed(
    head: BillHead, state: BillState, cause: str, receipt_id: UUID | None, as_of: date
) -> dict[str, Any]:
    """Write the data of a BalanceChanged."""
    return {
        "bill_id": text_of(head.bill_id),
        "bill_number": head.bill_number,
        "bill_version": head.bill_version,
        "parcel_number": head.parcel_number,
        "tax_year": head.tax_year,
        "cause": cause,
        "receipt_id": text_of(receipt_id) if receipt_id else None,
        "as_of": as_of.isoformat(),
        "open_cents": state.open_cents,
        "surplus_cents": state.surplus_cents,
        "paid_in_full": state.paid_in_full,
        "defaulted": state.defaulted,
        "pi_locked": state.locked,
        "owner": {"name": head.owner_name, "email": head.owner_email},
        "installments": [_installment(each) for each in state.installments],
        **_fees(state),
        **_discounting(state),
    }


def _discounting(state: BillState) -> dict[str, Any]:
    """What decides on the bill's discounts beside its balance; nothing where the law has none."""
    if (bearing := state.bearing) is None:
        return {}
    told = {
        "issued_on": bearing.issued_on.isoformat(),
        "bill_class": bearing.bill_class,
        "billed_cents": bearing.billed_cents,
        "specials_cents": bearing.specials_cents,
        "corrected_on": [day.isoformat() for day in bearing.corrected_on],
    }
    return {"discounting": told}


def _fees(state: BillState) -> dict[str, Any]:
    """What each fee is and what is open of it, by charge code; nothing where a bill has none."""
    if not any(each.fee_charged_cents for each in state.installments):
        return {}
    charged: Counter[str] = Counter()
    still_open: Counter[str] = Counter()
    for row in state.charges:
        if row.charge_type is ChargeType.FEE:
            charged[row.charge_code] += row.amount_cents
            still_open[row.charge_code] += row.amount_cents
    for paid in state.payments:
        if paid.charge_type is ChargeType.FEE:
            still_open[paid.charge_code] -= paid.amount_cents
    told = [
        {"charge_code": code, "charged_cents": cents, "open_cents": still_open[code]}
        | ({"miscellaneous": True} if code in state.miscellaneous else {})
        for code, cents in sorted(charged.items())
        if cents
    ]
    return {"fees": told}


def _installment(each: InstallmentBalance) -> dict[str, Any]:
    return {
        "installment": each.number,
        "due_on": each.due_on.isoformat(),
        "tax_charged_cents": each.tax_charged_cents,
        "tax_open_cents": each.tax_open_cents,
        "interest_charged_cents": each.interest_charged_cents,
        "interest_open_cents": each.interest_open_cents,
        "penalty_charged_cents": each.penalty_charged_cents,
        "penalty_open_cents": each.penalty_open_cents,
        "fee_charged_cents": each.fee_charged_cents,
        "fee_open_cents": each.fee_open_cents,
        "defaulted_open_cents": each.defaulted_open_cents,
        "collection_type": each.collection_type.value,
        "paid_cents": each.paid_cents,
        **({"discount_cents": each.discount_cents} if each.discount_cents else {}),
        **({"called_due_on": each.called_due_on.isoformat()} if each.called_due_on else {}),
        **({"call": _call(each.call)} if each.call else {}),
    }


def _call(call: Call) -> dict[str, str]:
    return {"from_on": call.from_on.isoformat(), "due_on": call.due_on.isoformat()}


def of_bill(head: BillHead) -> dict[str, Any]:
    return {
        "bill_id": text_of(head.bill_id),
        "bill_number": head.bill_number,
        "parcel_number": head.parcel_number,
        "tax_year": head.tax_year,
    }


def transferred(
    head: BillHead,
    left: CollectionType,
    to: CollectionType,
    fact: DefaultDeclared | CollectionTypeTransferred,
    rows: Sequence[ChargeRow],
) -> dict[str, Any]:
    """Write the data of a CollectionTypeTransferred from the charges that arrived."""
    return {
        **of_bill(head),
        "from_type": left.value,
        "to_type": to.value,
        "effective_on": fact.effective_on.isoformat(),
        "reason": "default" if isinstance(fact, DefaultDeclared) else fact.reason,
        "amount_cents": sum(row.amount_cents for row in rows),
        "rows": [
            {
                "installment": row.installment,
                "charge_type": row.charge_type.value,
                "charge_code": row.charge_code,
                "amount_cents": row.amount_cents,
            }
            for row in rows
        ],
    }


def grace_expired(
    head: BillHead, last_day: date, penalty_cents: int, state: BillState
) -> dict[str, Any]:
    """Write the data of a GraceExpired."""
    return {
        **of_bill(head),
        "grace_ended_on": last_day.isoformat(),
        "penalty_cents": penalty_cents,
        "open_cents": state.open_cents,
        "owner": {"name": head.owner_name, "email": head.owner_email},
    }
