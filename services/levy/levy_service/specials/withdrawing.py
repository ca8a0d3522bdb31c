"""The command that withdraws a payoff: its bill asks for it no more, and its tracts go on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from levy_service import corrections_store, queries, versions
from levy_service.bootstrap import LevyApp
from levy_service.domain.billing import ComputedBill
from levy_service.domain.correction import spread
from levy_service.domain.payoff import CannotPayOff, SpecialStatus, without_charge
from levy_service.queries import WholeBill
from levy_service.specials import (
    locking,
    payoff_bills,
    payoff_facts,
    payoff_steps,
    respreading,
    store,
)
from levy_service.specials.payoff_store import PAID, SETTLED, WITHDRAWN
from levy_service.specials.steps import By
from levy_service.versions import Because, NextVersion
from taxkit.errors import Refusal
from taxkit.money import format_cents
from taxkit.rows import Columns
from taxkit.telemetry import trace_id_of

KIND: Final = "special_payoff_withdrawal"
"""Of a withdrawal that waits for the end of a payment file (LEVY-015)."""

_WITHDRAWALS: Final = Columns(
    {
        "payoff_id": "uuid",
        "bill_version": "integer",
        "withdrawn_on": "date",
        "withdrawn_by": "text",
        "reason": "text",
        "trace_id": "uuid",
        "recorded_at": "timestamptz",
    }
)


class Withdrawal(NamedTuple):
    payoff_id: UUID
    by: By


def withdraw(app: LevyApp, connection: Connection, asked: Withdrawal) -> None:
    """Take a payoff back for which no money has come; its bill is as without it again."""
    locking.change(connection)
    payoff_id, by = asked
    row = payoff_bills.found(connection, payoff_id)
    special = store.assessment(connection, row.assessment_id, lock=True)
    if row.is_billed:
        corrections_store.lock(connection, row.bill_id)
    row = payoff_bills.found(connection, payoff_id)
    _refuse(connection, row, special)
    version = _lower(app, connection, row, by) if row.is_billed else None
    kept = (
        payoff_id, version, by.on, by.user, by.reason, trace_id_of(by.traceparent),
        app.clock.now(),
    )  # fmt: skip
    _WITHDRAWALS.insert(connection, "special_payoff_withdrawals", [kept])
    respreading.join(connection, special)
    payoff_steps.take(app, connection, payoff_id, row.assessment_id, WITHDRAWN, by)


def body_of(asked: Withdrawal) -> dict[str, Any]:
    """A withdrawal as it is kept while it waits."""
    return {"payoff_id": str(asked.payoff_id), "reason": asked.by.reason}


def apply_held(
    app: LevyApp, connection: Connection, body: Mapping[str, Any], user: str, traceparent: str
) -> None:
    by = By(user, body["reason"], app.clock.today(), traceparent)
    withdraw(app, connection, Withdrawal(UUID(body["payoff_id"]), by))


def _refuse(connection: Connection, row: Any, special: Any) -> None:
    of = f"the payoff of assessment {row.assessment_number}"
    if row.state == WITHDRAWN:
        raise Refusal("PAYOFF_WITHDRAWN", f"{of} is withdrawn already")
    if row.state == SETTLED:
        raise Refusal(
            "PAYOFF_SETTLED", f"{of} was seen to by a person: what was done outside stays done"
        )
    if special.status == SpecialStatus.CLOSED:
        raise Refusal("SPECIAL_ENDED", f"assessment {row.assessment_number} is closed")
    came = payoff_facts.received_for(connection, row)
    if row.state == PAID or came.cents:
        raise Refusal(
            "PAYOFF_MONEY_RECEIVED",
            f"{format_cents(came.cents)} has been received for {of}: have the receipt taken back"
            " and withdraw it then, or let it stand and refund it by a modification of the bill",
            metadata={"received_cents": str(came.cents)},
        )


def _lower(app: LevyApp, connection: Connection, row: Any, by: By) -> int:
    """Issue the bill's next version without the payoff."""
    bill = queries.bill_in(connection, row.bill_id)
    amount = row.principal_cents + row.interest_cents
    try:
        after = without_charge(versions.as_issued(bill), row.agency_code, amount)
    except CannotPayOff as problem:
        raise Refusal(problem.reason, problem.message) from problem
    why = Because(by.on, by.reason, by.user, by.traceparent)
    versions.issue(app, connection, [_next(app, bill, after)], why)
    version: int = bill.bill.bill_version + 1
    return version


def _next(app: LevyApp, bill: WholeBill, after: ComputedBill) -> NextVersion:
    """It counts before the money of its day, as the payoff did."""
    if bill.bill.bill_class == payoff_bills.SPECIAL_PAYOFF:
        (whole,) = after.installments
        nothing = replace(after, installments=(replace(whole, amount_cents=after.total_cents),))
        # What ran on it while it was not paid goes, too.
        return NextVersion(bill, nothing, None, to_amount_paid=True, before_payments=True)
    terms = versions.terms_of(app, bill)
    targets = spread(versions.as_computed(bill), after.total_cents, terms)
    lowered = replace(after, installments=targets)
    return NextVersion(bill, lowered, terms, before_payments=True)
