"""Payoffs in the words of the contract."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service.domain.payoff import Payoff
from levy_service.specials import assigning, payoff_bills, payoff_facts, payoff_store
from levy_service.specials.payoff_store import DUE, WITHDRAWN
from millage.levy.v1 import special_payoffs_pb2 as pb
from taxkit.money import format_cents


def quoted(row: Any, payoff: Payoff, bills: Sequence[UUID]) -> pb.PayoffQuote:
    return pb.PayoffQuote(
        assessment_id=str(row.assessment_id),
        payoff_on=payoff.payoff_on.isoformat(),
        principal_cents=payoff.principal_cents,
        interest_cents=payoff.interest_cents,
        amount_cents=payoff.amount_cents,
        tracts=[
            pb.PayoffTract(
                tract=each.tract,
                principal_cents=each.principal_cents,
                interest_cents=each.interest_cents,
                days=each.days,
            )
            for each in payoff.tracts
        ],
        status=row.status,
        bill_ids=[str(each) for each in bills],
    )


def done(connection: Connection, payoff_id: UUID) -> pb.PayOffResponse:
    """The payoff, and what became of it in words."""
    answer = whole(connection, payoff_bills.found(connection, payoff_id))
    return pb.PayOffResponse(payoff=answer, message=_said(answer))


def _said(payoff: pb.SpecialPayoff) -> str:
    amount = format_cents(payoff.amount_cents)
    if payoff.state == DUE:
        return f"bill {payoff.bill_number} asks for the payoff of {amount}"
    if payoff.state == WITHDRAWN:
        then = f"bill {payoff.bill_number} is" if payoff.is_billed else "no bill asked for it;"
        return f"the payoff of {amount} is withdrawn: {then} as before, and the assessment goes on"
    reason = f"change reason {payoff.change_reason}" if payoff.change_reason else "no change reason"
    return (
        f"paid off for {amount}; the roll and bill {payoff.bill_number} are unchanged, because"
        f" {reason} makes no correction by itself: a task is open for it"
    )


def whole(connection: Connection, row: Any) -> pb.SpecialPayoff:
    answer = head(row)
    answer.received_cents = payoff_facts.received_for(connection, row).cents
    answer.tracts.extend(
        pb.PayoffTract(
            tract=each.tract,
            principal_cents=each.principal_cents,
            interest_cents=each.interest_cents,
        )
        for each in payoff_store.tracts(connection, row.payoff_id)
    )
    answer.steps.extend(
        pb.PayoffStep(
            state=each.state,
            changed_on=each.changed_on.isoformat(),
            changed_by=each.changed_by,
            reason=each.reason,
            recorded_at=each.recorded_at.isoformat(),
        )
        for each in payoff_store.steps(connection, row.payoff_id)
    )
    answer.assignments.extend(
        pb.PayoffAssignment(
            assignee=each.assignee,
            due_on=each.due_on.isoformat() if each.due_on else "",
            assigned_by=each.assigned_by,
            reason=each.reason,
            recorded_at=each.recorded_at.isoformat(),
        )
        for each in assigning.of_payoff(connection, row.payoff_id)
    )
    return answer


def head(row: Any) -> pb.SpecialPayoff:
    return pb.SpecialPayoff(
        payoff_id=str(row.payoff_id),
        assessment_id=str(row.assessment_id),
        assessment_number=row.assessment_number,
        parcel_number=row.parcel_number,
        payoff_on=row.payoff_on.isoformat(),
        principal_cents=row.principal_cents,
        interest_cents=row.interest_cents,
        amount_cents=row.principal_cents + row.interest_cents,
        state=row.state,
        change_reason=row.change_reason,
        is_billed=row.is_billed,
        bill_id=str(row.bill_id) if row.bill_id else "",
        bill_number=row.bill_number or "",
        bill_version=row.bill_version or 0,
        requested_by=row.requested_by,
        assignee=row.assignee or "",
        task_due_on=row.task_due_on.isoformat() if row.task_due_on else "",
    )
