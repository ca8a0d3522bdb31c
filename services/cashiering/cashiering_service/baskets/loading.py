"""Finding what goes into a basket: by keys, by scanned codes, or of accounts that were picked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.baskets import retired_parcels
from cashiering_service.baskets import store as basket_store
from cashiering_service.domain.findings import DEFAULTED
from cashiering_service.domain.lookup import Lookup, account_keys_of
from cashiering_service.domain.receipt import LINES_MAX
from cashiering_service.domain.remittance import BillReference, ReferenceFormat
from taxkit.errors import Refusal, invalid, not_found


@dataclass(frozen=True, slots=True)
class Found:
    """The bills that were asked for, as the read copy has them."""

    service_type: str
    bills: Sequence[Any]
    by_bill_number: bool = False
    # What is paid of a bill where that is decided already, and what its line has to tell of it.
    amounts: Mapping[UUID, int] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)


def by_keys(connection: Connection, lookup: Lookup) -> Found:
    if lookup.service_type == "repay_reversal":
        bills = _of_reversed_receipt(connection, lookup.keys)
    else:
        # Keys of business that is no bill's lead to none: sources are entered, sales are elsewhere.
        of_bills = basket_store.BILL_KEYS & lookup.keys.keys()
        bills = (
            basket_store.bills_by_keys(connection, lookup.keys, LINES_MAX + 1) if of_bills else []
        )
    if not bills:
        number = lookup.keys.get("parcel_number", "")
        if current := retired_parcels.in_place_of(connection, number):
            retired_parcels.refuse(number, current, "and no bill is left on the old number")
        given = ", ".join(f"{key} {value}" for key, value in lookup.keys.items())
        raise not_found("BILL_NOT_FOUND", f"no bill of {given}")
    if lookup.by_bill_number:
        bills = basket_store.with_other_parts(connection, [one.bill_id for one in bills])
    keys = account_keys_of(lookup)
    details = {"account_keys": json.dumps(keys)} if keys else {}
    return Found(lookup.service_type, _not_too_many(bills), lookup.by_bill_number, details=details)


def by_codes(connection: Connection, codes: Sequence[str], form: ReferenceFormat) -> Found:
    """Bills by the codes scanned off their coupons; one that is misread refuses all (CASH-016)."""
    read: list[tuple[str, int]] = []
    for place, code in enumerate(codes):
        reference = form.read(code.replace(" ", "").replace("-", ""))
        if not isinstance(reference, BillReference):
            raise invalid(reference.reason.value, reference.message, f"bill_codes[{place}]")
        if reference.tax_year is None:
            raise invalid("BAD_REFERENCE", f"{code} names no tax year", f"bill_codes[{place}]")
        read.append((reference.parcel_number, reference.tax_year))
    bills = basket_store.bills_by_codes(connection, list(dict.fromkeys(read)))
    known = {(one.parcel_number, one.tax_year) for one in bills}
    for parcel_number, tax_year in read:
        if (parcel_number, tax_year) not in known:
            raise not_found("BILL_NOT_FOUND", f"no bill of {tax_year} for parcel {parcel_number}")
    return Found("tax", _not_too_many(bills), by_bill_number=True)


def of_parcels(connection: Connection, parcel_numbers: Sequence[str]) -> Found:
    """All bills of the accounts picked from a search (CASH-015)."""
    bills = basket_store.bills_of_parcels(connection, parcel_numbers, LINES_MAX + 1)
    known = {one.parcel_number for one in bills}
    for parcel_number in parcel_numbers:
        if parcel_number not in known:
            raise not_found("BILL_NOT_FOUND", f"no bill of parcel {parcel_number}")
    return Found("tax", _not_too_many(bills))


def _of_reversed_receipt(connection: Connection, keys: Mapping[str, str]) -> Sequence[Any]:
    """The bills a reversed receipt had paid: to be paid again."""
    number = keys["receipt_number"]
    lines = basket_store.receipt_lines(connection, number, int(keys["receipt_year"]))
    if not lines:
        raise not_found("RECEIPT_NOT_FOUND", f"no receipt {number} of {keys['receipt_year']}")
    if lines[0].reversal_id is None:
        raise Refusal(
            "RECEIPT_NOT_REVERSED", f"receipt {number} stands: reverse it before it is paid again"
        )
    bill_ids: list[UUID] = [one.bill_id for one in lines if one.bill_id]
    return basket_store.bills_by_id(connection, bill_ids)


def _not_too_many(bills: Sequence[Any]) -> Sequence[Any]:
    if len(bills) > LINES_MAX:
        raise invalid("TOO_MANY_BILLS", f"more than {LINES_MAX} bills: narrow the search", "keys")
    return bills


def with_defaulted_set(connection: Connection, found: Found) -> Found:
    """Add every other unpaid defaulted bill of a parcel one of whose is loaded (CASH-020)."""
    parcels = {one.parcel_number for one in found.bills if _is_defaulted(one)}
    if not parcels:
        return found
    there = {one.bill_id for one in found.bills}
    pulled = basket_store.defaulted_of_parcels(connection, sorted(parcels))
    bills = [*found.bills, *(one for one in pulled if one.bill_id not in there)]
    return replace(found, bills=_not_too_many(bills))


def _is_defaulted(bill: Any) -> bool:
    return any(one.get("collection_type") == DEFAULTED for one in bill.installments)
