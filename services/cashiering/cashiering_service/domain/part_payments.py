"""Whether a part of a bill may be paid: what the law and the office say (RECV-062, Q-33)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple
from uuid import UUID

from cashiering_service.domain.charges import OpenInstallment
from taxkit.money import format_cents


class Accepted(StrEnum):
    """Which parts are taken; whole installments from the first on are no part."""

    ALWAYS = "always"
    # Of a bill with a code that allows it.
    CODED_ONLY = "coded_only"
    # None, code or not.
    INSTALLMENTS = "installments"


class Least(StrEnum):
    """What a part of a late bill has to pay at least."""

    NOTHING = "nothing"
    # What has come on top of the tax of late installments: interest, penalty, fees and costs.
    CHARGES = "charges"


@dataclass(frozen=True, slots=True)
class PartPayments:
    """What holds on a day."""

    accepted: Accepted = Accepted.ALWAYS
    least: Least = Least.NOTHING


ANY_PART = PartPayments()


class OpenPart(NamedTuple):
    """What an installment has open, and how much of it is no tax."""

    due_on: date
    open_cents: int
    charges_cents: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bill stands on the day it is paid."""

    bill_number: str
    # In the order of the installments.
    installments: Sequence[OpenPart] = field(default_factory=tuple)
    # What paying all of it lets off.
    discount_cents: int = 0
    # It bears a code that allows a part.
    is_coded: bool = False
    # It is in a plan that was agreed on: the plan says what is paid when.
    is_in_plan: bool = False

    @property
    def due_cents(self) -> int:
        return sum(one.open_cents for one in self.installments) - self.discount_cents


@dataclass(frozen=True, slots=True)
class Standings:
    """A bill as it was told last, and as it was quoted for some days."""

    bill_number: str
    is_coded: bool
    is_in_plan: bool
    told: Sequence[OpenInstallment]
    # (what is open, what paying it all lets off) by day.
    quoted: Mapping[date, tuple[Sequence[OpenInstallment], int]]

    def on(self, day: date) -> Standing:
        """How it stands on a day: as quoted for it, else as told last."""
        found, discount_cents = self.quoted.get(day, (self.told, 0))
        ordered = sorted(found, key=lambda one: one.installment)
        return Standing(
            self.bill_number,
            [OpenPart(one.due_on, one.open_cents, _charges(one)) for one in ordered],
            discount_cents,
            self.is_coded,
            self.is_in_plan,
        )


def _charges(one: OpenInstallment) -> int:
    return one.open_cents - one.cents.get("tax", 0)


@dataclass(frozen=True, slots=True)
class Parts:
    """What parts are taken, and how the bills stand where not all are."""

    terms: PartPayments = ANY_PART
    bills: Mapping[UUID, Standings] = field(default_factory=dict)


ANY_PARTS = Parts()


@dataclass(frozen=True, slots=True)
class Objection:
    reason: str
    message: str


def objection(terms: PartPayments, paying_cents: int, on: date, bill: Standing) -> Objection | None:
    """Why a payment is not taken, waived charges counted as paid; None: it may be."""
    whole = set(accumulate(one.open_cents for one in bill.installments))
    if bill.is_in_plan or paying_cents >= bill.due_cents or paying_cents in whole:
        return None
    due = format_cents(bill.due_cents)
    if terms.accepted is Accepted.INSTALLMENTS:
        return Objection(
            "PART_NOT_AN_INSTALLMENT",
            f"of the {due} of bill {bill.bill_number} whole installments are taken, no other part",
        )
    if terms.accepted is Accepted.CODED_ONLY and not bill.is_coded:
        return Objection(
            "PARTIAL_NOT_CODED",
            f"bill {bill.bill_number} bears no code that allows a part of {due} to be paid",
        )
    late_cents = sum(one.charges_cents for one in bill.installments if one.due_on < on)
    if terms.least is Least.CHARGES and paying_cents < late_cents:
        return Objection(
            "PART_BELOW_CHARGES",
            f"a part of bill {bill.bill_number} pays at least its interest, penalty and fees:"
            f" {format_cents(late_cents)}",
        )
    return None
