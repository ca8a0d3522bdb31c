"""What is open of one fee, where a bill bears several of one charge code."""

from collections.abc import Iterable
from uuid import UUID

from receivables_service.domain.facts import FeeCharged


def open_of(fee_id: UUID, standing: Iterable[FeeCharged], open_cents: int) -> int:
    """Money pays the oldest first: what is open of all of them is open of the newest (RECV-067).

    standing leaves out those that were waived; a fee that is none of them has nothing open.
    """
    newest_first = sorted(
        standing, key=lambda fee: (fee.effective_on, fee.recorded_at, fee.fact_id), reverse=True
    )
    left = open_cents
    for fee in newest_first:
        part = min(fee.amount_cents, left)
        if fee.fact_id == fee_id:
            return part
        left -= part
    return 0
