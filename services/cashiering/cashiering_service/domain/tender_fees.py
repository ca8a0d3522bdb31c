"""What paying by some tender costs the payer: a source's line beside the others (CASH-050)."""

from collections.abc import Mapping, Sequence

from cashiering_service.domain.receipt import ReceiptLine
from cashiering_service.domain.sources import BASE
from cashiering_service.domain.tender import Tender, TenderKind
from taxkit.errors import Refusal
from taxkit.money import format_cents


def check_fees(
    tenders: Sequence[Tender], lines: Sequence[ReceiptLine], kinds: Mapping[str, TenderKind]
) -> None:
    """Refuse a tender without its fee, or with a fee of another amount than it pays.

    A fee by percent is on what the tender pays besides the fee itself.
    """
    for code in sorted({tender.tender_type for tender in tenders}):
        kind = kinds.get(code)
        if kind is not None and kind.fee_source:
            _check(kind, [one for one in tenders if one.tender_type == code], lines)


def _check(kind: TenderKind, tenders: Sequence[Tender], lines: Sequence[ReceiptLine]) -> None:
    fees = [
        (one.amount_cents, one.priced.fields.get(BASE))
        for one in lines
        if one.priced and one.priced.source.source_code == kind.fee_source
    ]
    if not fees:
        raise Refusal(
            "SOURCE_REQUIRED",
            f"whoever pays by {kind.name} pays the source {kind.fee_source}, too: add it",
            metadata={"source_code": kind.fee_source, "tender_type": kind.code},
        )
    if any(base is None for _, base in fees):
        return  # a flat fee is the same on every amount
    tendered = sum(tender.amount_cents for tender in tenders)
    covered = sum(cents + int(base or 0) for cents, base in fees)
    if tendered != covered:
        raise Refusal(
            "FEE_OF_ANOTHER_AMOUNT",
            f"the fee and what it is taken of come to {format_cents(covered)}, by {kind.name}"
            f" {format_cents(tendered)} is paid",
            metadata={"tendered_cents": str(tendered), "covered_cents": str(covered)},
        )
