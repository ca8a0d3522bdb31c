"""What goes to the bank of closed drawers (CASH-061)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from taxkit.errors import Refusal, invalid

# Paid from what the county holds already: nothing of it lies in the drawer.
HELD = frozenset({"surplus", "escrow"})
SESSIONS_MAX = 500


@dataclass(frozen=True, slots=True)
class ClosedDrawer:
    """A session as its deposit needs it; the second count stands before the first."""

    session_id: UUID
    is_open: bool
    business_date: date
    over_short_cents: int
    counts: Mapping[str, int]
    is_recounted: bool
    deposit_number: str | None

    @property
    def money(self) -> dict[str, int]:
        return {kind: cents for kind, cents in self.counts.items() if kind not in HELD}

    @property
    def total_cents(self) -> int:
        return sum(self.money.values())


def check_drawers(drawers: Iterable[ClosedDrawer], deposited_on: date) -> None:
    """Refuse a drawer that cannot go to the bank, naming it."""
    for drawer in drawers:
        if drawer.is_open:
            raise Refusal(
                "SESSION_OPEN", f"session {drawer.session_id} is open: count and close it first"
            )
        if drawer.deposit_number is not None:
            raise Refusal(
                "SESSION_DEPOSITED",
                f"session {drawer.session_id} went with deposit {drawer.deposit_number}",
            )
        if drawer.over_short_cents and not drawer.is_recounted:
            raise Refusal(
                "SESSION_NOT_RECOUNTED",
                f"session {drawer.session_id} is over or short: a second person counts it first",
            )
        if deposited_on < drawer.business_date:
            raise invalid(
                "DEPOSIT_BEFORE_BUSINESS_DATE",
                f"{deposited_on} is before {drawer.business_date}, the day the money was taken",
                "deposited_on",
            )


def by_tender(drawers: Iterable[ClosedDrawer]) -> dict[str, int]:
    """What a deposit holds of each kind of tender."""
    found: Counter[str] = Counter()
    for drawer in drawers:
        found.update(drawer.money)
    return dict(sorted(found.items()))


def deposit_number(deposited_on: date, place: int) -> str:
    return f"D-{deposited_on:%Y%m%d}-{place}"
