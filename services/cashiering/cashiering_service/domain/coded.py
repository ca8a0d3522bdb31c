"""What the codes on a bill mean at a counter: partial payments, and alerts (RECV-058, RECV-062)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from cashiering_service.domain.finding import Finding, Severity
from taxkit.money import format_cents

if TYPE_CHECKING:
    from cashiering_service.domain.basket import Line
    from cashiering_service.domain.findings import BillKnown

_PARTIAL = "partial_payment"
_ALERTS = {"alert_user": Severity.WARN, "warning_panel": Severity.SHOW}


@dataclass(frozen=True, slots=True)
class CodeKnown:
    """A code on a bill, with what receivables says of it."""

    code: str
    description: str = ""
    switches: frozenset[str] = frozenset()


def of_part(line: "Line", bill: "BillKnown") -> Iterator[Finding]:
    """A part of a bill, other than its first installments, needs a code that allows it."""
    if any(_PARTIAL in one.switches for one in bill.codes):
        return
    charges = line.quoted.charges if line.quoted else bill.charges
    due_cents = line.quoted.settles_cents if line.quoted else bill.open_cents
    whole = set(accumulate(one.open_cents for one in charges))
    if line.paying_cents < due_cents and line.paying_cents not in whole:
        yield Finding(
            "PARTIAL_NOT_CODED",
            Severity.REFUSE,
            f"bill {bill.bill_number} bears no code that allows a part of"
            f" {format_cents(due_cents)} to be paid",
            bill.parcel_number,
            bill.bill_number,
        )


def alerts(bill: "BillKnown") -> Iterator[Finding]:
    """What a cashier is to know of a bill because of its codes."""
    for one in bill.codes:
        severity = next((said for switch, said in _ALERTS.items() if switch in one.switches), None)
        if severity is not None:
            yield Finding(
                "CODE_ALERT",
                severity,
                f"bill {bill.bill_number} bears the code {one.code}: {one.description}",
                bill.parcel_number,
                bill.bill_number,
            )
