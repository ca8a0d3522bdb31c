"""The law a bill is derived under, as frozen values; rates are whole-number ratios."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from taxkit.dated import Dated
from taxkit.money import Rounding


class ChargeType(StrEnum):
    TAX = "tax"
    INTEREST = "interest"


class CollectionType(StrEnum):
    """How the debt is carried; a secured charge is a lien on the parcel."""

    SECURED = "S"


class UnappliedKind(StrEnum):
    """Money not on a charge: owed back to the payer, or waiting to be placed."""

    SURPLUS = "surplus"
    SUSPENSE = "suspense"


class AllocationKey(StrEnum):
    """What a payment looks at, in the order the rule lists them."""

    INSTALLMENT = "installment"
    CHARGE_TYPE = "charge_type"
    COLLECTION_TYPE = "collection_type"


@dataclass(frozen=True, slots=True)
class InterestTerm:
    """Simple interest for each month begun; the rate is numerator/denominator a month."""

    rule_id: str
    numerator: int
    denominator: int
    rounding: Rounding


@dataclass(frozen=True, slots=True)
class AllocationTerm:
    """The order in which money meets charges."""

    rule_id: str
    keys: tuple[AllocationKey, ...]
    charge_types: tuple[ChargeType, ...]
    collection_types: tuple[CollectionType, ...]

    def rank(
        self, installment: int, charge_type: ChargeType, collection_type: CollectionType
    ) -> tuple[int, ...]:
        """Place a charge among the others; what the rule does not list decides last."""
        places = {
            AllocationKey.INSTALLMENT: installment,
            AllocationKey.CHARGE_TYPE: self.charge_types.index(charge_type),
            AllocationKey.COLLECTION_TYPE: self.collection_types.index(collection_type),
        }
        return (*(places[key] for key in self.keys), *places.values())


@dataclass(frozen=True, slots=True)
class UnappliedTerm:
    """Where money goes that no charge takes."""

    rule_id: str
    overpayment: UnappliedKind
    before_bill: UnappliedKind


@dataclass(frozen=True, slots=True)
class Terms:
    """One pack's receivables law; each part is looked up by the key its statute goes by."""

    pack_version: str
    interest: Dated[int, InterestTerm]
    allocation: Dated[date, AllocationTerm]
    unapplied: Dated[date, UnappliedTerm]
