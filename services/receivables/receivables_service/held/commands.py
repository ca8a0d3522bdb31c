"""Commands on money held for somebody: procedures step by step, and reservations."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.books import Books
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.domain.held import (
    START,
    Effect,
    HeldState,
    Procedure,
    StepRefused,
    Transition,
    Workflow,
    check_step,
)
from receivables_service.held import cases as held_cases
from receivables_service.held import items as held_items
from receivables_service.held import store as held_store
from receivables_service.held.cases import Case, Step
from receivables_service.held.store import Item
from receivables_service.held.taking import check_target, take
from taxkit import ids, outbox
from taxkit.auth import Caller
from taxkit.errors import Refusal, invalid, not_found
from taxkit.inbox import Work


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and in which trace."""

    caller: Caller
    traceparent: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new case asks for."""

    item_id: UUID
    procedure: Procedure
    amount_cents: int
    payee: str
    evidence: str
    target_bill_id: UUID | None
    reason: str


class _Desk:
    """One item under lock, with the books it may move."""

    def __init__(
        self, app: ReceivablesApp, connection: Connection, asked: Asked, item_id: UUID,
        target_bill_id: UUID | None,
    ) -> None:  # fmt: skip
        found = held_store.item(connection, item_id)
        if found is None:
            raise not_found("SURPLUS_NOT_FOUND", f"no held money {item_id}")
        self.app, self.connection, self.asked = app, connection, asked
        self.work = Work(connection, app.clock)
        self.books = Books(self.work, app.terms)
        bills = {bill_id for bill_id in (found.bill_id, target_bill_id) if bill_id is not None}
        self.books.open(bills, () if found.bill_id else (found.receipt_id,))
        locked = held_store.item(connection, item_id, lock=True)
        assert locked is not None
        self.item: Item = locked

    def close(self) -> None:
        """Write and tell; an item whose money did not move is told of its state."""
        told = len(self.work.emitted)
        self.books.close()
        if len(self.work.emitted) == told:
            held_items.restate(self.work, [self.item.item_id], self.asked)
        outbox.store(self.connection, self.app.settings.county, self.work.emitted)


def start_case(app: ReceivablesApp, connection: Connection, asked: Asked, wish: Wish) -> Case:
    """Begin a procedure with an item's money (RECV-043)."""
    desk = _Desk(app, connection, asked, wish.item_id, wish.target_bill_id)
    item = desk.item
    workflow = app.held.at(app.clock.today()).workflow_of(item.subcode, wish.procedure)
    if workflow is None:
        raise Refusal(
            "PROCEDURE_NOT_OPEN", f"no {wish.procedure} for {item.subcode} under the law in force"
        )
    amount = wish.amount_cents or item.open_cents
    _check_free(item, amount)
    _check_wish(wish, workflow, item, amount)
    first = next(each for each in workflow.transitions if each.at == START)
    case = Case(
        ids.new_id(), item.item_id, workflow.code, wish.procedure.value, amount,
        wish.payee or item.owner_name, wish.evidence, wish.target_bill_id, wish.reason,
        asked.caller.user, app.clock.now(), START, ended=False,
    )  # fmt: skip
    held_cases.insert(connection, case)
    return _step(desk, case, workflow, first, wish.reason)


def act_on_case(
    app: ReceivablesApp, connection: Connection, asked: Asked, case_id: UUID, action: str, note: str
) -> Case:
    """Take the next step of a procedure, as its workflow has it."""
    found = held_cases.read(connection, case_id)
    if found is None:
        raise not_found("CASE_NOT_FOUND", f"no case {case_id}")
    desk = _Desk(app, connection, asked, found.item_id, found.target_bill_id)
    case = held_cases.read(connection, case_id)
    assert case is not None
    if case.ended:
        raise Refusal("CASE_ENDED", f"case {case_id} ended at {case.step}")
    workflow = app.held.at(app.clock.today()).workflows.get(case.workflow)
    if workflow is None:
        raise Refusal("WORKFLOW_GONE", f"the law in force has no workflow {case.workflow} any more")
    try:
        transition = workflow.step(case.step, action)
        check_step(transition, case.asked_by, asked.caller.user)
    except StepRefused as refused:
        raise Refusal(refused.reason, refused.message) from refused
    return _step(desk, case, workflow, transition, note)


def reserve(
    app: ReceivablesApp, connection: Connection, asked: Asked, item_id: UUID, reserved_for: str
) -> Item:
    """Keep an item for a basket, so that nobody else spends it (RECV-042)."""
    desk = _Desk(app, connection, asked, item_id, None)
    if desk.item.reserved_by != reserved_for:
        _check_free(desk.item, desk.item.open_cents)
        held_cases.set_reserved(connection, item_id, reserved_for)
        desk.close()
    return _item(connection, item_id)


def release(
    app: ReceivablesApp, connection: Connection, asked: Asked, item_id: UUID, reserved_for: str
) -> Item:
    """Let an item go again; only for whom it was reserved."""
    desk = _Desk(app, connection, asked, item_id, None)
    if desk.item.reserved_by and desk.item.reserved_by != reserved_for:
        raise Refusal("RESERVED_FOR_ANOTHER", f"the item is reserved for {desk.item.reserved_by}")
    if desk.item.reserved_by:
        held_cases.set_reserved(connection, item_id, "")
        desk.close()
    return _item(connection, item_id)


def _item(connection: Connection, item_id: UUID) -> Item:
    found = held_store.item(connection, item_id)
    assert found is not None
    return found


def _check_free(item: Item, amount: int) -> None:
    reasons = {
        HeldState.IN_WORKFLOW: ("SURPLUS_IN_WORKFLOW", f"case {item.case_id} is under way"),
        HeldState.RESERVED: ("SURPLUS_RESERVED", f"it is reserved for {item.reserved_by}"),
        HeldState.CLOSED: ("SURPLUS_CLOSED", "nothing of it is left"),
    }
    if (state := HeldState(item.state)) in reasons:
        raise Refusal(*reasons[state])
    if amount > item.open_cents:
        raise Refusal("SURPLUS_INSUFFICIENT", f"{amount} cents of {item.open_cents} that are open")


def _check_wish(wish: Wish, workflow: Workflow, item: Item, amount: int) -> None:
    if workflow.evidence_needed and not (wish.payee.strip() and wish.evidence.strip()):
        raise invalid("EVIDENCE_MISSING", "a claim names its claimant and evidence", "evidence")
    if wish.procedure is Procedure.TRANSFER and not wish.payee.strip():
        raise invalid("NEW_OWNER_MISSING", "name the new owner", "payee")
    if wish.procedure is Procedure.TRANSFER and amount != item.open_cents:
        raise invalid("TRANSFER_WHOLE", "an item goes to a new owner whole", "amount_cents")
    if (wish.procedure is Procedure.APPLY) != (wish.target_bill_id is not None):
        raise invalid("TARGET_BILL", "an application, and only it, names a bill", "target_bill_id")
    if wish.target_bill_id is not None and wish.target_bill_id == item.bill_id:
        raise invalid("TARGET_BILL_ITS_OWN", "the money is held on this bill", "target_bill_id")


def _step(desk: _Desk, case: Case, workflow: Workflow, step: Transition, note: str) -> Case:
    """Do what a step does, keep it, and tell."""
    desk.asked.caller.require(step.right)
    after = replace(case, step=step.to, ended=workflow.ends_at(step.to))
    held_cases.advance(desk.connection, after)
    held_cases.keep_step(
        desk.connection,
        case.case_id,
        Step(step.action, step.to, desk.asked.caller.user, note, desk.app.clock.now()),
    )
    if step.effect is Effect.CARRY_OUT:
        _carry_out(desk, case)
    desk.close()
    return after


def _carry_out(desk: _Desk, case: Case) -> None:
    if desk.item.state == HeldState.RESERVED:
        # It was kept before the case began, and told since.
        _check_free(desk.item, case.amount_cents)
    if case.procedure == Procedure.TRANSFER:
        held_cases.set_owner(desk.connection, case.item_id, case.payee)
        return
    if case.amount_cents > desk.item.open_cents:
        raise Refusal(
            "SURPLUS_INSUFFICIENT",
            f"{case.amount_cents} cents were asked for, {desk.item.open_cents} are left",
        )
    if case.target_bill_id is not None:
        check_target(desk.app, desk.books, desk.item, case.target_bill_id, case.amount_cents)
    take(desk.books, desk.work, desk.item, case.amount_cents, desk.asked,
         purpose=case.procedure, bill_id=case.target_bill_id, payee=case.payee,
         asked_by=desk.asked.caller.user)  # fmt: skip
