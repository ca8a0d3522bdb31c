"""What one installment is at, as its charges leave it."""

from datetime import date

from receivables_service.domain.acceleration import Call
from receivables_service.domain.balances import Installment
from receivables_service.domain.state import InstallmentBalance
from receivables_service.domain.terms import ChargeType, CollectionType

_PLAIN = 2
"""Charges of an installment that bears nothing but tax and interest."""


def balance_of(
    installment: Installment, called_due_on: date | None = None, call: Call | None = None
) -> InstallmentBalance:
    if len(installment.charges) == _PLAIN:
        return InstallmentBalance(
            installment.number,
            installment.due_on,
            installment.tax.charged,
            installment.tax.charged - installment.tax.paid,
            installment.interest.charged,
            installment.interest.charged - installment.interest.paid,
            interest_base_on=installment.base_on,
            discount_cents=installment.tax.discounted,
            called_due_on=called_due_on,
            call=call,
        )
    charged = dict.fromkeys(ChargeType, 0)
    still_open = dict.fromkeys(ChargeType, 0)
    defaulted = 0
    for each in installment.charges:
        charged[each.charge_type] += each.charged
        still_open[each.charge_type] += each.open_cents
        if each.collection_type is CollectionType.DEFAULTED:
            defaulted += each.open_cents
    return InstallmentBalance(
        installment.number, installment.due_on,
        charged[ChargeType.TAX], still_open[ChargeType.TAX],
        charged[ChargeType.INTEREST], still_open[ChargeType.INTEREST],
        charged[ChargeType.PENALTY], still_open[ChargeType.PENALTY],
        charged[ChargeType.FEE], still_open[ChargeType.FEE],
        defaulted,
        installment.tax.collection_type,
        installment.base_on,
        sum(each.discounted for each in installment.charges),
        called_due_on,
        call,
    )  # fmt: skip
