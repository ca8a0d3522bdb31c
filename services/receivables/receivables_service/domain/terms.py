"""The law a bill is derived under, as frozen values; rates are whole-number ratios."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from receivables_service.domain.correction_terms import BaseDates, GraceTerm, RefundTerm
from receivables_service.domain.interest_terms import (
    ORDINARY,
    DayOfYear,
    InterestWays,
    WaivedInterest,
)
from receivables_service.domain.penalty_schedules import PenaltySchedule
from taxkit.dated import Dated, NoTermInForce
from taxkit.money import Rounding

if TYPE_CHECKING:
    from receivables_service.domain.payment_terms import PaymentTerms


class ChargeType(StrEnum):
    TAX = "tax"
    INTEREST = "interest"
    PENALTY = "penalty"
    FEE = "fee"


class CollectionType(StrEnum):
    """How the debt is carried; a secured charge is a lien on the parcel."""

    SECURED = "S"
    DEFAULTED = "DS"
    UNSECURED = "U"


class UnappliedKind(StrEnum):
    """Money not on a charge: owed back to the payer, or waiting to be placed."""

    SURPLUS = "surplus"
    SUSPENSE = "suspense"


class AllocationKey(StrEnum):
    """What a payment looks at, in the order the rule lists them."""

    INSTALLMENT = "installment"
    CHARGE_TYPE = "charge_type"
    CHARGE_CODE = "charge_code"
    COLLECTION_TYPE = "collection_type"
    FUND = "fund"


class MonthCounting(StrEnum):
    """Which months bear interest.

    Those begun since the start, those whose first has come, or every calendar month of which a
    late day has come.
    """

    BEGUN = "begun"
    CALENDAR = "calendar"
    TOUCHED = "touched"


class InterestStart(StrEnum):
    """The day after which interest runs."""

    DUE = "due"
    # The due date of the bill's last installment.
    LAST_DUE = "last_due"
    DEFAULT = "default"


class InterestBasis(StrEnum):
    """Whether each installment is late by its own day, or the whole bill by its first."""

    FULL = "full"
    INSTALLMENT = "installment"


@dataclass(frozen=True, slots=True)
class InterestTerm:
    """Simple interest for each month, counted as stated; numerator/denominator a month."""

    rule_id: str
    numerator: int
    denominator: int
    rounding: Rounding
    counting: MonthCounting = MonthCounting.BEGUN
    start: InterestStart = InterestStart.DUE
    # Months at the beginning that bear none.
    free_months: int = 0
    ways: InterestWays = ORDINARY
    waived: tuple[WaivedInterest, ...] = ()

    def waived_through(self, tax_year: int, installment: int) -> date | None:
        """Tell the last day an ordinance keeps an installment free of interest, if one does."""
        found = [
            each.through
            for each in self.waived
            if (each.tax_year, each.installment) == (tax_year, installment)
        ]
        return max(found, default=None)


@dataclass(frozen=True, slots=True)
class BasisTerm:
    """Both bases are offered: the one a bill has until its first payment, and what full costs."""

    rule_id: str
    standard: InterestBasis
    full: InterestTerm
    # The last day to pay in full without interest, in the first due date's year; none: that date.
    last_day: DayOfYear | None = None
    # The bill is on the full basis when all was paid by that day, whatever its first payment said.
    is_paid_by_last_day: bool = False

    def ends_on(self, first_due: date) -> date:
        """Tell the last day to pay in full without interest."""
        if self.last_day is None:
            return first_due
        return self.full.ways.rolled(self.last_day.of(first_due.year))


@dataclass(frozen=True, slots=True)
class PenaltyTerm:
    """A flat part of the tax unpaid after the last free day, once; some agencies may be exempt."""

    rule_id: str
    numerator: int
    denominator: int
    rounding: Rounding
    exempt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DefaultTerm:
    """The day a tax year's unpaid charges default: the last on which money is still secured."""

    rule_id: str
    month: int
    day: int
    years_after: int

    def defaulted_on(self, tax_year: int) -> date:
        return date(tax_year + self.years_after, self.month, self.day)


@dataclass(frozen=True, slots=True)
class ReturnedCheckTerm:
    """What a check that its bank returns costs, once for all the bills it was to pay."""

    rule_id: str
    charge_code: str
    fee_cents: int


@dataclass(frozen=True, slots=True)
class AllocationTerm:
    """The order in which money meets charges."""

    rule_id: str
    keys: tuple[AllocationKey, ...]
    charge_types: tuple[ChargeType, ...]
    collection_types: tuple[CollectionType, ...]
    charge_codes: tuple[str, ...] = ()
    funds: tuple[str, ...] = ()
    # Whose money a charge is, by its code, or without one by its type.
    fund_of: Mapping[str, str] = field(default_factory=dict)
    # Places worked out before: every bill asks for the same few.
    _known: dict[tuple[int, ChargeType, CollectionType, str, str], tuple[int, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def rank(
        self,
        installment: int,
        charge_type: ChargeType,
        collection_type: CollectionType,
        charge_code: str = "",
        fund: str = "",
    ) -> tuple[int, ...]:
        """Place a charge among the others; what the rule does not list decides last."""
        asked = (installment, charge_type, collection_type, charge_code, fund)
        if (known := self._known.get(asked)) is None:
            known = self._known[asked] = self._rank(*asked)
        return known

    def _rank(
        self,
        installment: int,
        charge_type: ChargeType,
        collection_type: CollectionType,
        charge_code: str,
        fund: str,
    ) -> tuple[int, ...]:
        places = {
            AllocationKey.INSTALLMENT: installment,
            AllocationKey.CHARGE_TYPE: _place(charge_type, self.charge_types),
            AllocationKey.COLLECTION_TYPE: _place(collection_type, self.collection_types),
            AllocationKey.CHARGE_CODE: _place(charge_code, self.charge_codes),
            AllocationKey.FUND: _place(fund or self.fund(charge_type, charge_code), self.funds),
        }
        return (*(places[key] for key in self.keys), *places.values())

    def fund(self, charge_type: ChargeType, charge_code: str) -> str:
        """Whose money a charge is; empty where the rule does not say."""
        return self.fund_of.get(charge_code) or self.fund_of.get(charge_type.value, "")


@dataclass(frozen=True, slots=True)
class AllocationRules:
    """Named orders in force at one time, and the one each cashiering service starts from."""

    rules: Mapping[str, AllocationTerm] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)

    def find(self, code: str, service: str) -> AllocationTerm | None:
        """Find the rule asked for, else the service's own; None leaves it to the law's order."""
        if not (wanted := code or self.services.get(service, "")):
            return None
        rule = self.rules.get(wanted)
        if rule is None:
            known = ", ".join(sorted(self.rules)) or "none"
            raise NoTermInForce(f"allocation_rules: no rule {wanted}; there are {known}")
        return rule


@dataclass(frozen=True, slots=True)
class UnappliedTerm:
    """Where money goes that no charge takes."""

    rule_id: str
    overpayment: UnappliedKind
    before_bill: UnappliedKind


@dataclass(frozen=True, slots=True)
class Terms:
    """One pack's receivables law; each part is looked up by the key its statute goes by.

    None where the law knows no such thing, which a pack says as a term with its citation.
    """

    pack_version: str
    interest: Dated[int, InterestTerm]
    allocation: Dated[date, AllocationTerm]
    unapplied: Dated[date, UnappliedTerm]
    penalty: Dated[int, PenaltyTerm | PenaltySchedule | None]
    default: Dated[int, DefaultTerm | None]
    correction_grace: Dated[date, GraceTerm | None]
    returned_check: Dated[date, ReturnedCheckTerm | None] = field(
        default_factory=lambda: Dated("returned_check", (), ())
    )
    # By tax year, then by district.
    base_dates: Dated[int, Mapping[str, BaseDates]] = field(
        default_factory=lambda: Dated("base_dates", (), ())
    )
    allocation_rules: Dated[date, AllocationRules] = field(
        default_factory=lambda: Dated("allocation_rules", (), ())
    )
    # None where interest does not go by how a bill is paid.
    interest_basis: Dated[int, BasisTerm | None] = field(
        default_factory=lambda: Dated("interest_basis", (), ())
    )
    # By tax year: groups of rules for classes of bills.
    payment_terms: Dated[int, "PaymentTerms"] = field(
        default_factory=lambda: Dated("payment_terms", (), ())
    )
    refunds: Dated[date, RefundTerm] = field(default_factory=lambda: Dated("refunds", (), ()))
    offers_discounts: bool = False  # In any year: what decides on them is told with a balance.

    def basis(self, tax_year: int) -> BasisTerm | None:
        return self.interest_basis.at(tax_year) if self.interest_basis.keys else None

    def order(self, on: date, code: str = "", service: str = "") -> AllocationTerm:
        """Give the order money goes in: as asked, by the service that took it, or by law."""
        if code or service:
            rules = self.allocation_rules.at(on)
            return rules.find(code, service) or self.allocation.at(on)
        return self.allocation.at(on)


def _place(value: str, listed: tuple[str, ...]) -> int:
    """Where a value stands in a list; what is not listed comes after all that is."""
    return listed.index(value) if value in listed else len(listed)
