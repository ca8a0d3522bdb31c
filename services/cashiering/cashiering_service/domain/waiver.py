"""Interest and penalty waived on a line: within limits, what accrued, and what is paid last."""

from collections.abc import Sequence
from dataclasses import dataclass

from cashiering_service.domain.charges import OpenCharges
from taxkit.errors import Refusal, invalid
from taxkit.money import format_cents


@dataclass(frozen=True, slots=True)
class Waived:
    """What of a line's bill need not be paid."""

    penalty_cents: int
    interest_cents: int

    @property
    def by_type(self) -> dict[str, int]:
        found = {"penalty": self.penalty_cents, "interest": self.interest_cents}
        return {charge_type: cents for charge_type, cents in found.items() if cents}


def check_waiver(
    waived: Waived, field: str, open_charges: OpenCharges, order: Sequence[str], rule_id: str
) -> None:
    """Hold a waiver to what accrued, and to a rule that leaves the waived part last (CASH-051)."""
    for charge_type, cents in (
        ("penalty", waived.penalty_cents),
        ("interest", waived.interest_cents),
    ):
        accrued = open_charges.of_type(charge_type)
        if cents < 0:
            raise invalid(
                "AMOUNT_NEGATIVE",
                "a waiver is an amount above zero",
                f"{field}.{charge_type}_cents",
            )
        if cents > accrued:
            raise Refusal(
                "WAIVER_ABOVE_ACCRUED",
                f"{format_cents(cents)} of {charge_type} shall be waived, {format_cents(accrued)}"
                " accrued: quote the bill as of the payment's effective date",
                metadata={"charge_type": charge_type, "accrued_cents": str(accrued)},
            )
    if not waived.by_type:
        raise invalid("WAIVER_EMPTY", "say how much penalty or interest is waived", field)
    _check_order(waived, open_charges, order, rule_id)


def _check_order(
    waived: Waived, open_charges: OpenCharges, order: Sequence[str], rule_id: str
) -> None:
    """Refuse a rule that would pay a waived part before something that has to be paid."""
    place = {charge_type: number for number, charge_type in enumerate(order)}
    first_waived = min(place.get(each, len(order)) for each in waived.by_type)
    for charge_type, number in place.items():
        owed = open_charges.of_type(charge_type) - waived.by_type.get(charge_type, 0)
        if number > first_waived and owed > 0:
            raise Refusal(
                "WAIVED_NOT_LAST",
                f"rule {rule_id} pays {', '.join(order)}: {charge_type} is paid after what is"
                " waived; choose a rule that comes to the waived part last",
                metadata={"rule_id": rule_id},
            )
