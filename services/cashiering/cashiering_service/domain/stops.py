"""Bills nobody takes money for: flagged so, or in a plan that is neither active nor void."""

from collections.abc import Iterable
from dataclasses import dataclass

from cashiering_service.domain.basket_terms import FlagRule, FlagTerms
from taxkit.errors import Refusal

_PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Stop:
    """A bill that is in a plan or flagged, as the read copies have it."""

    bill_number: str
    plan_number: str
    plan_status: str
    flags: frozenset[str]


def check_stop(stop: Stop, flags: Iterable[FlagTerms], *, in_basket: bool = False) -> None:
    """Refuse a payment of it, as a basket does (CASH-023, CASH-024, CASH-073).

    What has to be done first is confirmed in a basket, and nowhere else.
    """
    if stop.plan_status == _PENDING:
        raise Refusal(
            "PLAN_PENDING",
            f"bill {stop.bill_number} is in the pending plan {stop.plan_number}:"
            " activate or void the plan first",
        )
    for flag in flags:
        holds = stop.plan_number or not flag.with_plan_only
        if not holds or flag.flag not in stop.flags:
            continue
        if flag.rule is FlagRule.REFUSE:
            raise Refusal(
                f"FLAG_{flag.flag.upper()}",
                f"bill {stop.bill_number} is flagged {flag.name}: no payment is taken",
            )
        if flag.rule is FlagRule.ACTION and not in_basket:
            code = f"FLAG_{flag.flag.upper()}"
            raise Refusal(
                "FINDING_NOT_CONFIRMED",
                f"bill {stop.bill_number} is flagged {flag.name}: {flag.action}, and confirm"
                f" {code} in a basket",
                metadata={"code": code},
            )
