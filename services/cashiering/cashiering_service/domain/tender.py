"""What is handed over: kinds of tender, the change they allow, and what stays as surplus."""

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


@dataclass(frozen=True, slots=True)
class Settlement:
    """Tenders weighed against the lines they pay."""

    due_cents: int
    tendered_cents: int
    change_cents: int
    # Above the lines and not handed back: the payer's money, kept.
    surplus_cents: int

    def __post_init__(self) -> None:
        assert self.change_cents >= 0, self
        assert self.surplus_cents >= 0, self
        assert self.tendered_cents == self.due_cents + self.change_cents + self.surplus_cents, self


def settle(
    tenders: Sequence[Tender],
    due_cents: int,
    kinds: Mapping[str, TenderKind],
    *,
    return_change: bool,
) -> Settlement:
    """Part what is above the lines into change and surplus (CASH-043, CASH-044).

    Change is at most what came in tenders that give change, and none when it is not wanted.
    """
    tendered = _tendered(tenders, kinds)
    excess = tendered - due_cents
    if excess < 0:
        raise Refusal(
            "TENDERS_UNBALANCED",
            f"tendered {format_cents(tendered)} for lines of {format_cents(due_cents)}:"
            f" {format_cents(-excess)} short; add a tender or lower a line",
            metadata={"tendered_cents": str(tendered), "due_cents": str(due_cents)},
        )
    returnable = sum(t.amount_cents for t in tenders if kinds[t.tender_type].gives_change)
    change = min(excess, returnable) if return_change else 0
    return Settlement(due_cents, tendered, change, excess - change)


def _tendered(tenders: Sequence[Tender], kinds: Mapping[str, TenderKind]) -> int:
    if not tenders:
        raise invalid("TENDER_MISSING", "name at least one tender", "tenders")
    for place, tender in enumerate(tenders):
        _check(tender, f"tenders[{place}]", kinds)
    tendered = sum(tender.amount_cents for tender in tenders)
    if tendered > CENTS_MAX:
        raise invalid("AMOUNT_TOO_LARGE", "the tenders add up to more than can be kept", "tenders")
    return tendered


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
