"""Which charges a line pays: by a rule of the law, by another that was chosen, or by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cashiering_service.domain.charges import CHARGE_TYPES, OpenCharges
from taxkit.errors import Refusal, invalid
from taxkit.money import format_cents

ROWS_MAX = 200
Charge = tuple[int, str]
"""Installment and charge type."""


@dataclass(frozen=True, slots=True)
class AllocationRule:
    """In which order a payment meets the kinds of charges of an installment."""

    code: str
    name: str
    charge_types: tuple[str, ...]

    def __post_init__(self) -> None:
        if sorted(self.charge_types) != sorted(CHARGE_TYPES):
            raise ValueError(
                f"rule {self.code} orders {', '.join(self.charge_types)}: name each of"
                f" {', '.join(CHARGE_TYPES)} once"
            )


@dataclass(frozen=True, slots=True)
class AllotmentRow:
    """So much for one charge."""

    installment: int
    charge_type: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Allotment:
    """How a line was to be allocated, and who said so."""

    rule_id: str
    rows: tuple[AllotmentRow, ...]
    by: str
    at: datetime
    # The service type it was taken under: its own rule counts where none is named.
    service: str = ""

    @property
    def is_overridden(self) -> bool:
        """Whether hands put the money where it goes."""
        return bool(self.rows)


def check_rows(
    rows: Sequence[AllotmentRow], field: str, line_cents: int, open_charges: OpenCharges
) -> None:
    """Hold rows given by hand to the line's amount and to what each charge has open (CASH-054)."""
    if len(rows) > ROWS_MAX:
        raise invalid("ALLOCATION_TOO_LONG", f"at most {ROWS_MAX} rows a line", field)
    open_cents = {
        (one.installment, charge_type): cents
        for one in open_charges.installments
        for charge_type, cents in one.cents.items()
    }
    seen: set[Charge] = set()
    for place, row in enumerate(rows):
        _check_row(row, f"{field}[{place}]", open_cents, seen)
    total = sum(row.amount_cents for row in rows)
    if total != line_cents:
        raise Refusal(
            "ALLOCATION_NOT_THE_LINE",
            f"{field}: rows of {format_cents(total)} for a line of {format_cents(line_cents)}",
            metadata={"rows_cents": str(total), "line_cents": str(line_cents)},
        )


def _check_row(
    row: AllotmentRow, field: str, open_cents: Mapping[Charge, int], seen: set[Charge]
) -> None:
    charge = (row.installment, row.charge_type)
    if row.charge_type not in CHARGE_TYPES:
        raise invalid(
            "CHARGE_TYPE_UNKNOWN", f"one of {', '.join(CHARGE_TYPES)}", f"{field}.charge_type"
        )
    if row.amount_cents <= 0:
        raise invalid("AMOUNT_NOT_POSITIVE", "a row is a cent at least", f"{field}.amount_cents")
    if charge in seen:
        raise invalid("CHARGE_TWICE", "a charge is on two rows: add them up", field)
    seen.add(charge)
    if row.amount_cents > (left := open_cents.get(charge, 0)):
        raise Refusal(
            "ALLOCATION_ABOVE_OPEN",
            f"{field}: {format_cents(row.amount_cents)} for {row.charge_type} of installment"
            f" {row.installment}, which has {format_cents(left)} open",
            metadata={"open_cents": str(left)},
        )
