"""Which terms a bill goes by: those of its class, and among them the first that apply."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from receivables_service.domain.acceleration import AccelerationTerm
from receivables_service.domain.penalty_schedules import PenaltySchedule
from receivables_service.domain.terms import CollectionType, InterestTerm, PenaltyTerm


class BillingDate(StrEnum):
    """A date of a bill that conditions may compare."""

    ISSUED = "issued_on"
    FIRST_DUE = "first_due_on"
    LAST_DUE = "last_due_on"
    ORIGINAL_FIRST_DUE = "original_first_due_on"
    ORIGINAL_LAST_DUE = "original_last_due_on"
    CORRECTED = "corrected_on"


class Relation(StrEnum):
    BEFORE = "before"
    SAME = "same"
    AFTER = "after"
    NOT_BEFORE = "not_before"
    NOT_AFTER = "not_after"


@dataclass(frozen=True, slots=True)
class DateComparison:
    """Two dates of the bill compared; a date the bill does not have fulfils nothing."""

    first: BillingDate
    relation: Relation
    second: BillingDate

    def holds(self, dates: Mapping[BillingDate, date]) -> bool:
        one, other = dates.get(self.first), dates.get(self.second)
        if one is None or other is None:
            return False
        return {
            Relation.BEFORE: one < other,
            Relation.SAME: one == other,
            Relation.AFTER: one > other,
            Relation.NOT_BEFORE: one >= other,
            Relation.NOT_AFTER: one <= other,
        }[self.relation]


@dataclass(frozen=True, slots=True)
class BillLaw:
    """How a bill's debt grows."""

    interest: InterestTerm
    penalty: PenaltyTerm | PenaltySchedule | None
    # False for a bill that never defaults, whatever the law of its year says.
    defaults: bool = True
    # None: a missed installment leaves the others as they are.
    acceleration: AccelerationTerm | None = None


@dataclass(frozen=True, slots=True)
class TermsRule:
    """Other terms where all its conditions hold; what it does not name stays as the law has it."""

    code: str
    interest: InterestTerm | None = None
    # What it says of the penalty: a term, or that there is none.
    penalty: PenaltyTerm | PenaltySchedule | None = None
    without_penalty: bool = False
    defaults: bool = True
    # Held by the tax-sale agency, or not; none asks nothing.
    held_by_agency: bool | None = None
    compared: tuple[DateComparison, ...] = ()
    acceleration: AccelerationTerm | None = None

    def applies(self, *, held: bool, dates: Mapping[BillingDate, date]) -> bool:
        if self.held_by_agency is not None and self.held_by_agency is not held:
            return False
        return all(each.holds(dates) for each in self.compared)

    def of(self, law: BillLaw) -> BillLaw:
        return replace(
            law,
            interest=self.interest or law.interest,
            penalty=None if self.without_penalty else self.penalty or law.penalty,
            defaults=self.defaults,
            acceleration=self.acceleration or law.acceleration,
        )


@dataclass(frozen=True, slots=True)
class TermsGroup:
    """The rules of some bill classes, the first that applies before the next."""

    code: str
    # None listed: every class that no other group names.
    bill_classes: tuple[str, ...] = ()
    carried: CollectionType = CollectionType.SECURED
    rules: tuple[TermsRule, ...] = ()
    # Of a bill whose own class no group names: classes of parcels on the roll.
    property_classes: tuple[str, ...] = ()


NO_GROUP = TermsGroup("")


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """The groups of one tax year."""

    groups: tuple[TermsGroup, ...] = field(default=())

    def group_of(self, bill_class: str, property_class: str = "") -> TermsGroup:
        """Find the group of a bill's own class, else of its parcel's, else of all others."""
        for group in self.groups:
            if bill_class in group.bill_classes:
                return group
        others = NO_GROUP
        for group in self.groups:
            if property_class in group.property_classes:
                return group
            if not group.bill_classes and not group.property_classes:
                others = group
        return others
