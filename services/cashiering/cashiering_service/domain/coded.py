"""What the codes on a bill mean at a counter: partial payments, and alerts (RECV-058)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cashiering_service.domain.finding import Finding, Severity

if TYPE_CHECKING:
    from cashiering_service.domain.findings import BillKnown

_PARTIAL = "partial_payment"
_ALERTS = {"alert_user": Severity.WARN, "warning_panel": Severity.SHOW}
# What a cashier is told besides, whether or not the code asks for attention.
_STAYS = {
    "bankruptcy": "its owner is in bankruptcy: who pays, and what, is the court's to say",
    "deferral": "it is deferred: nothing of it is collected",
}


@dataclass(frozen=True, slots=True)
class CodeKnown:
    """A code on a bill, with what receivables says of it."""

    code: str
    description: str = ""
    switches: frozenset[str] = frozenset()


def allows_part(codes: Iterable[CodeKnown]) -> bool:
    return any(_PARTIAL in one.switches for one in codes)


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
        for switch in sorted(one.switches & _STAYS.keys()):
            yield Finding(
                f"CODE_{switch.upper()}",
                Severity.WARN if switch == "bankruptcy" else Severity.SHOW,
                f"bill {bill.bill_number} bears the code {one.code}, {_STAYS[switch]}",
                bill.parcel_number,
                bill.bill_number,
            )
