"""Held money that a basket keeps for itself: out of every other till's reach meanwhile.

A surplus is kept whole, as the ledger keeps it; of an escrow account, on which many pay at once,
an amount.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from cashiering_service.domain.held import SURPLUS, HeldMoney, Key
from cashiering_service.domain.tender import Tender
from taxkit.errors import Refusal, forbidden, invalid
from taxkit.money import format_cents
from taxkit.persons import is_among


@dataclass(frozen=True, slots=True)
class MoneyHold:
    """A hold that stands."""

    hold_id: UUID
    basket_id: UUID
    kind: str
    reference: str
    amount_cents: int
    # From then on it holds nothing.
    until: datetime

    @property
    def key(self) -> Key:
        return self.kind, self.reference


def held_for(basket_id: UUID) -> str:
    """The words by which the ledger knows whom an item is kept for."""
    return f"basket {basket_id}"


def as_seen_by(
    basket_id: UUID | None,
    money: Mapping[Key, HeldMoney],
    holds: Iterable[MoneyHold],
    now: datetime,
) -> dict[Key, HeldMoney]:
    """Money held as one basket may take it: without what others keep, and with what it keeps."""
    seen = dict(money)
    for hold in holds:
        one = seen.get(hold.key)
        if one is None or hold.until <= now:
            continue
        if hold.basket_id == basket_id:
            # The ledger tells that it is reserved: for this basket.
            changed = replace(one, state="open") if one.state == "reserved" else one
        elif hold.kind == SURPLUS:
            changed = replace(one, kept_for=held_for(hold.basket_id))
        else:
            changed = replace(one, kept_cents=one.kept_cents + hold.amount_cents)
        seen[hold.key] = changed
    return seen


def kept_tenders(
    tenders: Sequence[Tender], basket_id: UUID | None, holds: Iterable[MoneyHold]
) -> tuple[Tender, ...]:
    """Tenders that say of money its basket had kept that it had."""
    mine = {hold.key for hold in holds if hold.basket_id == basket_id}
    if basket_id is None or not mine:
        return tuple(tenders)
    return tuple(
        replace(one, held_for=held_for(basket_id))
        if (one.tender_type, one.reference or "") in mine
        else one
        for one in tenders
    )


def keepable(money: HeldMoney, asked_cents: int, now: datetime) -> int:
    """How much of it a hold keeps: all of a surplus, of an escrow account what is asked."""
    available = money.available(now)
    if money.kind == SURPLUS:
        if asked_cents not in (0, available):
            raise invalid(
                "SURPLUS_KEPT_WHOLE",
                f"a surplus is kept whole: {format_cents(available)}, or without an amount",
                "amount_cents",
            )
        return available
    return asked_cents


class Kept(Protocol):
    """A hold, who placed it, and who is at its basket by now."""

    @property
    def hold_id(self) -> UUID: ...

    @property
    def held_by(self) -> str: ...

    @property
    def cashier(self) -> str: ...


def check_own(holds: Iterable[Kept], user: str, *, any_hold: bool) -> None:
    """Refuse to let go what somebody else keeps for a payer, to whoever may not do so for all."""
    for hold in holds:
        if not any_hold and not is_among(user, (hold.held_by, hold.cashier)):
            raise forbidden(
                "HOLD_OF_ANOTHER", f"hold {hold.hold_id} is {hold.held_by}'s, for a basket of his"
            )


def check_once(basket_id: UUID, key: Key, holds: Iterable[MoneyHold], now: datetime) -> None:
    if any((one.basket_id, one.key) == (basket_id, key) and one.until > now for one in holds):
        raise Refusal("MONEY_KEPT_ALREADY", f"the basket keeps {key[0]} {key[1]} already")
