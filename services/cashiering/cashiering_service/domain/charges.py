"""What a bill has open, by installment and kind of charge, as far as the counter knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

CHARGE_TYPES = ("tax", "penalty", "interest", "fee")


@dataclass(frozen=True, slots=True)
class OpenInstallment:
    installment: int
    due_on: date
    # Open cents by charge type; types with nothing open may be left out.
    cents: Mapping[str, int]
    # How it is carried: S, DS or U.
    collection_type: str = "S"

    @property
    def open_cents(self) -> int:
        return sum(self.cents.values())


@dataclass(frozen=True, slots=True)
class OpenCharges:
    """A bill's charges: quoted as of a date, or as the ledger last told them."""

    installments: tuple[OpenInstallment, ...]
    # The day interest and penalty are counted to; None: to the last payment that met them.
    quoted_as_of: date | None = None

    @property
    def balance_cents(self) -> int:
        return sum(one.open_cents for one in self.installments)

    @property
    def collection_types(self) -> set[str]:
        """How what is open is carried; of a bill that owes nothing, how all of it was."""
        still_open = {one.collection_type for one in self.installments if one.open_cents}
        return still_open or {one.collection_type for one in self.installments}

    def of_type(self, charge_type: str) -> int:
        return sum(one.cents.get(charge_type, 0) for one in self.installments)

    def is_certain(self, on: date) -> bool:
        """Whether nothing can have accrued that is not in it: quoted for the day, or none late."""
        if self.quoted_as_of is not None:
            return self.quoted_as_of == on
        return all(one.due_on >= on for one in self.installments if one.open_cents)
