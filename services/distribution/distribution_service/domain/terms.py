"""The law's answers to whose money it is, for one tax year."""

from dataclasses import dataclass
from enum import StrEnum


class ChargeType(StrEnum):
    TAX = "tax"
    INTEREST = "interest"


@dataclass(frozen=True, slots=True)
class Terms:
    tax_rule_id: str
    interest_rule_id: str
    # The one agency all interest belongs to.
    interest_agency: str
    interest_agency_name: str

    def rule_id(self, charge_type: ChargeType) -> str:
        return self.tax_rule_id if charge_type is ChargeType.TAX else self.interest_rule_id
