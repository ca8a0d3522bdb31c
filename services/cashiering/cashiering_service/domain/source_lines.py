"""Lines of a receipt that are for a miscellaneous source: beside bills, or on their own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from cashiering_service.domain.receipt import LINES_MAX, ReceiptLine
from cashiering_service.domain.sources import FRVIS, Entry, Source, price
from taxkit.errors import Refusal, invalid
from taxkit.money import CENTS_MAX

# Every version of some sources, by code, the newest first.
Versions = Mapping[str, Sequence[Source]]


def in_force(versions: Sequence[Source], day: date) -> Source | None:
    """A source as of the payment's effective date (CASH-050)."""
    return next((one for one in versions if one.effective_from <= day), None)


def accept_entries(
    entries: Sequence[Entry], versions: Versions, day: date
) -> tuple[ReceiptLine, ...]:
    """Price each entry as of its date; its line comes before those of bills (CASH-050)."""
    if len(entries) > LINES_MAX:
        raise invalid("LINES_COUNT", f"a receipt has 1 to {LINES_MAX} lines", "source_lines")
    lines = []
    for place, entry in enumerate(entries, start=1):
        on = entry.effective_on or day
        priced = price(in_force(versions.get(entry.source_code, ()), on), entry)
        lines.append(
            ReceiptLine(
                place,
                priced.amount_cents,
                priced.parcel_number,
                None,
                priced=priced,
                effective_on=entry.effective_on,
            )
        )
    if sum(line.amount_cents for line in lines) > CENTS_MAX:
        raise invalid("AMOUNT_TOO_LARGE", "the lines add up to more than can be kept", "lines")
    return tuple(lines)


def numbered_after(
    first: Sequence[ReceiptLine], then: Iterable[ReceiptLine]
) -> tuple[ReceiptLine, ...]:
    """Two runs of lines as one, numbered through."""
    start = len(first)
    return (*first, *(replace(one, line_number=one.line_number + start) for one in then))


def out_of_escrow(lines: Iterable[ReceiptLine]) -> int:
    """What of sources a dealer's escrow account may pay: the state's vehicle charges (CASH-049)."""
    return sum(
        one.amount_cents for one in lines if one.priced and one.priced.source.source_type == FRVIS
    )


def check_required(required: Mapping[str, Sequence[str]], lines: Iterable[ReceiptLine]) -> None:
    """Refuse to post until the sources a parcel's flags ask for are there (CASH-081).

    `required` is, by parcel, the codes of the sources its flags ask for.
    """
    there = {(one.priced.source.source_code, one.parcel_number) for one in lines if one.priced}
    for parcel, codes in required.items():
        for code in codes:
            if not there & {(code, parcel), (code, "")}:
                raise Refusal(
                    "SOURCE_REQUIRED",
                    f"a flag on {parcel} asks for the source {code}: add it to the payment",
                    metadata={"source_code": code, "parcel_number": parcel},
                )
