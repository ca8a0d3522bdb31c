"""What a county decides about its baskets."""

from dataclasses import dataclass
from enum import StrEnum

from cashiering_service.domain.lookup import SERVICE_TYPES


class FlagRule(StrEnum):
    """What a flag means for a payment."""

    SHOW = "show"
    WARN = "warn"
    # Somebody has to say that the action was done.
    ACTION = "action"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class FlagTerms:
    """A flag that is shown at the counter; one that is not set up here is not (CASH-023)."""

    flag: str
    name: str
    rule: FlagRule
    action: str = ""
    # The rule holds only where the bill is in a payment plan, too (CASH-024).
    with_plan_only: bool = False

    def __post_init__(self) -> None:
        if (self.rule is FlagRule.ACTION) != bool(self.action):
            raise ValueError(
                f"flag {self.flag}: an action goes with the rule `action`, and only so"
            )


@dataclass(frozen=True, slots=True)
class TaxType:
    code: str
    name: str
    # The property classes it covers, by how they begin.
    classes: tuple[str, ...]
    # Paid once the decal's number is on record and confirmed (CASH-076).
    needs_decal: bool = False


@dataclass(frozen=True, slots=True)
class RelatedRule:
    """While this tax type is delinquent, nothing else is taken for the parcel (CASH-022)."""

    tax_type: str
    may_override: bool


class InterestDisplay(StrEnum):
    """Whether bills are quoted by installment or in full, and on which the counter starts."""

    # No choice: bills are quoted in full.
    NONE = "none"
    INSTALLMENT = "installment"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class BasketTerms:
    # What is taken at its counters (CASH-013).
    service_types: tuple[str, ...]
    # Secured and unsecured bills are shown apart (CASH-019).
    collection_types_apart: bool
    # Defaulted bills of a parcel are paid together (CASH-020), and each in full (CASH-021).
    defaulted_together: bool
    defaulted_in_full: bool
    tax_types: tuple[TaxType, ...]
    related: tuple[RelatedRule, ...]
    flags: tuple[FlagTerms, ...]
    interest_display: InterestDisplay
    # Current or total due may be chosen per line (CASH-031).
    current_due_switch: bool
    # Lines may be prorated; days of every year alike when not zero (CASH-027).
    proration: bool
    year_days: int
    # What advances may be taken for (CASH-069).
    advance_types: tuple[str, ...]
    # Nobody pays a basket before it was seen who it is (CASH-034).
    verified_payer: bool
    # An advance on a parcel is paid by its present owner unless somebody is named (CASH-033).
    use_current_owner: bool = True
    # Settings that the law decides, and no office (CASH-012).
    fixed_settings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for code in self.service_types:
            if code not in SERVICE_TYPES:
                raise ValueError(f"service type {code} is not one of {', '.join(SERVICE_TYPES)}")
        known = {each.code for each in self.tax_types}
        for rule in self.related:
            if rule.tax_type not in known:
                raise ValueError(f"related tax type {rule.tax_type} is not one of {sorted(known)}")

    def tax_type_of(self, property_class: str) -> TaxType | None:
        """The tax type a property class belongs to: the one with the longest beginning."""
        fitting = [
            (len(start), each)
            for each in self.tax_types
            for start in each.classes
            if property_class and property_class.startswith(start)
        ]
        return max(fitting, key=lambda found: found[0])[1] if fitting else None
