"""What an order that is not plain is decided on: open charges, and what second persons allowed.

Plain orders ask for none of it, and their batch pays no round trip.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cashiering_service.domain.charges import CHARGE_TYPES, OpenCharges, OpenInstallment
from cashiering_service.domain.held import HeldMoney, Key, drawn_by
from cashiering_service.domain.money_holds import MoneyHold
from cashiering_service.domain.override import Action, Grant
from cashiering_service.domain.tender import Tender
from cashiering_service.till import held_store, hold_store
from taxkit.arrays import packed
from taxkit.roundtrips import RoundTrips

_OPEN = "select bill_id, installments from dues where bill_id = any(%b::uuid[])"
_QUOTED = (
    "select bill_id, q.as_of, q.installments from quoted q join dues using (bill_id, bill_version)"
    " where bill_id = any(%b::uuid[])"
)
_PAID_ON = (
    "select l.bill_id, max(coalesce(t.effective_on, r.effective_on)) from receipt_lines l"
    " join receipts r using (receipt_id) left join line_terms t using (receipt_id, line_number)"
    " where l.bill_id = any(%b::uuid[])"
    " and not exists (select from reversals v where v.receipt_id = r.receipt_id)"
    " and not exists (select from receipt_marks m where m.receipt_id = r.receipt_id) group by 1"
)
_LOCK_GRANTS = (
    "select grant_id, order_key, action, cashier, amount_cents from override_grants"
    " where grant_id = any(%b::uuid[]) order by grant_id for update"
)
# After the lock: what another till used up meanwhile is seen.
_USED = "select grant_id from override_uses where grant_id = any(%b::uuid[])"


@dataclass(frozen=True, slots=True)
class Particulars:
    """Facts of a batch beyond the plain ones."""

    # As told last by receivables.
    told: Mapping[UUID, OpenCharges] = field(default_factory=dict)
    # As quoted for a day.
    quoted: Mapping[tuple[UUID, date], OpenCharges] = field(default_factory=dict)
    grants: Mapping[UUID, Grant] = field(default_factory=dict)
    # Grants used up; grows while the batch is decided.
    used: set[UUID] = field(default_factory=set)
    # Money held; what an order of the batch takes of it is reserved for the next.
    held: dict[Key, HeldMoney] = field(default_factory=dict)
    # Of bills that back-dated orders pay: the latest date of a payment that stands.
    paid_on: Mapping[UUID, date] = field(default_factory=dict)
    # What baskets keep of that money.
    holds: Sequence[MoneyHold] = ()

    def charges(self, asked: Iterable[tuple[UUID, date]]) -> dict[UUID, OpenCharges]:
        """What bills have open, each on its day, as well as is known."""
        found = {}
        for bill_id, on in asked:
            one = self.quoted.get((bill_id, on)) or self.told.get(bill_id)
            if one is not None:
                found[bill_id] = one
        return found

    def grants_of(self, named: Sequence[UUID]) -> list[Grant]:
        return [self.grants[one] for one in named if one in self.grants]

    def reserve(self, tenders: Iterable[Tender], now: datetime) -> None:
        """Take what a receipt draws off what is left for the rest of the batch."""
        for key, cents in drawn_by(tenders).items():
            one = self.held[key]
            reserved = one.reserved(now) + cents
            self.held[key] = replace(one, reserved_cents=reserved, reserved_at=now)


async def read(
    trips: RoundTrips,
    bill_ids: Sequence[UUID],
    grant_ids: Sequence[UUID],
    held: Sequence[Key],
    back_dated: Sequence[UUID],
) -> Particulars:
    """Read what a batch asks for; money held and grants are locked, in the order of their keys."""
    if not (bill_ids or grant_ids or held or back_dated):
        return Particulars()
    billed, granted = (packed("uuid", bill_ids),), (packed("uuid", grant_ids),)
    told, quoted, later, money, kept, grants, used = await trips.fetch(
        (_OPEN, billed),
        (_QUOTED, billed),
        (_PAID_ON, (packed("uuid", back_dated),)),
        (held_store.LOCK, held_store.KEYS.params(held)),
        # After the lock: whoever keeps something waits for it, too.
        (hold_store.STANDING, hold_store.KEYS.params(held)),
        (_LOCK_GRANTS, granted),
        (_USED, granted),
    )
    gone = {row[0] for row in used}
    return Particulars(
        {row[0]: OpenCharges(installments(row[1])) for row in told},
        {(row[0], row[1]): OpenCharges(installments(row[2]), row[1]) for row in quoted},
        {
            row[0]: Grant(row[0], row[1], Action(row[2]), row[3], row[4], row[0] in gone)
            for row in grants
        },
        gone,
        {(row[0], row[1]): held_store.held_money(row) for row in money},
        {row[0]: row[1] for row in later},
        [MoneyHold(*row) for row in kept],
    )


def installments(stored: Iterable[Mapping[str, Any]]) -> tuple[OpenInstallment, ...]:
    """Open installments from the words of the read copy."""
    return tuple(
        OpenInstallment(
            one["installment"],
            date.fromisoformat(one["due_on"]),
            {kind: one.get(f"{kind}_open_cents", 0) for kind in CHARGE_TYPES},
            one.get("collection_type", "S"),
        )
        for one in stored
    )
