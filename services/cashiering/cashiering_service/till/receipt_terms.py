"""Stores what only some receipts have: terms of a line, grants used up, held money reserved."""

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from cashiering_service.baskets import line_advances
from cashiering_service.domain.allotment import Allotment
from cashiering_service.domain.intake import AT_COUNTER
from cashiering_service.domain.paper import ALL_PAPER
from cashiering_service.domain.receipt import Receipt, ReceiptLine
from cashiering_service.sources.words import source_columns
from cashiering_service.till import held_store
from taxkit.rows import Columns

TERMS = Columns(
    {
        "receipt_id": "uuid",
        "line_number": "integer",
        "tolerance_cents": "bigint",
        "waived_penalty_cents": "bigint",
        "waived_interest_cents": "bigint",
        "allocation": "jsonb",
        "effective_on": "date",
    }
)
HANDLING = Columns(
    {
        "receipt_id": "uuid",
        "postmarked_on": "date",
        "lender_code": "text",
        "print_suppressed": "boolean",
        "surplus_notice_suppressed": "boolean",
        "custom_receipts": "jsonb",
    }
)
USES = Columns({"grant_id": "uuid", "receipt_id": "uuid", "used_at": "timestamptz"})

SAID = Columns(
    {
        "receipt_id": "uuid",
        "line_number": "integer",
        "effective_from": "date",
        "said": "jsonb",
        "credit_fund": "text",
        "credit_account": "text",
        "debit_fund": "text",
        "debit_account": "text",
    }
)


def statements(receipts: Sequence[Receipt]) -> Iterator[tuple[str, dict[str, object]]]:
    """What to write after the receipts themselves; of plain ones, nothing."""
    terms = [
        (receipt.receipt_id, line.line_number, *_terms(line))
        for receipt in receipts
        for line in receipt.lines
        if line.has_terms
    ]
    uses = [
        (grant_id, receipt.receipt_id, receipt.recorded_at)
        for receipt in receipts
        for grant_id in receipt.grants
    ]
    if drawn := held_store.reservations(receipts):
        yield held_store.RESERVE, held_store.DRAWN.params(drawn)
    said = [
        (receipt.receipt_id, line.line_number, *source_columns(line))
        for receipt in receipts
        for line in receipt.lines
        if line.priced
    ]
    for table, columns, rows in (
        ("line_terms", TERMS, terms),
        ("override_uses", USES, uses),
        ("line_sources", SAID, said),
        ("line_advances", line_advances.ADVANCES, line_advances.rows(receipts)),
        ("receipt_handling", HANDLING, _handling(receipts)),
    ):
        if rows:
            insert = f"insert into {table} ({columns.names})"
            yield f"{insert} select {columns.names} from {columns.source}", columns.params(rows)


def _terms(line: ReceiptLine) -> tuple[object, ...]:
    waived = line.waived
    return (
        line.tolerance_cents,
        waived.penalty_cents if waived else 0,
        waived.interest_cents if waived else 0,
        Jsonb(allocation(line.allotment)) if line.allotment else None,
        line.effective_on,
    )


def _handling(receipts: Sequence[Receipt]) -> list[tuple[object, ...]]:
    """How receipts came, and what paper they make, where either is not plain."""
    return [
        (
            receipt.receipt_id,
            receipt.intake.postmarked_on,
            receipt.intake.lender_code,
            receipt.paper.is_print_suppressed,
            receipt.paper.is_surplus_notice_suppressed,
            Jsonb(receipt.paper.custom),
        )
        for receipt in receipts
        if receipt.intake != AT_COUNTER or receipt.paper != ALL_PAPER
    ]


def allocation(allotment: Allotment) -> dict[str, Any]:
    """An allocation as it is stored and told."""
    return {
        "rule_id": allotment.rule_id,
        "overridden": allotment.is_overridden,
        "by": allotment.by,
        "at": allotment.at.isoformat(),
        "rows": [
            {
                "installment": row.installment,
                "charge_type": row.charge_type,
                "amount_cents": row.amount_cents,
                **row.narrowed,
            }
            for row in allotment.rows
        ],
        **({"service": allotment.service} if allotment.service else {}),
        **({"basis": allotment.interest_basis} if allotment.interest_basis else {}),
        **({"account_keys": dict(allotment.account_keys)} if allotment.account_keys else {}),
    }
