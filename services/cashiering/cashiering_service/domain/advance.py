"""Money ahead of a bill: for a parcel, or into an escrow account (CASH-069)."""

from dataclasses import dataclass
from datetime import date

from taxkit.errors import invalid
from taxkit.money import CENTS_MAX, format_cents


@dataclass(frozen=True, slots=True)
class Advance:
    advance_type: str
    tax_year: int | None = None
    escrow_account: str | None = None


@dataclass(frozen=True, slots=True)
class OrderedAdvance:
    """Money to be held; no balance is needed for it."""

    # Empty for an escrow account's.
    parcel_number: str
    amount_cents: int
    advance: Advance
    effective_on: date | None = None


def check_advance(place: int, ordered: OrderedAdvance) -> None:
    """Refuse an advance nobody could apply, or of an amount that cannot be kept."""
    field = f"advances[{place}]"
    if not ordered.advance.advance_type:
        raise invalid("ADVANCE_TYPE_MISSING", "say what the money is for", f"{field}.advance_type")
    if not ordered.parcel_number and not ordered.advance.escrow_account:
        raise invalid(
            "ADVANCE_KEY_MISSING", "name a parcel or an escrow account", f"{field}.parcel_number"
        )
    if not 0 < ordered.amount_cents <= CENTS_MAX:
        raise invalid(
            "AMOUNT_NOT_POSITIVE" if ordered.amount_cents <= 0 else "AMOUNT_TOO_LARGE",
            f"a line is from $0.01 to {format_cents(CENTS_MAX)}",
            f"{field}.amount_cents",
        )
