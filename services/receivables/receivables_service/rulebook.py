"""Reads a jurisdiction's receivables.yaml into the terms the domain derives under."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from receivables_service.domain.terms import (
    AllocationKey,
    AllocationTerm,
    ChargeType,
    CollectionType,
    InterestTerm,
    Terms,
    UnappliedKind,
    UnappliedTerm,
)
from taxkit.dated import Dated
from taxkit.lawpack import LawFile, Section, Term, load_terms
from taxkit.money import Rounding


class MonthCounting(StrEnum):
    """Which months bear interest: every month begun counts as a whole one."""

    BEGUN = "begun"


class InterestBase(StrEnum):
    """What bears interest: the tax of the installment unpaid when the month begins."""

    UNPAID_TAX = "unpaid_tax"


@dataclass(frozen=True, slots=True)
class InterestLaw:
    monthly_rate: Decimal
    months: MonthCounting
    base: InterestBase
    rounding: Rounding

    def __post_init__(self) -> None:
        if not 0 <= self.monthly_rate < 1:
            raise ValueError(f"a monthly rate of {self.monthly_rate}, which is not in [0, 1)")


@dataclass(frozen=True, slots=True)
class AllocationLaw:
    keys: tuple[AllocationKey, ...]
    charge_types: tuple[ChargeType, ...]
    collection_types: tuple[CollectionType, ...]

    def __post_init__(self) -> None:
        if not self.keys or len(set(self.keys)) != len(self.keys):
            raise ValueError(
                f"the keys {', '.join(self.keys)}, which are not a list without repeats"
            )
        for listed, every in (
            (self.charge_types, ChargeType),
            (self.collection_types, CollectionType),
        ):
            if sorted(listed) != sorted(every):
                raise ValueError(
                    f"{', '.join(listed)}, which is not each of {', '.join(every)} once"
                )


@dataclass(frozen=True, slots=True)
class UnappliedLaw:
    overpayment: UnappliedKind
    before_bill: UnappliedKind


SCHEMA = {
    "interest": Section("tax_year", InterestLaw),
    "allocation": Section("effective_on", AllocationLaw),
    "unapplied": Section("effective_on", UnappliedLaw),
}


def load(directory: Path) -> Terms:
    """Load one jurisdiction's folder; anything unclear in it stops the start of the service."""
    return terms_of(load_terms(directory, "receivables.yaml", SCHEMA))


def terms_of(law: LawFile) -> Terms:
    """Turn the law as written into the values the domain calculates with."""
    interest = law.by_year("interest", InterestLaw)
    allocation = law.by_date("allocation", AllocationLaw)
    unapplied = law.by_date("unapplied", UnappliedLaw)
    return Terms(
        pack_version=law.pack_version,
        interest=Dated(interest.name, interest.keys, tuple(map(_interest, interest.values))),
        allocation=Dated(
            allocation.name, allocation.keys, tuple(map(_allocation, allocation.values))
        ),
        unapplied=Dated(unapplied.name, unapplied.keys, tuple(map(_unapplied, unapplied.values))),
    )


def _interest(term: Term[InterestLaw]) -> InterestTerm:
    numerator, denominator = term.value.monthly_rate.as_integer_ratio()
    return InterestTerm(term.rule_id, numerator, denominator, term.value.rounding)


def _allocation(term: Term[AllocationLaw]) -> AllocationTerm:
    law = term.value
    return AllocationTerm(term.rule_id, law.keys, law.charge_types, law.collection_types)


def _unapplied(term: Term[UnappliedLaw]) -> UnappliedTerm:
    return UnappliedTerm(term.rule_id, term.value.overpayment, term.value.before_bill)
