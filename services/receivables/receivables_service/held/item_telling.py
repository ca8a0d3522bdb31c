"""What is told of an item of held money: whose it is, what is left, and why it changed."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from receivables_service.held.events import SURPLUS_CHANGED
from taxkit.inbox import Traced, Work

SHOWN = (
    "i.item_id, i.sequence, i.category, i.subcode, i.parcel_number, i.tax_year, i.receipt_id,"
    " i.owner_name, i.open_cents, i.state"
)
WITHOUT_MONEY = "procedure"
"""The reason where no money moved: a case began or ended, or somebody reserved it."""


class Why(NamedTuple):
    """The last posting that moved an item, and what came into it while it held nothing."""

    reason: str
    business_date: date
    opened_cents: int


def opened_cents(before_cents: int, after_cents: int, kinds: Iterable[str]) -> int:
    """What is held anew: more than nothing where nothing was; a draw given back is not new."""
    is_new = before_cents == 0 and after_cents > 0 and set(kinds) != {"draw"}
    return after_cents if is_new else 0


def tell(work: Work, row: Any, cause: Traced, why: Why | None = None) -> None:
    """Tell an item's whole state; of money that moved also whose receipt brought it."""
    data: dict[str, Any] = {
        "surplus_item_id": str(row.item_id),
        "category": row.category,
        "subcode": row.subcode,
        "parcel_number": row.parcel_number,
        "owner": row.owner_name,
        "open_cents": row.open_cents,
        "state": row.state,
        "reason": why.reason if why else WITHOUT_MONEY,
        "receipt_id": str(row.receipt_id),
        "tax_year": row.tax_year,
    }
    if why is not None:
        data |= _moved(row, why)
    work.emit(SURPLUS_CHANGED, f"surplus/{row.item_id}", row.sequence, data, cause=cause)


def _moved(row: Any, why: Why) -> dict[str, Any]:
    return {
        "business_date": why.business_date.isoformat(),
        "opened_cents": why.opened_cents,
        # A receipt kept before its payer was: the money is the owner's then.
        "payer": {"name": row.payer_name or row.owner_name, "email": row.payer_email},
        "receipt_number": row.receipt_number or "",
        "surplus_notice_suppressed": bool(row.surplus_notice_suppressed),
    }


def by_item(movements: Iterable[Any]) -> dict[tuple[UUID, str], list[Any]]:
    """Movements by the payment and liability they are of, in the order they were posted."""
    found: dict[tuple[UUID, str], list[Any]] = {}
    for each in movements:
        found.setdefault((each.payment_fact_id, each.kind), []).append(each)
    return found


def why(row: Any, moved: list[Any]) -> Why:
    last = moved[-1]
    opened = opened_cents(
        row.open_cents - sum(each.amount_cents for each in moved),
        row.open_cents,
        (each.posting_kind for each in moved),
    )
    return Why(last.posting_kind, last.business_date, opened)
