"""What is derived from a file of facts, in the words of the answer."""

from typing import Any

from receivables_service.domain.state import InstallmentBalance


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
