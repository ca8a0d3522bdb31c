"""The charges of one bill and the rows that say how they came to be."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from receivables_service.domain import by_fund
from receivables_service.domain.balances import Installment
from receivables_service.domain.by_fund import ChargeByFund, parted
from receivables_service.domain.charges import Charge
from receivables_service.domain.facts import CollectionTypeTransferred
from receivables_service.domain.placing import Placing
from receivables_service.domain.state import ChargeRow, Rows
from receivables_service.domain.terms import ChargeType, CollectionType, Terms

TRANSFER_RULE = "collection-type-transferred"


class Sheet:
    """Finds the charge that an amount goes on, and keeps a row for each amount."""

    __slots__ = (
        "_charges",
        "_defaulted",
        "_funds",
        "_installments",
        "_merges",
        "_placing",
        "_standing",
    )

    def __init__(self, terms: Terms) -> None:
        self._installments: list[Installment] = []
        self._charges: list[ChargeRow] = []
        self._placing = Placing(terms)
        # How the bill is carried outside of default, and whether part of it is in default.
        self._standing = CollectionType.SECURED
        self._defaulted = False
        # Whether one fact may bring up the same charge by the same rule more than once.
        self._merges = False
        # What each fund is to get of the bill, where it has lines by fund.
        self._funds: Mapping[str, int] | None = None

    def rows(self) -> Rows:
        """What is on it now."""
        placing = self._placing
        return Rows(
            tuple(self._charges),
            tuple(placing.payments),
            tuple(placing.unapplied),
            tuple(placing.discounts),
        )

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
        if self._funds is not None and charge_type is ChargeType.TAX:
            # Money meets its parts.
            whole = ChargeByFund(installment.number, carried)
            installment.charges.append(whole)
            return whole
        charge = Charge(installment.number, *wanted)
        installment.charges.append(charge)
        self._placing.add_charges([charge])
        return charge

    def _learn_funds(self, lines: Sequence[tuple[str, int]]) -> None:
        """Take a bill's lines by fund; once it has any, its tax is in parts."""
        if not lines and self._funds is None:
            return
        if self._funds is None:
            self._placing.by_fund = True
            for installment in self._installments:
                self._part_tax(installment)
        self._funds = dict(lines)

    def _part_tax(self, installment: Installment) -> None:
        """Let what was charged before there were funds be a part like them."""
        for place, charge in enumerate(installment.charges):
            if charge.charge_type is ChargeType.TAX:
                whole = ChargeByFund(charge.installment, charge.collection_type)
                whole.parts[charge.subcode] = charge
                installment.charges[place] = whole
                if installment.tax is charge:
                    installment.tax = whole

    def _part_of(self, whole: ChargeByFund, subcode: str) -> Charge:
        part = whole.parts.get(subcode)
        if part is None:
            part = whole.add_part(subcode)
            self._placing.add_charges([part])
        return part

    def transfer(self, fact: CollectionTypeTransferred) -> None:
        """Carry the standing charges and their money another way (RECV-009)."""
        if fact.to is self._standing:
            return
        left, self._standing = self._standing, fact.to
        for installment in self._installments:
            for charge in [each for each in installment.charges if each.collection_type is left]:
                to = self._charge_of(installment, charge.charge_type, fact.to, charge.charge_code)
                for part, carried in by_fund.pairs(charge, to, self._part_of):
                    cents, paid = part.charged, part.paid
                    self._placing.carry(part, fact.to)
                    self._add(part, TRANSFER_RULE, fact.fact_id, -cents)
                    self._add(carried, TRANSFER_RULE, fact.fact_id, cents)
                    off, part.discounted = part.discounted, 0
                    part.paid -= paid
                    carried.paid += paid
                    carried.discounted += off
        self._turn_to_current()

    def _apply(
        self, steps: Sequence[tuple[Charge, int]], rule_id: str, because: UUID | None
    ) -> None:
        """Change what tax is charged; of a bill by fund every part gets to its share."""
        if self._funds is None:
            for charge, cents in steps:
                self._add(charge, rule_id, because, cents)
            return
        wholes = [
            charge
            for installment in self._installments
            for charge in installment.charges
            if isinstance(charge, ChargeByFund)
        ]
        totals = [
            whole.charged + sum(cents for charge, cents in steps if charge is whole)
            for whole in wholes
        ]
        for whole, parts in zip(wholes, parted(totals, self._funds), strict=True):
            for subcode in {**whole.parts, **parts}:
                cents = parts.get(subcode, 0)
                if cents or subcode in whole.parts:
                    part = self._part_of(whole, subcode)
                    self._add(part, rule_id, because, cents - part.charged)

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
            charge.subcode,
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
