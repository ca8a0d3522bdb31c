"""A line of a file that pays a miscellaneous source, priced as the counter would price it."""

from collections.abc import Mapping

from cashiering_service.domain.remittance.layout_document import AmountFormat, Sign
from cashiering_service.domain.remittance.wording import read_amount
from cashiering_service.domain.sources import AmountMode, Entry, Priced, Source, price
from taxkit.errors import invalid
from taxkit.money import format_cents

_UNITS = "units"


def price_line(
    source: Source | None,
    source_code: str,
    amount_cents: int,
    parcel_number: str,
    fields: Mapping[str, str],
) -> Priced:
    """Price a line; what its file says beside the source's own fields stays with the line."""
    entry = Entry(source_code, amount_cents, parcel_number=parcel_number)
    if source is not None:
        asked = {one.name for one in source.all_inputs}
        entry = Entry(
            source_code,
            amount_cents if source.amount_mode in (AmountMode.FLAT, AmountMode.ENTERED) else 0,
            _amounts(source, fields),
            _units(source, fields),
            parcel_number,
            {name: value for name, value in fields.items() if name in asked and value},
        )
    priced = price(source, entry)
    if priced.amount_cents != amount_cents:
        raise invalid(
            "AMOUNT_DIFFERS",
            f"{priced.source.name} comes to {format_cents(priced.amount_cents)},"
            f" the line pays {format_cents(amount_cents)}",
            "amount",
        )
    return priced


def _amounts(source: Source, fields: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    if source.amount_mode is not AmountMode.SEVERAL:
        return ()
    given = [(name, fields[name]) for name in source.amount_names if fields.get(name)]
    read = [(name, read_amount(text, AmountFormat.GROUPED, Sign.NONE)) for name, text in given]
    for name, cents in read:
        if cents is None:
            raise invalid("AMOUNTS_INVALID", f"{name} is {fields[name][:40]!r}: dollars", name)
    return tuple((name, cents) for name, cents in read if cents is not None)


def _units(source: Source, fields: Mapping[str, str]) -> int:
    text = fields.get(_UNITS, "")
    if source.amount_mode is not AmountMode.PER_UNIT:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise invalid("UNITS_INVALID", f"units are {text[:40]!r}: a whole number", _UNITS)
    return int(text)
