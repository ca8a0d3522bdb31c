"""Where to go on from a basket: methods of services, with what is known filled in (CASH-037)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cashiering_service.domain.basket import Basket, Line, LineKind

_RECEIPTS_OF: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Jump:
    """A method of a service, and which fields of its request are what."""

    action: str
    service: str
    # Without its package, which is the service's unless it says otherwise.
    method: str
    # By the path in the request: a text of `_known`, or behind an equals sign a text as it is.
    fields: Mapping[str, str]
    package: str = ""

    @property
    def path(self) -> str:
        return f"millage.{self.package or self.service}.v1.{self.method}"


_BILL: Final = {"bill_id": "bill_id"}
JUMPS: Final = (
    Jump(
        "tax_information", "receivables", "ReceivablesService/GetBill",
        {**_BILL, "as_of": "effective_on"},
    ),
    Jump(
        "quote", "cashiering", "CashieringService/Quote",
        {"bill_ids": "bill_id", "as_of": "effective_on"},
    ),
    Jump("bill", "levy", "LevyService/GetBill", _BILL),
    Jump("parcel", "levy", "RegisterService/GetParcel", {"parcel_number": "parcel_number"}),
    # The account statement, on paper.
    Jump(
        "print", "receivables", "ReportsService/RunReport",
        {"report": "=account-statement", "parameters.parcel_number": "parcel_number"}, "reports",
    ),
    # A draft on this bill alone: its charges are edited and it is finished there (LEVY-020).
    Jump(
        "adjust_charges", "levy", "ModificationService/OpenModification",
        {
            "bills.parcel_number": "parcel_number", "bills.tax_year": "tax_year",
            "bill_ids": "bill_id", "option": "=MN",
        },
    ),
    Jump(
        "correct_bill", "levy", "CorrectionService/CorrectBill",
        {**_BILL, "expected_version": "bill_version"},
    ),
    Jump(
        "special_assessments", "levy", "SpecialService/ListSpecials",
        {"parcel_number": "parcel_number"},
    ),
    # Of one of them, named by its id; what is on no bill yet is paid off without this one.
    Jump(
        "special_payoff", "levy", "SpecialPayoffService/PayOffPosted",
        {**_BILL, "expected_version": "bill_version"},
    ),
    Jump(
        "protest", "receivables", "FlagService/SetFlag",
        {"subject_kind": "=bill", "subject": "bill_id", "flag": "=protest"},
    ),
    Jump("payment_plan", "receivables", "PlanService/QuotePlan", {"terms.bill_ids": "bill_id"}),
    Jump(
        "receipts", "cashiering", "ReceiptsService/FindReceipts",
        {
            "parcel_number": "parcel_number", "bill_number": "bill_number",
            "from_on": "year_before", "to_on": "business_date",
        },
    ),
    Jump(
        "allocation_rules", "receivables", "AllocationService/ListAllocationRules",
        {"on": "effective_on"},
    ),
    Jump(
        "session_reconcile", "cashiering", "ReconciliationService/GetReconciliation",
        {"session_id": "session_id"},
    ),
)  # fmt: skip
PRINT_BILLS: Final = Jump(
    "print_bills", "receivables", "ReportsService/RunReport",
    {"report": "=bills", "parameters.bill_ids": "bill_ids", "parameters.as_of": "effective_on"},
    "reports",
)  # fmt: skip


def of_line(basket: Basket, line: Line) -> Iterator[tuple[Jump, dict[str, str]]]:
    """Every jump of a bill's line with its fields filled in; of another line none."""
    if line.subject.bill_id is None:
        return
    known = _known(basket, line)
    for jump in JUMPS:
        yield jump, _filled(jump, known)


def of_basket(basket: Basket) -> Iterator[tuple[Jump, dict[str, str]]]:
    """What is done with all bills at once; of a basket without any there is nothing."""
    bills = [line for line in basket.lines if line.kind is LineKind.BILL]
    ids = ",".join(str(line.subject.bill_id) for line in bills)
    if ids:
        known = {"bill_ids": ids, "effective_on": basket.effective_on.isoformat()}
        yield PRINT_BILLS, _filled(PRINT_BILLS, known)


def _known(basket: Basket, line: Line) -> dict[str, str]:
    subject, today = line.subject, basket.session.business_date
    return {
        "parcel_number": subject.parcel_number,
        "bill_id": str(subject.bill_id),
        "bill_number": subject.bill_number,
        "bill_version": str(subject.bill_version),
        "tax_year": str(subject.tax_year or ""),
        "effective_on": line.wish.effective_on.isoformat(),
        "business_date": today.isoformat(),
        "year_before": (today - _RECEIPTS_OF).isoformat(),
        "session_id": str(basket.session.session_id),
    }


def _filled(jump: Jump, known: Mapping[str, str]) -> dict[str, str]:
    return {
        path: named[1:] if named.startswith("=") else known[named]
        for path, named in jump.fields.items()
    }
