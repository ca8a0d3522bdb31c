"""A payment plan at the counter: its bills, its installments, and what of one each bill gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from taxkit.errors import Refusal, invalid, not_found
from taxkit.money import format_cents

ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class PlanBill:
    bill_id: UUID
    # Since the plan was calculated.
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Installment:
    number: int
    due_on: date
    principal_cents: int
    interest_cents: int
    fee_cents: int
    is_paid: bool = False

    @property
    def total_cents(self) -> int:
        return self.principal_cents + self.interest_cents + self.fee_cents


@dataclass(frozen=True, slots=True)
class CounterPlan:
    plan_number: str
    plan_type: str
    parcel_number: str
    status: str
    # In the order they are paid.
    bills: tuple[PlanBill, ...] = ()
    installments: tuple[Installment, ...] = ()

    @property
    def changes_unprocessed(self) -> bool:
        return self.status == ACTIVE and any(bill.is_changed for bill in self.bills)


def is_changed(left_out_through: str, changed_on: str, calculated_on: str) -> bool:
    """Whether a bill was corrected since its plan was calculated, or is left out for that."""
    return bool(left_out_through) or (bool(changed_on) and changed_on > calculated_on)


def one_of(plans: Sequence[CounterPlan]) -> CounterPlan:
    """The plan that money is taken for: the only one, or the only active one."""
    active = [plan for plan in plans if plan.status == ACTIVE]
    choice = active or list(plans)
    if not choice:
        raise not_found("PLAN_NOT_FOUND", "no such plan is known")
    if len(choice) > 1:
        numbers = ", ".join(plan.plan_number for plan in choice)
        raise invalid("PLAN_AMBIGUOUS", f"say which plan: {numbers}", "keys.plan_number")
    return choice[0]


def check_confirmed(plan: CounterPlan, *, confirmed: bool) -> None:
    """Refuse a plan whose bills were corrected until somebody says that they know (CASH-072)."""
    if plan.changes_unprocessed and not confirmed:
        raise Refusal(
            "PLAN_CHANGES_UNPROCESSED",
            f"bills of plan {plan.plan_number} were corrected and it was not calculated since:"
            " confirm it, or calculate the plan first",
            metadata={"plan_number": plan.plan_number},
        )


def pick(plan: CounterPlan, number: int) -> Installment:
    """The installment that is paid."""
    if plan.status != ACTIVE:
        raise Refusal(
            "PLAN_STATUS", f"plan {plan.plan_number} is {plan.status}: it has no installments"
        )
    for one in plan.installments:
        if one.number == number:
            if one.is_paid:
                raise Refusal("PLAN_INSTALLMENT_PAID", f"installment {number} is paid")
            return one
    raise not_found(
        "PLAN_INSTALLMENT_NOT_FOUND", f"plan {plan.plan_number} has no installment {number}"
    )


def spread(cents: int, bills: Sequence[UUID], open_cents: Mapping[UUID, int]) -> dict[UUID, int]:
    """What of an installment each bill gets, in the plan's order; what none owes is the last's.

    A plan may ask more than its bills owe: its fee is no charge on any of them.
    """
    owing = [one for one in bills if open_cents.get(one, 0) > 0]
    if not owing:
        raise Refusal("NOTHING_OPEN", f"no bill of the plan owes any of {format_cents(cents)}")
    shares: dict[UUID, int] = {}
    left = cents
    for bill_id in owing:
        part = min(left, open_cents[bill_id])
        left -= part
        if part:
            shares[bill_id] = part
    last = list(shares)[-1]
    shares[last] += left
    return shares
