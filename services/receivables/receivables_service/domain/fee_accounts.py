"""A fee on no bill, as an account of the ledger: a bill of its own, without tax (ADR 32)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from receivables_service.domain.facts import (
    BillInstallment,
    BillIssued,
    CollectionTypeTransferred,
    FeeCharged,
)
from receivables_service.domain.fee_terms import FeeRow
from receivables_service.domain.terms import CollectionType

CLASS = "fee_account"
"""The class of such a bill."""

REASON = "a fee on nothing that secures it"


def number_of(fee_id: UUID, tax_year: int) -> str:
    """What stands on the notice, and what the counter finds it by."""
    return f"F-{tax_year}-{fee_id.hex[-12:].upper()}"


def holder_name(kind: str, holder_id: str) -> str:
    """In the place of a parcel's number; no parcel has such a one."""
    return f"{kind}:{holder_id}"


def effective_on(charged_on: date) -> date:
    """Money of the day the fee is charged meets it: on one day money counts before fees."""
    return charged_on - timedelta(days=1)


def facts_of(
    ids: Sequence[UUID], on: date, at: datetime, fee: FeeCharged, due: tuple[int, date]
) -> tuple[BillIssued, FeeCharged, CollectionTypeTransferred]:
    """Open the account, charge the fee, and carry it unsecured: so it never defaults."""
    tax_year, due_on = due
    issued, unsecured = ids
    return (
        BillIssued(issued, on, at, tax_year, (BillInstallment(1, due_on, 0),), bill_class=CLASS),
        fee,
        CollectionTypeTransferred(unsecured, on, at, CollectionType.UNSECURED, REASON),
    )


def parts_of(charge_code: str, amount_cents: int, rows: Sequence[FeeRow]) -> Mapping[str, int]:
    """For which accounts the money is: those of its rows, else one of its own kind."""
    if not rows:
        return {charge_code: amount_cents}
    parts: dict[str, int] = {}
    for row in rows:
        parts[row.account_code] = parts.get(row.account_code, 0) + row.amount_cents
    return parts
