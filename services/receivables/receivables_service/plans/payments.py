"""An installment of a plan paid with held money: its fee is charged, its bills are paid."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.accounts import KnownFact
from receivables_service.asked import Asked as ByWhom
from receivables_service.asked import keep_requests
from receivables_service.books import Books
from receivables_service.domain.facts import FeeCharged
from receivables_service.domain.held import HeldState, Procedure
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.plans import (
    PaysTo,
    PlanInstallment,
    PlanStatus,
    PlanType,
    details,
    paid_through,
)
from receivables_service.held import store as held_store
from receivables_service.held.store import Item
from receivables_service.held.taking import may_pay, take
from receivables_service.plans import deferral, taken_back
from receivables_service.plans import store as plan_store
from receivables_service.plans.commands import Asked
from receivables_service.plans.store import Plan
from receivables_service.plans.told import set_status
from taxkit import ids
from taxkit.errors import Refusal, not_found
from taxkit.inbox import Work
from taxkit.rows import Columns

PLAN_FEE = "plan_fee"
_PAYMENTS = Columns(
    {
        "plan_id": "uuid",
        "number": "integer",
        "kind": "text",
        "amount_cents": "bigint",
        "receipt_id": "uuid",
        "item_id": "uuid",
        "business_date": "date",
        "paid_by": "text",
        "recorded_at": "timestamptz",
    }
)


def pay(app: Any, connection: Connection, asked: Asked, plan_number: str, item_id: UUID) -> Plan:
    """Pay the next installment whole; its money goes to the plan's bills (RECV-051)."""
    plan = plan_store.read(connection, plan_number, lock=True)
    if plan is None:
        raise not_found("PLAN_NOT_FOUND", f"no plan {plan_number}")
    if plan.status != PlanStatus.ACTIVE:
        raise Refusal("PLAN_STATUS", f"plan {plan_number} is {plan.status}: it takes no money")
    parts = plan_store.schedule(connection, plan)
    paid = taken_back.paid_numbers(connection, plan)
    unpaid = [part for part in parts if part.number not in paid]
    if not unpaid:
        raise Refusal("PLAN_PAID_UP", f"every installment of plan {plan_number} is paid")
    work = Work(connection, app.clock)
    books, item, bills = _open(app, work, plan, item_id)
    _check_item(item, unpaid[0])
    _check_kind(app, work, books, item, bills)
    plan_type = app.plans.type_of(plan.plan_type, plan.opened_on)
    before = of_plan(connection, plan.plan_id)
    charged = []
    # The fee of an installment is charged once, though money for it was taken back.
    if unpaid[0].fee_cents and unpaid[0].number not in {one.number for one in before}:
        rule_id = app.plans.rule_id(plan.plan_type, plan.opened_on)
        fee_id = _charge_fee(books, work, plan, unpaid[0], bills[0], asked, rule_id)
        charged.append((fee_id, bills[0]))
    rule = plan_type.allocation_rule
    spent = _spend(books, work, item, unpaid[0].total_cents, bills, asked, rule)
    books.close()
    why = f"installment {unpaid[0].number} of plan {plan_number}"
    keep_requests(work, ByWhom(asked.user, why, asked.traceparent), charged)
    _keep(work, plan, unpaid[0], item, spent, asked)
    plan = replace(plan, paid_through=paid_through(parts, {*paid, unpaid[0].number}))
    plan = _go_on(work, plan, plan_type, len(unpaid) == 1, asked)
    if plan.status == PlanStatus.PAID:
        deferral.end(app, work, plan, asked, comes_back=False)
    app.store_events(connection, work)
    return plan


def of_plan(connection: Connection, plan_id: UUID) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select p.number, p.kind, p.amount_cents, p.receipt_id, p.business_date,"
        " r.receipt_id is not null as taken_back from plan_payments p"
        " left join held_receipts_reversed r using (receipt_id)"
        " where p.plan_id = %s order by p.number, p.recorded_at, p.kind",
        (plan_id,),
    ).all()


def _open(app: Any, work: Work, plan: Plan, item_id: UUID) -> tuple[Books, Item, list[UUID]]:
    found = held_store.item(work.connection, item_id)
    if found is None:
        raise not_found("SURPLUS_NOT_FOUND", f"no held money {item_id}")
    bills = [
        row.bill_id
        for row in plan_store.bills(work.connection, plan.plan_id)
        if row.left_out_through is None
    ]
    if not bills:
        raise Refusal("PLAN_BILLS_LEFT_OUT", "each of the plan's bills waits for its calculation")
    books = Books(work, app.terms)
    own = {found.bill_id} if found.bill_id else set()
    books.open(own | set(bills), () if found.bill_id else (found.receipt_id,))
    locked = held_store.item(work.connection, item_id, lock=True)
    assert locked is not None
    return books, locked, bills


def _check_item(item: Item, part: PlanInstallment) -> None:
    if item.state != HeldState.OPEN:
        raise Refusal("SURPLUS_NOT_OPEN", f"the money is {item.state}")
    if item.open_cents < part.total_cents:
        raise Refusal(
            "SURPLUS_INSUFFICIENT",
            f"installment {part.number} is {part.total_cents} cents, {item.open_cents} are held",
        )


def _check_kind(app: Any, work: Work, books: Books, item: Item, bills: Sequence[UUID]) -> None:
    """Refuse money that nobody may spend on bills, or not on these (RECV-041)."""
    law, today = app.held.at(work.clock.today()), work.clock.today()
    if not law.tenderable(item.subcode) and not law.workflow_of(item.subcode, Procedure.APPLY):
        raise Refusal("SURPLUS_NOT_TENDERABLE", f"money of {item.subcode} is not for bills")
    if not all(may_pay(app, today, books, item, bill_id) for bill_id in bills):
        raise Refusal(
            "COLLECTION_TYPE_DIFFERS", f"money of {item.subcode} does not pay each of the bills"
        )


def _charge_fee(
    books: Books, work: Work, plan: Plan, part: PlanInstallment, bill_id: UUID, asked: Asked,
    rule_id: str,
) -> UUID:  # fmt: skip
    # As of the day before: on one day money comes before fees, and this money is for this fee.
    charged_on = work.clock.today() - timedelta(days=1)
    fact = FeeCharged(
        ids.derived_id(plan.plan_id, PLAN_FEE, str(part.number)),
        charged_on,
        work.clock.now(),
        PLAN_FEE,
        part.fee_cents,
        rule_id,
    )
    books.change(bill_id, KnownFact(fact, work.clock.today()), PostingKind.FEE, asked)
    return fact.fact_id


def _spend(
    books: Books, work: Work, item: Item, cents: int, bills: Sequence[UUID], asked: Asked, rule: str
) -> int:
    """Pay the bills in the plan's order; what none of them owes stays held."""
    left = cents
    for bill_id in bills:
        part = 0 if bill_id == item.bill_id else min(
            left, books.open_on(bill_id, work.clock.today()) or 0
        )  # fmt: skip
        if part:
            left -= part
            take(books, work, item, part, asked, purpose="plan", bill_id=bill_id,
                 asked_by=asked.user, rule=rule)  # fmt: skip
    return cents - left


def _keep(
    work: Work, plan: Plan, part: PlanInstallment, item: Item, spent: int, asked: Asked
) -> None:
    rows = [
        (plan.plan_id, part.number, each.kind, each.amount_cents, item.receipt_id, item.item_id,
         work.clock.today(), asked.user, work.clock.now())
        for each in details(part, spent)
    ]  # fmt: skip
    _PAYMENTS.insert(work.connection, "plan_payments", rows)


def _go_on(work: Work, plan: Plan, plan_type: PlanType, last: bool, asked: Asked) -> Plan:
    note = f"installment {plan.paid_through} paid"
    if last and plan_type.pays_to is PaysTo.PLAN:
        return set_status(work, plan, PlanStatus.PAID, asked.user, note, asked)
    plan_store.save(work.connection, plan)
    plan_store.keep_step(work.connection, plan, asked.user, note, work.clock.now())
    return plan
