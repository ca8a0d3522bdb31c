"""What a parcel's other bills ask of a payment, whichever call brings it (CASH-020 to CASH-022)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from cashiering_service.domain.basket_terms import BasketTerms, RelatedRule, TaxType
from cashiering_service.domain.called import due_by
from cashiering_service.domain.charges import CHARGE_TYPES
from cashiering_service.domain.findings import (
    DEFAULTED,
    DEFAULTED_SET_INCOMPLETE,
    RELATED_TAX_DELINQUENT,
)
from cashiering_service.domain.receipt import Order, ReceiptLine
from taxkit.errors import Refusal
from taxkit.money import format_cents


@dataclass(frozen=True, slots=True)
class ParcelBill:
    """A bill of a parcel on which an order pays, as the read copies have it."""

    bill_id: UUID
    bill_number: str
    parcel_number: str
    property_class: str
    # Its installments in the words of the copy.
    told: Sequence[Mapping[str, Any]]
    # It is in a plan that was agreed on: the plan says what is paid when.
    is_in_plan: bool = False
    # What settles it, by the day it was quoted for.
    quoted: Mapping[date, int] = field(default_factory=dict)

    @property
    def is_defaulted(self) -> bool:
        """Whether it is to be redeemed, whole and with the others; in a plan it is not."""
        return not self.is_in_plan and any(
            one.get("collection_type") == DEFAULTED for one in self.told
        )

    @property
    def open_cents(self) -> int:
        return sum(map(open_of, self.told))

    def settles_cents(self, on: date) -> int:
        return self.quoted.get(on, self.open_cents)

    def overdue_cents(self, on: date) -> int:
        return sum(open_of(one) for one in self.told if due_by(one, on) < on)


def open_of(told: Mapping[str, Any]) -> int:
    """All that an installment has open."""
    return sum(told.get(f"{kind}_open_cents", 0) for kind in CHARGE_TYPES)


def asks(terms: BasketTerms) -> bool:
    """Whether anything of it has to be known at all: in most counties nothing."""
    return bool(
        terms.defaulted_together
        or terms.defaulted_in_full
        or terms.related
        or any(one.needs_decal for one in terms.tax_types)
    )


@dataclass(frozen=True, slots=True)
class _Paid:
    """What an order pays of one bill, waived charges counted as paid."""

    bill: ParcelBill
    cents: int
    on: date
    # What was asked for it before the lines were made to fit.
    asked_cents: int


def check(
    order: Order,
    lines: Iterable[ReceiptLine],
    bills: Mapping[UUID, ParcelBill],
    terms: BasketTerms,
    effective_on: date,
) -> None:
    """Refuse what a basket would not let pass; what a basket had approved passes here, too."""
    paid = _paid(order, lines, bills, effective_on)
    for one in paid.values():
        if one.bill.is_defaulted and terms.defaulted_in_full:
            _check_full(one, in_basket=order.basket_id is not None)
        if order.basket_id is None and (kind := terms.tax_type_of(one.bill.property_class)):
            _check_decal(one.bill, kind)
    numbers = {one.bill.parcel_number for one in paid.values()}
    for parcel_number in sorted(numbers):
        of_parcel = [one for one in bills.values() if one.parcel_number == parcel_number]
        of_parcel.sort(key=lambda one: one.bill_number)
        if terms.defaulted_together and _may(DEFAULTED_SET_INCOMPLETE, parcel_number, order):
            _check_set(parcel_number, of_parcel, paid)
        for rule in terms.related:
            if not rule.may_override or _may(RELATED_TAX_DELINQUENT, parcel_number, order):
                _check_related(rule, terms, of_parcel, paid, effective_on)


def _paid(
    order: Order,
    lines: Iterable[ReceiptLine],
    bills: Mapping[UUID, ParcelBill],
    effective_on: date,
) -> dict[UUID, _Paid]:
    asked = {line.bill_id: line.amount_cents for line in order.lines}
    found = {}
    for line in lines:
        if line.bill is None or line.bill.bill_id not in bills:
            continue
        waived_cents = sum(line.waived.by_type.values()) if line.waived else 0
        bill_id, cents = line.bill.bill_id, line.amount_cents + waived_cents
        on = line.effective_on or effective_on
        found[bill_id] = _Paid(bills[bill_id], cents, on, asked[bill_id] + waived_cents)
    return found


def _may(code: str, parcel_number: str, order: Order) -> bool:
    """Whether a matter is still to be looked at: nobody else approved it."""
    return (code, parcel_number) not in order.approved


def _check_full(one: _Paid, *, in_basket: bool) -> None:
    # A basket was held to its own quote; here its lines may only have been made to fit.
    full_cents = one.bill.settles_cents(one.on)
    full_cents = min(full_cents, one.asked_cents) if in_basket else full_cents
    if one.cents < full_cents:
        raise Refusal(
            "DEFAULTED_NOT_IN_FULL",
            f"bill {one.bill.bill_number} is in default and paid in full only:"
            f" {format_cents(full_cents)}, not {format_cents(one.cents)}",
        )


def _check_decal(bill: ParcelBill, kind: TaxType) -> None:
    if kind.needs_decal:
        raise Refusal(
            "DECAL_MISSING",
            f"bill {bill.bill_number} is a mobile home's: pay it in a basket, where the number of"
            " its decal is given and confirmed",
        )


def _check_set(parcel_number: str, bills: Sequence[ParcelBill], paid: Mapping[UUID, _Paid]) -> None:
    if not any(one.is_defaulted and one.bill_id in paid for one in bills):
        return
    left = [one for one in bills if one.is_defaulted and one.open_cents and one.bill_id not in paid]
    if left:
        raise Refusal(
            DEFAULTED_SET_INCOMPLETE,
            f"parcel {parcel_number} has defaulted bills that are not paid with it: "
            + ", ".join(one.bill_number for one in left)
            + "; in a basket a second person may approve it",
        )


def _check_related(
    rule: RelatedRule,
    terms: BasketTerms,
    bills: Sequence[ParcelBill],
    paid: Mapping[UUID, _Paid],
    on: date,
) -> None:
    for one in bills:
        kind = terms.tax_type_of(one.property_class)
        if kind is None or kind.code != rule.tax_type:
            continue
        overdue_cents = one.overdue_cents(on)
        settled = paid[one.bill_id].cents if one.bill_id in paid else 0
        if overdue_cents and settled < overdue_cents:
            raise Refusal(
                RELATED_TAX_DELINQUENT,
                f"parcel {one.parcel_number} is delinquent in {kind.name}"
                f" (bill {one.bill_number}, {format_cents(overdue_cents)}): pay that first",
            )
