"""What differs between two states of a bill, row by row, and what of it others are told."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from operator import is_
from typing import NamedTuple, TypeVar
from uuid import UUID

from receivables_service.domain.discount_facts import DiscountRow
from receivables_service.domain.state import BillState, ChargeRow, PaymentRow, Rows, UnappliedRow
from receivables_service.domain.terms import ChargeType, CollectionType, UnappliedKind

Row = TypeVar("Row", ChargeRow, PaymentRow, UnappliedRow, DiscountRow)


@dataclass(frozen=True, slots=True)
class StateChange:
    """Rows whose amounts are what was added, or with a minus taken back."""

    charges: tuple[ChargeRow, ...]
    payments: tuple[PaymentRow, ...]
    unapplied: tuple[UnappliedRow, ...]
    discounts: tuple[DiscountRow, ...] = ()

    @property
    def received_cents(self) -> int:
        """Money that came in with this change; negative when it went out again."""
        return sum(row.amount_cents for row in self.payments) + sum(
            row.amount_cents for row in self.unapplied
        )


class AllocatedRow(NamedTuple):
    """What a receipt's money newly pays, or with a minus no longer pays."""

    receipt_id: UUID
    installment: int
    charge_type: ChargeType
    collection_type: CollectionType
    rule_id: str
    amount_cents: int
    charge_code: str = ""
    subcode: str = ""


@dataclass(frozen=True, slots=True)
class Allocation:
    """How one posting moved money between receipts, charges and the money on no charge."""

    rows: tuple[AllocatedRow, ...]
    surplus_cents: int
    suspense_cents: int

    @property
    def total_cents(self) -> int:
        return sum(row.amount_cents for row in self.rows) + self.surplus_cents + self.suspense_cents


def difference(before: BillState | Rows, after: BillState) -> StateChange:
    """Compare two states row by row; a row is the same when all but its amount is."""
    return StateChange(
        charges=_changed(before.charges, after.charges, _charge_key),
        payments=_changed(before.payments, after.payments, _charge_key),
        unapplied=_changed(before.unapplied, after.unapplied, _unapplied_key),
        discounts=_changed(before.discounts, after.discounts, _charge_key),
    )


def allocation(change: StateChange, received_cents: int) -> Allocation:
    """Tell what a posting allocated, given the money it brought in.

    That is the amount of a payment, the same with a minus for a reversal, and nothing for a
    reallocation: rows, surplus and suspense add up to exactly that, or the posting is refused.
    """
    rows: dict[tuple[UUID, int, ChargeType, CollectionType, str, str, str], int] = {}
    for row in change.payments:
        key = (
            row.receipt_id,
            row.installment,
            row.charge_type,
            row.collection_type,
            row.rule_id,
            row.charge_code,
            row.subcode,
        )
        rows[key] = rows.get(key, 0) + row.amount_cents
    held = dict.fromkeys(UnappliedKind, 0)
    for unapplied in change.unapplied:
        held[unapplied.kind] += unapplied.amount_cents
    told = Allocation(
        rows=tuple(
            AllocatedRow(*key[:-2], cents, *key[-2:]) for key, cents in rows.items() if cents
        ),
        surplus_cents=held[UnappliedKind.SURPLUS],
        suspense_cents=held[UnappliedKind.SUSPENSE],
    )
    assert told.total_cents == received_cents, (told, received_cents)
    return told


def _changed(
    before: tuple[Row, ...], after: tuple[Row, ...], key: Callable[[Row], Hashable]
) -> tuple[Row, ...]:
    # Nearly always rows were only added, and those before them are the very same.
    if len(after) >= len(before) and all(map(is_, before, after)):
        return after[len(before) :]
    was = {key(row): row for row in before}
    changed: list[Row] = []
    for row in after:
        old = was.pop(key(row), None)
        if old is None:
            changed.append(row)
        elif old.amount_cents != row.amount_cents:
            changed.append(replace(row, amount_cents=row.amount_cents - old.amount_cents))
    gone: list[Row] = [replace(row, amount_cents=-row.amount_cents) for row in was.values()]
    return tuple(gone + changed)


def _charge_key(row: ChargeRow | PaymentRow | DiscountRow) -> Hashable:
    return (
        row.fact_id,
        row.installment,
        row.charge_type,
        row.collection_type,
        row.rule_id,
        row.charge_code,
        row.subcode,
    )


def _unapplied_key(row: UnappliedRow) -> Hashable:
    return (row.fact_id, row.kind, row.rule_id)
