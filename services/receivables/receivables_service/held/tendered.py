"""What receipts tender of held money: which items or escrow accounts, how much, and for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from receivables_service.domain.held import HeldState
from receivables_service.held.store import Item
from taxkit import ids
from taxkit.contracts import IncomingEvent

SURPLUS, ESCROW = "surplus", "escrow"


@dataclass(slots=True)
class Wanted:
    """One item or escrow account a receipt pays with."""

    event: IncomingEvent
    reference: str
    is_escrow: bool
    amount_cents: int
    # The basket it had been kept for; empty where for none.
    held_for: str = ""
    # Since when its items' cases are under way.
    begun: Mapping[UUID, datetime] = field(default_factory=dict)

    def may_take(self, item: Item) -> bool:
        """Whether an item is open or reserved for nobody else, or was when it was tendered."""
        mine = item.state == HeldState.RESERVED and item.reserved_by == self.held_for
        return mine or item.state == HeldState.OPEN or self.came_first(item)

    def came_first(self, item: Item) -> bool:
        """Whether it was tendered before the case that is under way began: that one waits."""
        begun = self.begun.get(item.case_id) if item.case_id else None
        if item.state != HeldState.IN_WORKFLOW or begun is None:
            return False
        return bool(self.event.data["recorded_at"] < begun)


def tendered(events: Sequence[IncomingEvent]) -> list[Wanted]:
    """Add up what each receipt tenders of each item or escrow account."""
    added: dict[tuple[UUID, str, str], Wanted] = {}
    for event in events:
        for tender in event.data["tenders"]:
            kind, cents = tender["tender_type"], tender["amount_cents"]
            if kind in (SURPLUS, ESCROW) and cents > 0:
                reference = tender["reference"] or ""
                key = (event.data["receipt_id"], kind, reference)
                named = Wanted(event, reference, kind == ESCROW, 0, tender["held_for"])
                wanted = added.setdefault(key, named)
                wanted.amount_cents += cents
    return list(added.values())


def references(wanted: Sequence[Wanted]) -> tuple[list[UUID], list[str]]:
    item_ids = [ids.parse_id(each.reference) for each in wanted if not each.is_escrow]
    return (
        [item_id for item_id in item_ids if item_id is not None],
        [each.reference for each in wanted if each.is_escrow and each.reference],
    )


def is_of(item: Item, wanted: Wanted) -> bool:
    if wanted.is_escrow:
        return item.escrow_account == wanted.reference
    return item.item_id == ids.parse_id(wanted.reference)
