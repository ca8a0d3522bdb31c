"""Miscellaneous sources: what an entry costs and what has to be said with it (CASH-077..080)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from taxkit.errors import Refusal, invalid
from taxkit.money import CENTS_MAX, Rounding, format_cents, times

VALUE_MAX = 200
INPUTS_MAX = 40
AMOUNTS_MAX = 20
UNITS_MAX = 1_000_000
# Said of a source that is a percentage: of which amount.
BASE = "of_cents"


class AmountMode(StrEnum):
    FLAT = "flat"
    ENTERED = "entered"
    SEVERAL = "several"
    PER_UNIT = "per_unit"
    # Of an amount that is named, a card's for one; never less than the source's own amount.
    PERCENT = "percent"


class ParcelTie(StrEnum):
    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class InputType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that is said with a source, by whoever takes the money."""

    name: str
    input_type: InputType
    required: bool
    choices: tuple[str, ...] = ()


FRVIS = "frvis"
# What a type of source asks for beside its own inputs.
TYPES: Mapping[str, tuple[Input, ...]] = {
    "standard": (),
    "payment_in_lieu": (),
    # The year means nothing there, but is asked for and kept (CASH-075).
    "forfeiture": (Input("tax_year", InputType.NUMBER, required=True),),
    FRVIS: (
        Input("batch_number", InputType.TEXT, required=True),
        Input("transaction_user", InputType.TEXT, required=True),
        Input("dealer_license", InputType.TEXT, required=False),
    ),
    "hunting": (Input("input_file", InputType.TEXT, required=True),),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it is from a date on."""

    source_code: str
    effective_from: date
    name: str
    short_name: str
    source_group: str
    source_type: str
    amount_mode: AmountMode
    amount_cents: int
    amount_names: tuple[str, ...]
    parcel_tie: ParcelTie
    credit_fund: str
    credit_account: str
    debit_fund: str = ""
    debit_account: str = ""
    rate_type: str = ""
    distribution_method: str = ""
    inputs: tuple[Input, ...] = ()
    service_url: str = ""
    required_by_flag: str = ""
    is_active: bool = True
    percent: Decimal | None = None

    @property
    def all_inputs(self) -> tuple[Input, ...]:
        return (*TYPES[self.source_type], *self.inputs)

    @property
    def payment_type(self) -> str:
        """What till and cashier have to be allowed to take."""
        return "forfeiture" if self.source_type == "forfeiture" else "misc"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of one line of a payment that is for no bill."""

    source_code: str
    amount_cents: int = 0
    amounts: tuple[tuple[str, int], ...] = ()
    units: int = 0
    parcel_number: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    # Its own date of payment, which prices it; None is the receipt's.
    effective_on: date | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """An entry that can be taken."""

    source: Source
    amount_cents: int
    parcel_number: str
    # As they are kept: every value in its type's one form, amounts and units among them.
    fields: Mapping[str, str]


def price(source: Source | None, entry: Entry) -> Priced:
    """What an entry costs, refusing one that lacks anything."""
    if source is None or not source.is_active:
        raise Refusal(
            "SOURCE_NOT_IN_FORCE", f"no source {entry.source_code!r} is in force on that day"
        )
    cents, kept = _amount(source, entry)
    if not 0 < cents <= CENTS_MAX:
        raise invalid(
            "AMOUNT_NOT_POSITIVE" if cents <= 0 else "AMOUNT_TOO_LARGE",
            f"{format_cents(cents)}: a line is from $0.01 to {format_cents(CENTS_MAX)}",
            "amount_cents",
        )
    parcel = entry.parcel_number.strip()
    if source.parcel_tie is ParcelTie.REQUIRED and not parcel:
        raise invalid("PARCEL_MISSING", f"{source.name} is for a parcel: name it", "parcel_number")
    if source.parcel_tie is ParcelTie.NONE and parcel:
        raise invalid("PARCEL_NOT_WANTED", f"{source.name} is for no parcel", "parcel_number")
    return Priced(source, cents, parcel, {**read_fields(source.all_inputs, entry.fields), **kept})


def _amount(source: Source, entry: Entry) -> tuple[int, dict[str, str]]:
    mode = source.amount_mode
    said = {name: bool(getattr(entry, name)) for name in ("amount_cents", "amounts", "units")}
    wanted = {
        AmountMode.FLAT: "amount_cents",
        AmountMode.ENTERED: "amount_cents",
        AmountMode.SEVERAL: "amounts",
        AmountMode.PER_UNIT: "units",
        AmountMode.PERCENT: "amount_cents",
    }[mode]
    if unwanted := [name for name, is_said in said.items() if is_said and name != wanted]:
        raise invalid(
            "AMOUNT_MODE_MISMATCH", f"{source.name} is {mode}: leave {unwanted[0]} out", unwanted[0]
        )
    if mode is AmountMode.FLAT:
        if entry.amount_cents not in {0, source.amount_cents}:
            raise invalid(
                "AMOUNT_FIXED",
                f"{source.name} costs {format_cents(source.amount_cents)}",
                "amount_cents",
            )
        return source.amount_cents, {}
    if mode is AmountMode.PER_UNIT:
        if not 0 < entry.units <= UNITS_MAX:
            raise invalid("UNITS_INVALID", f"from 1 to {UNITS_MAX} units", "units")
        return entry.units * source.amount_cents, {"units": str(entry.units)}
    if mode is AmountMode.SEVERAL:
        return _several(source.amount_names, entry.amounts)
    if mode is AmountMode.PERCENT:
        return _percent(source, entry.amount_cents), {BASE: str(entry.amount_cents)}
    return entry.amount_cents, {}


def _percent(source: Source, of_cents: int) -> int:
    """So much of an amount, rounded half up; a cent at least, so that it is always a line."""
    assert source.percent is not None
    if not 0 < of_cents <= CENTS_MAX:
        raise invalid("AMOUNT_NOT_POSITIVE", "say of which amount it is taken", "amount_cents")
    share = times(of_cents, source.percent / 100, Rounding.HALF_UP)
    return max(share, source.amount_cents, 1)


def _several(
    names: Sequence[str], amounts: Sequence[tuple[str, int]]
) -> tuple[int, dict[str, str]]:
    given = dict(amounts)
    if len(given) < len(amounts) or not given.keys() <= set(names):
        raise invalid("AMOUNTS_INVALID", f"once each: {', '.join(names)}", "amounts")
    if any(not 0 <= cents <= CENTS_MAX for cents in given.values()):
        raise invalid("AMOUNTS_INVALID", "none is below zero", "amounts")
    return sum(given.values()), {name: str(given[name]) for name in names if name in given}


def read_fields(inputs: Sequence[Input], given: Mapping[str, str]) -> dict[str, str]:
    """What was said, each in its type's one form; refused until all that is required is there."""
    known = {one.name: one for one in inputs}
    if unknown := given.keys() - known.keys():
        raise invalid("FIELD_UNKNOWN", f"{min(unknown)} is not asked for", "fields")
    kept: dict[str, str] = {}
    for one in inputs:
        value = given.get(one.name, "").strip()
        if value:
            kept[one.name] = _read(one, value)
        elif one.required:
            raise invalid("FIELD_MISSING", f"{one.name} has to be said", f"fields.{one.name}")
    return kept


def _read(wanted: Input, value: str) -> str:
    try:
        return _READERS[wanted.input_type](wanted, value)
    except (ValueError, InvalidOperation):
        raise invalid(
            "FIELD_INVALID",
            f"{wanted.name} is {value[:40]!r}: {wanted.input_type} is needed",
            f"fields.{wanted.name}",
        ) from None


def _text(_: Input, value: str) -> str:
    if len(value) > VALUE_MAX or not value.isprintable():
        raise ValueError
    return value


def _number(_: Input, value: str) -> str:
    number = Decimal(value)
    if not number.is_finite() or len(value) > VALUE_MAX or abs(number.adjusted()) > VALUE_MAX:
        raise ValueError
    return format(number, "f")


def _choice(wanted: Input, value: str) -> str:
    return wanted.choices[wanted.choices.index(value)]


def _yes_no(_: Input, value: str) -> str:
    plain = value.casefold()
    if plain not in {"yes", "no"}:
        raise ValueError
    return plain


_READERS = {
    InputType.TEXT: _text,
    InputType.NUMBER: _number,
    InputType.DATE: lambda _, value: date.fromisoformat(value).isoformat(),
    InputType.CHOICE: _choice,
    InputType.YES_NO: _yes_no,
}
