"""The worked cases of a pack's plans.yaml: what a plan asks for when, and when it is broken."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from receivables_service.domain.plan_defaults import Paid, missed
from receivables_service.domain.plans import (
    PlanBill,
    deficiencies,
    in_order,
    is_overdue,
    left_out_through,
    schedule,
)
from receivables_service.plans.rulebook import FILE, SCHEMA, PlanLaw
from taxkit.errors import not_found
from taxkit.lawpack import LawFile
from taxkit.packcases import Asked, CaseBook
from taxkit.packcover import Told
from taxkit.packmoves import Said, Untold, if_any, other_than


def _beyond_one(_: object, value: int) -> Said:
    """A cent at least is the ordinary."""
    return if_any(_, value if value > 1 else 0)


TOLD: Final = Told(
    cases="examples_plans.yaml",
    sections=("plans",),
    special={
        "code": Untold("a name, by which nothing is counted"),
        "pays_to": Untold("how its money goes to its bills: the tests of plans tell it"),
        "recalculates": Untold("whether it follows its bills: the tests of plans tell it"),
        "default_status": Untold("as what it starts: the tests of plans tell it"),
        "defers_accrual": Untold("the ledger puts interest off: the tests of deferral tell it"),
        "down_payment_rate": if_any,
        "monthly_rate": if_any,
        "plan_fee_cents": if_any,
        "maintenance_fee_cents": if_any,
        "least_open_cents": _beyond_one,
        "delinquent_only": other_than(default=False),
        "reinstatement": Untold("whether a broken plan goes on: the tests of plans tell it"),
        "again_on": Untold("since when a broken one has a successor: the tests of plans tell it"),
        "allocation_rule": Untold("an order of receivables.yaml, whose cases tell it"),
    },
)


def _plan(law: LawFile, on: date, given: Mapping[str, Any]) -> Mapping[str, object]:
    """A plan asked for on a day: why not, or its parts, and when it would be over."""
    types = law.by_date("plans", PlanLaw).at(on).value.types
    plan = next((each for each in types if each.code == given["type"]), None)
    if plan is None:
        raise not_found("PLAN_TYPE_UNKNOWN", f"no plan type {given['type']!r}")
    late = given.get("is_late", True)
    bills = [PlanBill(str(year), year, cents, late) for year, cents in given["bills"]]
    parts = schedule(plan, bills, given["first_due_on"])
    today = given.get("today", on)
    broken = missed(plan, parts, Paid((), (), given.get("paid_cents", 0)), today)
    return {
        "refused_for": list(deficiencies(plan, bills)),
        "parts": [
            [each.due_on, each.principal_cents, each.interest_cents, each.fee_cents]
            for each in parts
        ],
        "first_bill": in_order(plan, bills)[0].tax_year,
        "is_broken": broken is not None,
        "pending_is_over": is_overdue(on, plan.pending_days, today),
        "corrected_bill_left_out_through": left_out_through(on, plan.correction_hold_days),
    }


BOOK: Final = CaseBook(
    FILE,
    SCHEMA,
    {
        "plans": Asked(
            {
                "type": str, "bills": [(int, int)], "first_due_on": date, "is_late?": bool,
                "today?": date, "paid_cents?": int,
            },
            {
                "refused_for?": [str], "parts?": [(date, int, int, int)], "first_bill?": int,
                "is_broken?": bool, "pending_is_over?": bool,
                "corrected_bill_left_out_through?": date,
            },
            _plan,
        )
    },
    TOLD,
)  # fmt: skip
