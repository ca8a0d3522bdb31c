"""Reads how debts grow: the year's rates, the full basis, the rules of bill classes, refunds."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from receivables_service.domain.correction_terms import RefundTerm
from receivables_service.domain.interest_terms import DayOfYear
from receivables_service.domain.payment_terms import (
    BillingDate,
    DateComparison,
    PaymentTerms,
    Relation,
    TermsGroup,
    TermsRule,
)
from receivables_service.domain.penalty_schedules import PenaltySchedule
from receivables_service.domain.terms import (
    BasisTerm,
    CollectionType,
    InterestBasis,
    InterestStart,
    InterestTerm,
    PenaltyTerm,
)
from receivables_service.rates import interest_rulebook, penalty_rulebook
from receivables_service.rates.interest_rulebook import InterestLaw
from receivables_service.rates.penalty_rulebook import (
    AccelerationLaw,
    PenaltyStepLaw,
    check_steps,
)
from taxkit.calendar import BusinessCalendar
from taxkit.lawpack import Term
from taxkit.money import Rounding


class BasisDecision(StrEnum):
    """What makes a bill one that is paid in full: what its first payment is, or all by a day."""

    FIRST_PAYMENT = "first_payment"
    PAID_BY_LAST_DAY = "paid_by_last_day"


@dataclass(frozen=True, slots=True)
class PenaltyLaw:
    """A flat penalty on the tax unpaid when it is late; `levied: false` where there is none."""

    levied: bool
    rate: Decimal | None = None
    rounding: Rounding | None = None
    # Instead of one rate: steps, each rounded by itself or all together, up to a cap.
    steps: tuple[PenaltyStepLaw, ...] = ()
    rounds_steps: bool = False
    cap: Decimal | None = None
    # Agencies whose part of a bill bears none, as a stormwater charge.
    exempt_agencies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.steps:
            check_steps(self.levied, self.rate, self.steps)
            whole_or_none(self.levied, rounding=self.rounding)
        else:
            whole_or_none(self.levied, rate=self.rate, rounding=self.rounding)
            for name, value in (("cap", self.cap), ("rounds_steps", self.rounds_steps)):
                if value:
                    raise ValueError(f"a {name} of {value} without steps")
        if self.cap is not None and not 0 < self.cap < 1:
            raise ValueError(f"a cap of {self.cap}, which is not between 0 and 1")
        if self.rate is not None and not 0 < self.rate < 1:
            raise ValueError(f"a rate of {self.rate}, which is not between 0 and 1")


@dataclass(frozen=True, slots=True)
class InterestBasisLaw:
    """Both bases, or `offered: false` where each installment is late by its own day only."""

    offered: bool
    standard: InterestBasis | None = None
    full: InterestLaw | None = None
    # The last day to pay in full without interest, in the year of the first due date; without one
    # that is the first due date.
    last_day: DayOfYear | None = None
    decided_by: BasisDecision = BasisDecision.FIRST_PAYMENT

    def __post_init__(self) -> None:
        whole_or_none(self.offered, standard=self.standard, full=self.full)
        if self.decided_by is BasisDecision.PAID_BY_LAST_DAY and self.last_day is None:
            raise ValueError("paid by a last day, but no last_day")
        if self.full is not None and self.full.exempt_agencies:
            raise ValueError("the section interest exempts agencies, on both bases")
        if self.full is not None and self.full.start is not InterestStart.DUE:
            raise ValueError("the full basis starts from the first due date")


@dataclass(frozen=True, slots=True)
class ComparisonLaw:
    """Two billing dates compared: the rule applies when it is so."""

    first: BillingDate
    relation: Relation
    second: BillingDate


@dataclass(frozen=True, slots=True)
class TermsRuleLaw:
    """What counts instead of the year's law, and when; what it leaves out stays as it is."""

    code: str
    held_by_agency: bool | None = None
    dates: tuple[ComparisonLaw, ...] = ()
    interest: InterestLaw | None = None
    penalty: PenaltyLaw | None = None
    defaults: bool = True
    acceleration: AccelerationLaw | None = None

    def __post_init__(self) -> None:
        if (self.interest, self.penalty, self.acceleration, self.defaults) == (*[None] * 3, True):
            raise ValueError(f"rule {self.code} changes nothing")
        if self.penalty is not None and self.penalty.exempt_agencies:
            raise ValueError(f"rule {self.code}: the section penalty exempts agencies, for all")
        if self.interest is not None and self.interest.exempt_agencies:
            raise ValueError(f"rule {self.code}: the section interest exempts agencies, for all")


@dataclass(frozen=True, slots=True)
class TermsGroupLaw:
    """Rules of some bill classes, the first that applies before the next."""

    code: str
    rules: tuple[TermsRuleLaw, ...] = ()
    # None: every class no other group names.
    bill_classes: tuple[str, ...] = ()
    property_classes: tuple[str, ...] = ()
    carried: CollectionType = CollectionType.SECURED

    def __post_init__(self) -> None:
        if self.carried is CollectionType.DEFAULTED:
            raise ValueError(f"group {self.code}: no bill begins in default")
        codes = [each.code for each in self.rules]
        if len(set(codes)) < len(codes):
            raise ValueError(f"group {self.code}: the rules {', '.join(codes)}, one of them twice")


@dataclass(frozen=True, slots=True)
class PaymentTermsLaw:
    groups: tuple[TermsGroupLaw, ...]

    def __post_init__(self) -> None:
        codes = [each.code for each in self.groups]
        classes = [each for group in self.groups for each in group.bill_classes]
        parcels = [each for group in self.groups for each in group.property_classes]
        known = (("groups", codes), ("bill classes", classes), ("property classes", parcels))
        for what, names in known:
            if len(set(names)) < len(names):
                raise ValueError(f"the {what} {', '.join(names)}, one of them twice")
        named = [group.bill_classes or group.property_classes for group in self.groups]
        if sum(not each for each in named) > 1:
            raise ValueError("more than one group for all other bill classes")


class DueDate(StrEnum):
    ORIGINAL = "original"
    MODIFIED = "modified"


@dataclass(frozen=True, slots=True)
class RefundLaw:
    """By which due date interest and penalty are computed anew when a correction moves it."""

    computed_from: DueDate


def interest(term: Term[InterestLaw], calendar: BusinessCalendar) -> InterestTerm:
    return interest_rulebook.term_of(term.rule_id, term.value, calendar)


def penalty(
    term: Term[PenaltyLaw], calendar: BusinessCalendar
) -> PenaltyTerm | PenaltySchedule | None:
    return _penalty(term.rule_id, term.value, calendar)


def basis(term: Term[InterestBasisLaw], calendar: BusinessCalendar) -> BasisTerm | None:
    law = term.value
    if law.standard is None or law.full is None:
        return None
    return BasisTerm(
        term.rule_id,
        law.standard,
        interest_rulebook.term_of(term.rule_id, law.full, calendar),
        law.last_day,
        law.decided_by is BasisDecision.PAID_BY_LAST_DAY,
    )


def payment_terms(term: Term[PaymentTermsLaw], calendar: BusinessCalendar) -> PaymentTerms:
    return PaymentTerms(tuple(_group(term.rule_id, each, calendar) for each in term.value.groups))


def refund(term: Term[RefundLaw]) -> RefundTerm:
    return RefundTerm(term.rule_id, term.value.computed_from is DueDate.ORIGINAL)


def whole_or_none(known: bool, **values: object) -> None:
    """What the law has it states whole; of what it has not it states nothing."""
    for name, value in values.items():
        if known and value is None:
            raise ValueError(f"no {name}, which has to be stated")
        if not known and value is not None:
            raise ValueError(f"a {name} of {value} for what there is not")


def _group(rule_id: str, law: TermsGroupLaw, calendar: BusinessCalendar) -> TermsGroup:
    rules = tuple(_rule(f"{rule_id}/{law.code}/{each.code}", each, calendar) for each in law.rules)
    return TermsGroup(law.code, law.bill_classes, law.carried, rules, law.property_classes)


def _rule(rule_id: str, law: TermsRuleLaw, calendar: BusinessCalendar) -> TermsRule:
    return TermsRule(
        law.code,
        interest_rulebook.term_of(rule_id, law.interest, calendar) if law.interest else None,
        _penalty(rule_id, law.penalty, calendar) if law.penalty else None,
        without_penalty=law.penalty is not None and not law.penalty.levied,
        defaults=law.defaults,
        held_by_agency=law.held_by_agency,
        compared=tuple(
            DateComparison(each.first, each.relation, each.second) for each in law.dates
        ),
        acceleration=penalty_rulebook.acceleration(rule_id, law.acceleration),
    )


def _penalty(
    rule_id: str, law: PenaltyLaw, calendar: BusinessCalendar
) -> PenaltyTerm | PenaltySchedule | None:
    if law.steps and law.rounding is not None:
        return penalty_rulebook.schedule(
            rule_id,
            law.steps,
            law.rounding,
            calendar,
            rounds_steps=law.rounds_steps,
            cap=law.cap,
            exempt=law.exempt_agencies,
        )
    if law.rate is None or law.rounding is None:
        return None
    numerator, denominator = law.rate.as_integer_ratio()
    return PenaltyTerm(rule_id, numerator, denominator, law.rounding, law.exempt_agencies)
