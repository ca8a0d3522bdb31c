"""An issued bill corrected to another value or total: new lines, and a target per installment."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from levy_service.domain.billing import (
    AgencyRate,
    BillingProblem,
    BillingTerms,
    CannotBill,
    Charge,
    ComputedBill,
    charge_lines,
    compute_bill,
    share_of_total,
    whole_composite,
)
from levy_service.domain.credited_lines import before_credits
from levy_service.domain.credits import GivenCredit
from levy_service.domain.installments import ComputedInstallment
from taxkit.money import CENTS_MAX, split


class Spread(StrEnum):
    """Which installments a correction changes."""

    # An increase goes on the last; a decrease comes off the last, then off those before it.
    FROM_THE_LAST = "from_the_last"


@dataclass(frozen=True, slots=True)
class CorrectionTerms:
    """The law a bill of one tax year is corrected by; `rule_ids` name the terms of the pack."""

    billing: BillingTerms
    spread: Spread
    rule_ids: tuple[str, ...]
    grace_days: int | None = None

    def grace_ends_on(self, corrected_on: date) -> date | None:
        """The last day a correction may be paid without penalty, where the law grants any."""
        if self.grace_days is None:
            return None
        return corrected_on + timedelta(days=self.grace_days)


@dataclass(frozen=True, slots=True)
class StandingBill:
    """The version of a bill that a correction replaces."""

    net_value_dollars: int
    rates: tuple[AgencyRate, ...]
    installments: tuple[ComputedInstallment, ...]
    charges: tuple[Charge, ...] = ()
    # What came off its tax, as it was claimed.
    credits: tuple[GivenCredit, ...] = ()
    # One of the two of a parcel in a tax-increment district.
    is_part: bool = False

    @property
    def total_cents(self) -> int:
        return sum(each.amount_cents for each in self.installments)


def to_net_value(
    standing: StandingBill, net_value_dollars: int, terms: CorrectionTerms
) -> ComputedBill:
    """Bill another value by the bill's own rates, as it was billed in the first place."""
    if standing.is_part and standing.credits:
        message = (
            "its credits are of both bills of the parcel: change the parcel's value, or a total"
        )
        raise CannotBill(BillingProblem.BAD_CREDIT, message)
    claims = [each.claim for each in standing.credits if each.claim is not None]
    computed = compute_bill(
        net_value_dollars, 0, standing.rates, terms.billing, standing.charges, claims
    )
    return replace(computed, installments=spread(standing, computed.total_cents, terms))


def to_total(standing: StandingBill, total_cents: int, terms: CorrectionTerms) -> ComputedBill:
    """Share another total among the agencies by their rates; the value stays as it is printed."""
    if not 0 <= total_cents <= CENTS_MAX:
        raise CannotBill(
            BillingProblem.BILL_OUT_OF_RANGE,
            f"a bill has 0 to {CENTS_MAX} cents, not {total_cents}",
        )
    charges = _charges_within(standing.charges, total_cents)
    tax_cents = total_cents - sum(each.amount_cents for each in charges)
    gross = None
    if given_cents := sum(each.amount_cents for each in standing.credits):
        # What is printed of credits stays: whose lines they lowered is shared anew with the rest.
        before = share_of_total(tax_cents + given_cents, standing.rates, terms.billing)
        gross = before_credits(before)
    lines = share_of_total(tax_cents, standing.rates, terms.billing, gross)
    return ComputedBill(
        net_value_dollars=standing.net_value_dollars,
        composite_units=whole_composite(standing.rates),
        total_cents=total_cents,
        lines=lines + charge_lines(charges),
        installments=spread(standing, total_cents, terms),
        credits=standing.credits,
    )


def _charges_within(charges: tuple[Charge, ...], total_cents: int) -> tuple[Charge, ...]:
    """Direct charges stay as they are, unless the total does not even reach for them."""
    charged_cents = sum(each.amount_cents for each in charges)
    if charged_cents <= total_cents:
        return charges
    parts = split(total_cents, {place: each.amount_cents for place, each in enumerate(charges)})
    return tuple(replace(each, amount_cents=parts[place]) for place, each in enumerate(charges))


def spread(
    standing: StandingBill, total_cents: int, terms: CorrectionTerms
) -> tuple[ComputedInstallment, ...]:
    """Give every installment its target; due dates stay (LEVY-004)."""
    assert terms.spread is Spread.FROM_THE_LAST, terms.spread
    change = total_cents - standing.total_cents
    targets: list[ComputedInstallment] = []
    for each in reversed(standing.installments):
        part = max(change, -each.amount_cents)
        change -= part
        targets.append(replace(each, amount_cents=each.amount_cents + part))
    assert change == 0, change
    return tuple(reversed(targets))
