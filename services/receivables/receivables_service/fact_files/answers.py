"""What is derived from a file of facts, in the words of the answer."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from receivables_service.domain.derivation import derive
from receivables_service.domain.state import BillState, InstallmentBalance
from receivables_service.domain.terms import Terms
from receivables_service.fact_files.reading import read, rows_of
from receivables_service.fact_files.values import FactsInvalid, receipt
from receivables_service.grounds import Grounds


def derived(document: Any, terms: Terms, as_of: date | None, grounds: Grounds) -> dict[str, Any]:
    """Derive a bill from a file of facts; the amounts of a date, or the ledger's own."""
    facts = read(document)
    try:
        state = derive(facts, terms, as_of)
    except ValueError as error:
        raise FactsInvalid(str(error)) from error
    names = {
        receipt(row["receipt"]): row["receipt"] for row in rows_of(document) if "receipt" in row
    }
    return {
        "pack_version": terms.pack_version,
        "as_of": as_of.isoformat() if as_of else None,
        **told(state, names, {fact.fact_id: n for n, fact in enumerate(facts, 1)}),
        "rules": grounds.of_each(
            row.rule_id
            for rows in (state.charges, state.payments, state.discounts, state.unapplied)
            for row in rows
        ),
    }


def told(
    state: BillState, receipts: Mapping[UUID, str], facts: Mapping[UUID, int]
) -> dict[str, Any]:
    """Everything a bill's state says, each row with the number of the fact it comes from."""
    return {
        "open_cents": state.open_cents,
        "received_cents": state.received_cents,
        "applied_cents": state.applied_cents,
        "surplus_cents": state.surplus_cents,
        "suspense_cents": state.suspense_cents,
        "paid_in_full": state.paid_in_full,
        "defaulted": state.defaulted,
        "pi_locked": state.locked,
        "pi_deferred": state.deferred,
        "half_pay": state.half_pay,
        "interest_basis": state.basis.value if state.basis else None,
        "codes": list(state.codes),
        "installments": [installment(each) for each in state.installments],
        **_rows(state, receipts, facts),
    }


def _rows(
    state: BillState, receipts: Mapping[UUID, str], facts: Mapping[UUID, int]
) -> dict[str, Any]:
    return {
        "charges": [
            {**key(row), "fact": None if row.fact_id is None else facts[row.fact_id]}
            for row in state.charges
        ],
        "payments": [
            {**key(row), "fact": facts[row.fact_id], "receipt": receipts[row.receipt_id]}
            for row in state.payments
        ],
        "discounts": [
            {
                **key(row),
                "base_cents": row.base_cents,
                "fact": facts[row.fact_id],
                "payment": facts[row.payment_id],
                "receipt": receipts[row.receipt_id],
            }
            for row in state.discounts
        ],
        "held": [
            {
                "kind": row.kind.value,
                "amount_cents": row.amount_cents,
                "rule_id": row.rule_id,
                "fact": facts[row.fact_id],
                "receipt": receipts[row.receipt_id],
            }
            for row in state.unapplied
        ],
    }


def installment(each: InstallmentBalance) -> dict[str, Any]:
    return {
        "installment": each.number,
        "due_on": each.due_on.isoformat(),
        "collection_type": each.collection_type.value,
        "tax_open_cents": each.tax_open_cents,
        "interest_open_cents": each.interest_open_cents,
        "penalty_open_cents": each.penalty_open_cents,
        "fee_open_cents": each.fee_open_cents,
        "defaulted_open_cents": each.defaulted_open_cents,
        "charged_cents": each.charged_cents,
        "paid_cents": each.paid_cents,
        "discount_cents": each.discount_cents,
    }


def key(row: Any) -> dict[str, Any]:
    return {
        "installment": row.installment,
        "charge_type": row.charge_type.value,
        "charge_code": row.charge_code,
        "collection_type": row.collection_type.value,
        "amount_cents": row.amount_cents,
        "rule_id": row.rule_id,
        **({"subcode": row.subcode} if row.subcode else {}),
    }
