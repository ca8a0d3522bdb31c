"""What the terms of levy's law hold: one row type a section of `levy.yaml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from levy_service.domain.billing import BillMethod, ResidualTo
from levy_service.domain.correction import Spread
from levy_service.domain.credits import CreditTerms
from levy_service.domain.duedates import DueRule
from levy_service.domain.increment import IncrementTerms
from levy_service.domain.installments import OddCents, ShareOf, check_shares
from levy_service.domain.rates import RateUnit
from levy_service.domain.valuation import ValueTerms
from taxkit.calendar import Roll
from taxkit.lawpack import Section
from taxkit.money import Rounding

_GRACE_DAYS_MAX: Final = 3660

LAW_FILE: Final = "levy.yaml"


@dataclass(frozen=True, slots=True)
class DueDates:
    """One year's dates as they were set; `payable_on` where bills say since when they are due."""

    due_on: tuple[date, ...]
    payable_on: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        if not self.due_on or sorted(set(self.due_on)) != list(self.due_on):
            raise ValueError(f"due_on {', '.join(map(str, self.due_on))} is not in ascending order")
        if self.payable_on and len(self.payable_on) != len(self.due_on):
            raise ValueError(f"{len(self.payable_on)} payable_on for {len(self.due_on)} due_on")


@dataclass(frozen=True, slots=True)
class DueRuleLaw:
    """The days of every year, and where they move from weekends and holidays."""

    rule: DueRule
    weekend: Roll


@dataclass(frozen=True, slots=True)
class BillLaw:
    """Steps are what an amount is a multiple of: 1 cent, 100 for whole dollars."""

    method: BillMethod
    total_rounding: Rounding
    line_rounding: Rounding
    residual_to: ResidualTo
    residual_agency_code: str = ""
    total_step_cents: int = 1
    line_step_cents: int = 1

    def __post_init__(self) -> None:
        if (self.residual_to is ResidualTo.AGENCY) is not bool(self.residual_agency_code):
            raise ValueError(
                f"residual_to {self.residual_to}, residual_agency_code"
                f" {self.residual_agency_code!r}: a code for `agency`, and for no other"
            )
        if min(self.total_step_cents, self.line_step_cents) < 1:
            raise ValueError("a step is at least one cent")


@dataclass(frozen=True, slots=True)
class InstallmentLaw:
    """`single_up_to_cents`: bills up to it, it included, are paid in one."""

    shares: tuple[Decimal, ...]
    share_of: ShareOf
    rounding: Rounding
    odd_cents: OddCents
    step_cents: int = 1
    single_up_to_cents: int | None = None

    def __post_init__(self) -> None:
        check_shares(self.shares, self.share_of)
        if self.share_of is ShareOf.PRIOR_YEAR_TOTAL and self.odd_cents is not OddCents.LAST:
            raise ValueError("of estimates the last installment takes the rest: odd_cents is last")
        if self.step_cents < 1:
            raise ValueError("a step is at least one cent")


@dataclass(frozen=True, slots=True)
class CorrectionLaw:
    spread: Spread
    # How long a corrected bill may be paid without penalty; none where the law grants nothing.
    grace_days: int | None = None

    def __post_init__(self) -> None:
        if self.grace_days is not None and not 1 <= self.grace_days <= _GRACE_DAYS_MAX:
            raise ValueError(f"grace_days {self.grace_days}: from 1 to {_GRACE_DAYS_MAX}")


@dataclass(frozen=True, slots=True)
class ParcelNumberForm:
    pattern: str

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern {self.pattern!r}: {error}") from error


@dataclass(frozen=True, slots=True)
class ClassLaw:
    """Where the bills of one class go by other terms than the rest."""

    bill: BillLaw | None = None
    installments: InstallmentLaw | None = None
    due_rule: DueRuleLaw | None = None


@dataclass(frozen=True, slots=True)
class ClassesLaw:
    of: Mapping[str, ClassLaw]


# Dates set year by year are listed; a law that names month and day gives a rule. Where both are, a
# listed year is an exception to the rule.
SCHEMA: Final = MappingProxyType(
    {
        "due_dates": Section("tax_year", DueDates, exact=True, optional=True),
        "due_rule": Section("tax_year", DueRuleLaw, optional=True),
        "rates": Section("tax_year", RateUnit),
        "bill": Section("tax_year", BillLaw),
        "installments": Section("tax_year", InstallmentLaw),
        "corrections": Section("tax_year", CorrectionLaw),
        "parcel_number": Section("tax_year", ParcelNumberForm),
        "increment": Section("tax_year", IncrementTerms),
        # Without them: the roll's net value as it is, no credits, one law for every class.
        "value": Section("tax_year", ValueTerms, optional=True),
        "credits": Section("tax_year", CreditTerms, optional=True),
        "classes": Section("tax_year", ClassesLaw, optional=True),
    }
)
