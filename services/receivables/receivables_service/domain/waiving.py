"""What a waiver takes off which charge."""

from collections.abc import Iterator, Sequence
from itertools import product

from receivables_service.domain.balances import Installment
from receivables_service.domain.charges import Charge
from receivables_service.domain.corrections import newest_first
from receivables_service.domain.facts import ANY_INSTALLMENT, InterestAndPenaltyWaived


def steps(
    installments: Sequence[Installment], fact: InterestAndPenaltyWaived
) -> Iterator[tuple[Charge, int]]:
    """Tell what comes off each charge, as far as it is there; take it off before the next is asked.

    What is unpaid goes first, and only then what was paid already; a waiver that names no
    installment takes from the first that bears such a charge.
    """
    for waived in fact.waived:
        own = [each for each in installments if waived.number in (each.number, ANY_INSTALLMENT)]
        if not own:
            raise ValueError(f"waiver {fact.fact_id}: no installment {waived.number}")
        charges = [
            charge for each in own for charge in newest_first(each.of_type(waived.charge_type))
        ]
        left = waived.amount_cents
        for is_unpaid, charge in product((True, False), charges):
            part = min(left, charge.open_cents if is_unpaid else charge.charged)
            if part > 0:
                left -= part
                yield charge, part
