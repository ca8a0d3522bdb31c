"""An issued bill corrected to another value or total: new lines, and a target per installment."""

from dataclasses import dataclass, replace
from enum import StrEnum

from levy_service.domain.billing import (
    AgencyRate,
    BillingProblem,
    BillingTerms,
    CannotBill,
    ComputedBill,
    ComputedInstallment,
    compute_bill,
    lines_of,
    whole_composite,
)
from taxkit.money import CENTS_MAX, times_ratio


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


@dataclass(frozen=True, slots=True)
class StandingBill:
    """The version of a bill that a correction replaces."""

    net_value_dollars: int
    rates: tuple[AgencyRate, ...]
    installments: tuple[ComputedInstallment, ...]

    @property
    def total_cents(self) -> int:
        return sum(each.amount_cents for each in self.installments)


def to_net_value(
    standing: StandingBill, net_value_dollars: int, terms: CorrectionTerms
) -> ComputedBill:
    """Bill another value by the bill's own rates, as it was billed in the first place."""
    computed = compute_bill(net_value_dollars, 0, standing.rates, terms.billing)
    return replace(computed, installments=_spread(standing, computed.total_cents, terms))


def to_total(standing: StandingBill, total_cents: int, terms: CorrectionTerms) -> ComputedBill:
    """Share another total among the agencies by their rates; the value stays as it is printed."""
    if not 0 <= total_cents <= CENTS_MAX:
        raise CannotBill(
            BillingProblem.BILL_OUT_OF_RANGE,
            f"a bill has 0 to {CENTS_MAX} cents, not {total_cents}",
        )
    composite = whole_composite(standing.rates)
    if total_cents and not composite:
        raise CannotBill(
            BillingProblem.BAD_RATE, "no agency has a rate on this bill: nobody would get its total"
        )
    rounding = terms.billing.line_rounding
    rounded = {
        rate.agency_code: times_ratio(total_cents, rate.rate_thousandths, composite or 1, rounding)
        for rate in standing.rates
    }
    return ComputedBill(
        net_value_dollars=standing.net_value_dollars,
        composite_thousandths=composite,
        total_cents=total_cents,
        lines=lines_of(total_cents, rounded, standing.rates, terms.billing),
        installments=_spread(standing, total_cents, terms),
    )


def _spread(
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
