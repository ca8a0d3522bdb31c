"""What the months of an installment bear interest on, and at which rates those that waited."""

from typing import TYPE_CHECKING

from receivables_service.domain.interest_terms import InterestBase
from receivables_service.domain.terms import ChargeType, InterestTerm

if TYPE_CHECKING:
    from receivables_service.domain.balances import Installment


def unpaid(installment: "Installment", term: InterestTerm) -> int:
    """What a month bears interest on."""
    if (base := term.ways.base) is InterestBase.UNPAID_TAX:
        return installment.tax.charged - installment.tax.paid
    left_out = {ChargeType.FEE}
    if base is InterestBase.TAX_AND_PENALTY:
        left_out.add(ChargeType.INTEREST)
    return sum(each.open_cents for each in installment.charges if each.charge_type not in left_out)


def count_turned(installment: "Installment", come: int, cents: int) -> int:
    """Count months that came while a later due date spared them under rates that are over since.

    Each bears its own rate, as if it had been counted as it came. Gives the months that are left.
    """
    begun = installment.months - come
    for by_then, term in installment.turned:
        if (of_term := min(by_then, installment.months) - begun) > 0:
            installment.settled[term] = installment.settled.get(term, 0) + of_term * cents
            installment.history.append((of_term, cents, term))
            begun += of_term
    installment.turned = []
    return installment.months - begun
