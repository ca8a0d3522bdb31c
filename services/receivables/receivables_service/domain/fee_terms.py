"""Kinds of fees an office charges, whom they may be put on, and templates of their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Holder(StrEnum):
    """Whom a fee is put on."""

    ACCOUNT = "account"
    PROPERTY = "property"
    LITIGATION = "litigation"
    TAX_DISTRICT = "tax_district"
    AGENT = "agent"
    ASSESSMENT_AGENCY = "assessment_agency"
    MORTGAGE_HOLDER = "mortgage_holder"


@dataclass(frozen=True, slots=True)
class FeeRow:
    """A part of a miscellaneous fee, for one account of the office's books."""

    account_code: str
    description: str
    amount_cents: int = 0


@dataclass(frozen=True, slots=True)
class FeeTemplate:
    """Rows that a miscellaneous fee starts from."""

    code: str
    rows: tuple[FeeRow, ...]


@dataclass(frozen=True, slots=True)
class FeeType:
    code: str
    name: str
    # Which fee it is in the ledger.
    charge_code: str
    # What it costs unless somebody says otherwise; nothing where each has its own amount.
    amount_cents: int = 0
    # It may be parted while its bill is in half pay (RECV-068).
    half_pay: bool = False
    # Made of rows, each for an account (RECV-066).
    miscellaneous: bool = False

    def __post_init__(self) -> None:
        if not self.code or not self.charge_code or self.amount_cents < 0:
            raise ValueError(f"fee type {self.code!r} has no code, or costs less than nothing")


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """All fees of an office, as of a day."""

    rule_id: str
    types: Mapping[str, FeeType] = field(default_factory=dict)
    account_codes: frozenset[str] = frozenset()
    templates: Mapping[str, FeeTemplate] = field(default_factory=dict)


def total_of(rows: Sequence[FeeRow]) -> int:
    return sum(row.amount_cents for row in rows)
