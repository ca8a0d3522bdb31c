"""What is handed over: kinds of tender, the change they allow, and what stays as surplus."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from taxkit.errors import Refusal, invalid
from taxkit.money import CENTS_MAX, format_cents


@dataclass(frozen=True, slots=True)
class Identifier:
    """Something besides its reference that a tender of a kind has to say of itself."""

    code: str
    name: str
    # The whole of it has to match.
    pattern: str

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern of {self.code}: {error}") from error


@dataclass(frozen=True, slots=True)
class TenderKind:
    code: str
    name: str
    # What identifies a tender of this kind; None when nothing does.
    reference_name: str | None
    gives_change: bool
    identifiers: tuple[Identifier, ...] = ()
    # The miscellaneous source that whoever pays with it pays, too.
    fee_source: str = ""


@dataclass(frozen=True, slots=True)
class Tender:
    tender_type: str
    amount_cents: int
    reference: str | None
    # What its kind asks for besides, by code.
    identifiers: tuple[tuple[str, str], ...] = ()
    # The basket that kept the money held which it draws, in the ledger's words.
    held_for: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """Tenders weighed against the lines they pay."""

    due_cents: int
    tendered_cents: int
    change_cents: int
    # Above the lines and not handed back: the payer's money, kept.
    surplus_cents: int
    # Below the lines and let go.
    short_cents: int = 0

    def __post_init__(self) -> None:
        assert min(self.change_cents, self.surplus_cents, self.short_cents) >= 0, self
        assert (
            self.tendered_cents + self.short_cents
            == self.due_cents + self.change_cents + self.surplus_cents
        ), self


def settle(
    tenders: Sequence[Tender],
    due_cents: int,
    kinds: Mapping[str, TenderKind],
    *,
    return_change: bool,
    answered: bool = True,
    tolerance_cents: int = 0,
) -> Settlement:
    """Part what is above the lines into change and surplus (CASH-043, CASH-044).

    Change is at most what came in tenders that give change, and none when it is not wanted. What is
    below the lines is let go within the tolerance, and refused beyond it (CASH-046).
    """
    tendered = _tendered(tenders, kinds)
    excess = tendered - due_cents
    if excess and not answered:
        raise Refusal(
            "ALLOCATE_TENDERED_UNANSWERED",
            f"tendered {format_cents(tendered)} for lines of {format_cents(due_cents)}: say whether"
            " the lines shall be made to fit (allocate_tendered)",
            metadata={"tendered_cents": str(tendered), "due_cents": str(due_cents)},
        )
    if -excess > tolerance_cents:
        raise Refusal(
            "TENDERS_UNBALANCED",
            f"tendered {format_cents(tendered)} for lines of {format_cents(due_cents)}:"
            f" {format_cents(-excess)} short; add a tender or lower a line",
            metadata={"tendered_cents": str(tendered), "due_cents": str(due_cents)},
        )
    if excess < 0:
        return Settlement(due_cents, tendered, 0, 0, -excess)
    returnable = sum(t.amount_cents for t in tenders if kinds[t.tender_type].gives_change)
    change = min(excess, returnable) if return_change else 0
    return Settlement(due_cents, tendered, change, excess - change)


def _tendered(tenders: Sequence[Tender], kinds: Mapping[str, TenderKind]) -> int:
    """Check each tender against what its kind asks for; gives what they add up to."""
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
    _check_identifiers(tender, field, kind)


def _check_identifiers(tender: Tender, field: str, kind: TenderKind) -> None:
    """Hold a tender to what its kind asks for: all of it, well-formed, and nothing else."""
    said = dict(tender.identifiers)
    for wanted in kind.identifiers:
        at, found = f"{field}.identifiers.{wanted.code}", said.pop(wanted.code, "")
        if not found:
            raise invalid(
                "TENDER_IDENTIFIER_MISSING", f"a {kind.name.lower()} needs its {wanted.name}", at
            )
        if not re.fullmatch(wanted.pattern, found):
            raise invalid(
                "TENDER_IDENTIFIER_INVALID", f"{wanted.name}: it has to fit {wanted.pattern}", at
            )
    for code in said:
        raise invalid(
            "TENDER_IDENTIFIER_UNKNOWN",
            f"a {kind.name.lower()} has no {code}",
            f"{field}.identifiers.{code}",
        )


def fill_rest(tenders: Sequence[Tender], rest: Sequence[int], due_cents: int) -> list[Tender]:
    """Let the one tender at the places in `rest` stand for what the others leave (CASH-039)."""
    filled = list(tenders)
    if len(rest) > 1:
        raise invalid(
            "TENDER_REST_TWICE", "only one tender can be for the rest", f"tenders[{rest[1]}].rest"
        )
    for place in rest:
        if tenders[place].amount_cents:
            raise invalid(
                "TENDER_REST_AMOUNT",
                "a tender for the rest has no amount of its own",
                f"tenders[{place}].amount_cents",
            )
        others = sum(one.amount_cents for one in tenders)
        filled[place] = replace(tenders[place], amount_cents=due_cents - others)
    return filled
