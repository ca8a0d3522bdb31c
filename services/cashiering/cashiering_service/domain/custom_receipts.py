"""Custom receipts: papers in the county's words, with a receipt or after it (CASH-058)."""

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from taxkit.errors import invalid
from taxkit.money import format_cents

CHOSEN_MAX = 10
# What a paper's words may name.
NAMES = frozenset(
    {"receipt_number", "payer", "total", "business_date", "effective_on", "parcels", "note"}
)


@dataclass(frozen=True, slots=True)
class CustomReceipt:
    code: str
    name: str
    paragraphs: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.paragraphs:
            raise ValueError(f"{self.code} has no words")
        for paragraph in self.paragraphs:
            parts = string.Formatter().parse(paragraph)
            named = {name for _, name, _, _ in parts if name is not None}
            if unknown := sorted(named - NAMES):
                raise ValueError(f"{self.code} names {unknown[0]}: it may name {sorted(NAMES)}")


def check_chosen(codes: Sequence[str], known: Iterable[CustomReceipt]) -> None:
    """Refuse papers the county does not have on that day."""
    there = [one.code for one in known]
    for place, code in enumerate(codes):
        if code not in there:
            raise invalid(
                "CUSTOM_RECEIPT_UNKNOWN",
                f"{code!r} is not one of {', '.join(there) or 'none'}",
                f"custom_receipts[{place}]",
            )
    if len(set(codes)) < len(codes) or len(codes) > CHOSEN_MAX:
        raise invalid(
            "CUSTOM_RECEIPTS_INVALID", f"each once, at most {CHOSEN_MAX}", "custom_receipts"
        )


def worded(paper: CustomReceipt, receipt: Mapping[str, str | int]) -> list[str]:
    """A paper's paragraphs of one receipt; what was typed is put in as it is, never read again."""
    said = {**receipt, "total": format_cents(int(receipt["total_cents"]))}
    return [paragraph.format_map(said) for paragraph in paper.paragraphs]
