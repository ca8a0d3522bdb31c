"""Money the county holds, tendered: a surplus or an escrow account, spent once, never below zero.

receivables owns it; here is what it last told, and what tills reserved of it since. A reservation
ends when receivables tells that so much less is open, or after a day at the latest: by then it has
drawn what was tendered, or said why not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cashiering_service.domain.tender import Tender
from taxkit.errors import Refusal, not_found
from taxkit.money import format_cents

SURPLUS, ESCROW = "surplus", "escrow"
KINDS = (SURPLUS, ESCROW)
RESERVED_FOR = timedelta(days=1)
Key = tuple[str, str]
"""Kind, and the surplus item or escrow account."""


@dataclass(frozen=True, slots=True)
class HeldMoney:
    """A surplus item or an escrow account as the tills know it."""

    kind: str
    reference: str
    # Of a surplus, which sort; the law says which of them may be tendered.
    category: str
    name: str
    parcel_number: str
    open_cents: int
    state: str
    reserved_cents: int = 0
    reserved_at: datetime | None = None
    # Which other basket keeps it whole, and how much others keep of it.
    kept_for: str = ""
    kept_cents: int = 0

    def reserved(self, now: datetime) -> int:
        """What tills took that receivables has not told of yet."""
        if self.reserved_at is None or now - self.reserved_at > RESERVED_FOR:
            return 0
        return self.reserved_cents

    def available(self, now: datetime) -> int:
        return max(0, self.open_cents - self.reserved(now) - self.kept_cents)


def drawn_by(tenders: Iterable[Tender]) -> dict[Key, int]:
    """What tenders take of money held, added up by item."""
    drawn: dict[Key, int] = {}
    for tender in tenders:
        if tender.tender_type in KINDS:
            key = (tender.tender_type, tender.reference or "")
            drawn[key] = drawn.get(key, 0) + tender.amount_cents
    return drawn


def check_drawn(
    drawn: Mapping[Key, int],
    held: Mapping[Key, HeldMoney],
    tenderable: Sequence[str],
    due_cents: int,
    now: datetime,
    beside_cents: int = 0,
) -> None:
    """Refuse money that is not there, not free, or more than is due (CASH-047 to CASH-049).

    What is due beside the bills is paid out of escrow alone.
    """
    for key, cents in drawn.items():
        check_takeable(key, cents, held.get(key), tenderable, now)
    total = sum(drawn.values())
    surplus_cents = sum(cents for (kind, _), cents in drawn.items() if kind == SURPLUS)
    if total > due_cents + beside_cents or surplus_cents > due_cents:
        raise Refusal(
            "HELD_TENDER_ABOVE_DUE",
            f"{format_cents(total)} of money held for bills that owe {format_cents(due_cents)}:"
            " surplus may not create surplus",
            metadata={"tendered_cents": str(total), "due_cents": str(due_cents)},
        )


def check_takeable(
    key: Key, cents: int, held: HeldMoney | None, tenderable: Sequence[str], now: datetime
) -> None:
    """Refuse what is not there or not free, whether it is to be kept or spent."""
    kind, reference = key
    if held is None:
        raise not_found(f"{kind.upper()}_UNKNOWN", f"no {kind} {reference!r} is known here")
    if held.kept_for:
        raise Refusal(
            "SURPLUS_KEPT",
            f"{held.kept_for} keeps surplus {reference}: pay with it there, or let it go first",
            metadata={"kept_for": held.kept_for},
        )
    if held.state == "in_workflow":
        raise Refusal(
            "SURPLUS_IN_WORKFLOW", f"{kind} {reference} is being refunded, moved or claimed"
        )
    if held.state != "open":
        raise Refusal(f"{kind.upper()}_NOT_OPEN", f"{kind} {reference} is {held.state}")
    if kind == SURPLUS and held.category not in tenderable:
        raise Refusal(
            "SURPLUS_NOT_TENDERABLE", f"the law does not let a surplus of {held.category} pay bills"
        )
    if cents > (available := held.available(now)):
        raise Refusal(
            f"{kind.upper()}_INSUFFICIENT",
            f"{kind} {reference} has {format_cents(available)} left, not {format_cents(cents)}",
            metadata={"available_cents": str(available)},
        )


def told(before: HeldMoney | None, after: HeldMoney) -> HeldMoney:
    """What is known after receivables told the whole state: what went off it was drawn."""
    if before is None:
        return after
    drop = max(0, before.open_cents - after.open_cents)
    left = 0 if after.state == "closed" else max(0, before.reserved_cents - drop)
    return HeldMoney(
        after.kind,
        after.reference,
        after.category,
        after.name,
        after.parcel_number,
        after.open_cents,
        after.state,
        left,
        before.reserved_at if left else None,
    )
