"""The law's answers to whose money it is, for one tax year."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ChargeType(StrEnum):
    TAX = "tax"
    INTEREST = "interest"
    PENALTY = "penalty"
    FEE = "fee"


@dataclass(frozen=True, slots=True)
class SharingRule:
    """Whose the money on one kind of charge is: one agency's, or shared by the bill's lines."""

    rule_id: str
    agency: str | None = None
    agency_name: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    tax_rule_id: str
    interest_rule_id: str
    # The one agency all interest belongs to.
    interest_agency: str
    interest_agency_name: str
    # Penalty and fees where the law says of them; without a word they go the way of the tax.
    others: Mapping[ChargeType, SharingRule] = field(default_factory=dict)

    def rule(self, charge_type: ChargeType) -> SharingRule:
        if charge_type is ChargeType.INTEREST:
            return SharingRule(
                self.interest_rule_id, self.interest_agency, self.interest_agency_name
            )
        return self.others.get(charge_type) or SharingRule(self.tax_rule_id)

    def rule_id(self, charge_type: ChargeType) -> str:
        return self.rule(charge_type).rule_id

    @property
    def agency_names(self) -> dict[str, str]:
        """The agencies the law itself names."""
        rules = map(self.rule, ChargeType)
        return {rule.agency: rule.agency_name for rule in rules if rule.agency}
