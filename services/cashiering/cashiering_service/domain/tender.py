"""What is handed over: kinds of tender, and the change they allow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taxkit.errors import Refusal, invalid
from taxkit.money import CENTS_MAX, format_cents


@dataclass(frozen=True, slots=True)
class TenderKind:
    code: str
    name: str
    # What identifies a tender of this kind; None when nothing does.
    reference_name: str | None
    gives_change: bool


@dataclass(frozen=True, slots=True)
class Tender:
    tender_type: str
    amount_cents: int
    reference: str | None


def change_for(tenders: Sequence[Tender], due_cents: int, kinds: Mapping[str, TenderKind]) -> int:
    """Check the tenders against what is due; gives the change to hand back (CASH-039, CASH-043)."""
    if not tenders:
        raise invalid("TENDER_MISSING", "name at least one tender", "tenders")
    for place, tender in enumerate(tenders):
        _check(tender, f"tenders[{place}]", kinds)
    tendered = sum(tender.amount_cents for tender in tenders)
    change = tendered - due_cents
    returnable = sum(t.amount_cents for t in tenders if kinds[t.tender_type].gives_change)
    if change < 0 or change > returnable:
        raise Refusal(
            "TENDERS_UNBALANCED",
            f"tendered {format_cents(tendered)} for lines of {format_cents(due_cents)}:"
            + (
                f" {format_cents(-change)} short; add a tender or lower a line"
                if change < 0
                else f" {format_cents(change)} over, and only cash gives change; raise a line"
            ),
            metadata={"tendered_cents": str(tendered), "due_cents": str(due_cents)},
        )
    return change


def _check(tender: Tender, field: str, kinds: Mapping[str, TenderKind]) -> None:
    kind = kinds.get(tender.tender_type)
    if kind is None:
        raise invalid(
            "TENDER_TYPE_UNKNOWN",
            f"{tender.tender_type or 'none'} is not one of {', '.join(kinds)}",
            f"{field}.tender_type",
        )
    if not 0 < tender.amount_cents <= CENTS_MAX:
        raise invalid(
            "AMOUNT_NOT_POSITIVE" if tender.amount_cents <= 0 else "AMOUNT_TOO_LARGE",
            f"a tender is from $0.01 to {format_cents(CENTS_MAX)}",
            f"{field}.amount_cents",
        )
    if kind.reference_name and not tender.reference:
        raise invalid(
            "TENDER_REFERENCE_MISSING",
            f"a {kind.name.lower()} needs its {kind.reference_name}",
            f"{field}.reference",
        )
