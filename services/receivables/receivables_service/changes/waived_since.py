"""What a waiver takes off changes with what is told later: others hear of the difference."""

from collections import Counter
from typing import Any

from receivables_service.accounts import Move
from receivables_service.domain.facts import InterestAndPenaltyWaived
from receivables_service.domain.fold import LOCK_LIFTED_RULE, WAIVER_RULE
from receivables_service.domain.state import ChargeRow
from receivables_service.domain.terms import ChargeType
from receivables_service.tables import BillHead
from receivables_service.told import of_bill

_OF_WAIVERS = (WAIVER_RULE, LOCK_LIFTED_RULE)
_WAIVED = (ChargeType.INTEREST, ChargeType.PENALTY)


def of_move(head: BillHead, move: Move) -> dict[str, Any] | None:
    """Write the data of a PenaltyInterestWaived from what a move changes of earlier waivers."""
    # A payment's charges are few and hardly ever a waiver's: most moves end here.
    rows = [row for row in move.change.charges if row.rule_id in _OF_WAIVERS]
    if not rows or head.bill_number is None:
        return None
    cents: Counter[tuple[int, ChargeType]] = Counter()
    for row in rows:
        if not _is_its_own(row, move):
            cents[row.installment, row.charge_type] -= row.amount_cents
    told = [
        {"installment": number, "charge_type": charge_type.value, "amount_cents": amount}
        for (number, charge_type), amount in sorted(cents.items())
        if amount and charge_type in _WAIVED
    ]
    if not told:
        return None
    return {
        **of_bill(head),
        "effective_on": move.cause.fact.effective_on.isoformat(),
        "business_date": move.cause.business_date.isoformat(),
        "receipt_id": None,
        "waived_by": "",
        "amount_cents": sum(one["amount_cents"] for one in told),
        "rows": told,
    }


def _is_its_own(row: ChargeRow, move: Move) -> bool:
    """What a waiver itself takes off is told by who waived, and at which receipt."""
    fact = move.cause.fact
    return isinstance(fact, InterestAndPenaltyWaived) and row.fact_id == fact.fact_id
