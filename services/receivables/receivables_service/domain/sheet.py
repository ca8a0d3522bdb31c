"""The charges of one bill and the rows that say how they came to be."""

from uuid import UUID

from receivables_service.domain.balances import Installment
from receivables_service.domain.charges import Charge
from receivables_service.domain.placing import Placing
from receivables_service.domain.state import ChargeRow
from receivables_service.domain.terms import ChargeType, CollectionType, Terms


class Sheet:
    """Finds the charge that an amount goes on, and keeps a row for each amount."""

    __slots__ = ("_charges", "_defaulted", "_installments", "_merges", "_placing", "_standing")

    def __init__(self, terms: Terms) -> None:
        self._installments: list[Installment] = []
        self._charges: list[ChargeRow] = []
        self._placing = Placing(terms)
        # How the bill is carried outside of default, and whether part of it is in default.
        self._standing = CollectionType.SECURED
        self._defaulted = False
        # Whether one fact may bring up the same charge by the same rule more than once.
        self._merges = False

    def _turn_to_current(self) -> None:
        """Let new tax and interest go where the bill is carried now."""
        for installment in self._installments:
            installment.tax = self._charge(installment, ChargeType.TAX)
            installment.interest = self._charge(installment, ChargeType.INTEREST)

    def _charge(self, installment: Installment, charge_type: ChargeType, code: str = "") -> Charge:
        """Find the charge that new amounts of a type go on."""
        current = CollectionType.DEFAULTED if self._defaulted else self._standing
        return self._charge_of(installment, charge_type, current, code)

    def _charge_of(
        self, installment: Installment, charge_type: ChargeType, carried: CollectionType, code: str
    ) -> Charge:
        wanted = (charge_type, carried, code)
        for charge in installment.charges:
            if (charge.charge_type, charge.collection_type, charge.charge_code) == wanted:
                return charge
        charge = Charge(installment.number, *wanted)
        installment.charges.append(charge)
        self._placing.add_charges([charge])
        return charge

    def _add(self, charge: Charge, rule_id: str, because: UUID | None, cents: int) -> None:
        if cents:
            charge.charged += cents
            self._add_row(charge, rule_id, because, cents)

    def _add_row(self, charge: Charge, rule_id: str, because: UUID | None, cents: int) -> None:
        row = ChargeRow(
            charge.installment,
            charge.charge_type,
            charge.collection_type,
            rule_id,
            because,
            cents,
            charge.charge_code,
        )
        if self._merges:
            self._merge(row)
        else:
            self._charges.append(row)

    def _merge(self, row: ChargeRow) -> None:
        for place in reversed(range(len(self._charges))):
            known = self._charges[place]
            if known.fact_id != row.fact_id:
                break
            if known.is_as(row):
                del self._charges[place]
                if cents := known.amount_cents + row.amount_cents:
                    self._charges.append(known.with_amount(cents))
                return
        self._charges.append(row)
