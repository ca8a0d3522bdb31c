"""Which charges a line pays: by a rule of the law, by another that was chosen, or by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cashiering_service.domain.charges import CHARGE_TYPES, OpenCharges
from taxkit.errors import Refusal, invalid
from taxkit.money import format_cents

ROWS_MAX = 200
COLLECTION_TYPES = ("S", "DS", "U")
AccountKeys = tuple[tuple[str, str], ...]
Charge = tuple[int, str]
"""Installment and charge type."""


@dataclass(frozen=True, slots=True)
class AllocationRule:
    """In which order a payment meets the kinds of charges of an installment."""

    code: str
    name: str
    charge_types: tuple[str, ...]
    # The cashiering services whose lines go by it where none is named (RECV-010).
    services: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if sorted(self.charge_types) != sorted(CHARGE_TYPES):
            raise ValueError(
                f"rule {self.code} orders {', '.join(self.charge_types)}: name each of"
                f" {', '.join(CHARGE_TYPES)} once"
            )


def rule_of(
    rule_id: str, service: str, rules: Sequence[AllocationRule], field: str
) -> AllocationRule:
    """The rule that is named, else that of the service a line is taken under, else the law's."""
    if not rule_id:
        return next((one for one in rules if service and service in one.services), rules[0])
    for rule in rules:
        if rule_id == rule.code:
            return rule
    known = ", ".join(rule.code for rule in rules)
    raise invalid("ALLOCATION_RULE_UNKNOWN", f"{rule_id} is not one of {known}", field)


@dataclass(frozen=True, slots=True)
class AllotmentRow:
    """So much for one charge."""

    installment: int
    charge_type: str
    amount_cents: int
    # Narrower: the charge with this code, carried so, or of this fund; empty means any.
    charge_code: str = ""
    collection_type: str = ""
    fund: str = ""

    @property
    def narrowed(self) -> dict[str, str]:
        """What of the narrower it says."""
        said = ("charge_code", self.charge_code), ("collection_type", self.collection_type)
        return {name: value for name, value in (*said, ("fund", self.fund)) if value}


@dataclass(frozen=True, slots=True)
class Allotment:
    """How a line was to be allocated, and who said so."""

    rule_id: str
    rows: tuple[AllotmentRow, ...]
    by: str
    at: datetime
    # The service type it was taken under: its own rule counts where none is named.
    service: str = ""
    # The basis the payer was quoted on, where the law offers two.
    interest_basis: str = ""
    # The numbers by which the account was asked for: a case and its claim, a plate (CASH-071).
    account_keys: AccountKeys = ()

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
    seen: set[tuple[object, ...]] = set()
    for place, row in enumerate(rows):
        _check_row(row, f"{field}[{place}]", open_cents, seen)
        # Rows of one charge that name different codes or funds share what it has open.
        open_cents[row.installment, row.charge_type] -= row.amount_cents
    total = sum(row.amount_cents for row in rows)
    if total != line_cents:
        raise Refusal(
            "ALLOCATION_NOT_THE_LINE",
            f"{field}: rows of {format_cents(total)} for a line of {format_cents(line_cents)}",
            metadata={"rows_cents": str(total), "line_cents": str(line_cents)},
        )


def _check_row(
    row: AllotmentRow, field: str, open_cents: Mapping[Charge, int], seen: set[tuple[object, ...]]
) -> None:
    charge = (row.installment, row.charge_type)
    if row.collection_type not in ("", *COLLECTION_TYPES):
        raise invalid(
            "COLLECTION_TYPE_UNKNOWN",
            f"one of {', '.join(COLLECTION_TYPES)}",
            f"{field}.collection_type",
        )
    if row.charge_type not in CHARGE_TYPES:
        raise invalid(
            "CHARGE_TYPE_UNKNOWN", f"one of {', '.join(CHARGE_TYPES)}", f"{field}.charge_type"
        )
    if row.amount_cents <= 0:
        raise invalid("AMOUNT_NOT_POSITIVE", "a row is a cent at least", f"{field}.amount_cents")
    named = (*charge, *row.narrowed.items())
    if named in seen:
        raise invalid("CHARGE_TWICE", "a charge is on two rows: add them up", field)
    seen.add(named)
    if row.amount_cents > (left := open_cents.get(charge, 0)):
        raise Refusal(
            "ALLOCATION_ABOVE_OPEN",
            f"{field}: {format_cents(row.amount_cents)} for {row.charge_type} of installment"
            f" {row.installment}, which has {format_cents(left)} open",
            metadata={"open_cents": str(left)},
        )
