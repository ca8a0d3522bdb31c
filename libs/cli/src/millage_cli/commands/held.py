"""`millage surplus …` and `millage plan …`: money held for somebody, and payment plans."""

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import RenderableType

from millage.receivables.v1 import plans_pb2, surplus_pb2
from millage.receivables.v1.plans_pb2_grpc import PlanServiceStub
from millage.receivables.v1.surplus_pb2_grpc import SurplusServiceStub
from millage_cli import typed
from millage_cli.commands.ledger import Reason
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.plain import plain
from millage_cli.problems import ExitCode

surplus = typer.Typer(no_args_is_help=True, help="Money held: refund, apply, transfer, claim.")
plan = typer.Typer(no_args_is_help=True, help="Payment plans.")

Item = Annotated[str, typer.Argument(metavar="ITEM", help="The id of held money.")]
Number = Annotated[str, typer.Argument(metavar="PLAN", help="The plan's number.")]
Parcel = Annotated[str, typer.Argument(metavar="PARCEL", help="The parcel's number.")]
Bills = Annotated[list[str], typer.Argument(metavar="BILL...", help="The ids of its bills.")]
Type = Annotated[str, typer.Option("--type", help="The plan type's code.")]
First = Annotated[str, typer.Option("--first", help="When the first installment is due.")]
Parts = Annotated[int, typer.Option("--installments", help="How many; else as the type has it.")]
Party = Annotated[str, typer.Option("--party", help="Whose plan it is.")]


@command(surplus, "list")
def list_surplus(
    run: Invocation,
    parcel: Parcel,
    *,
    closed: Annotated[bool, typer.Option("--closed", help="Also what is spent.")] = False,
) -> None:
    """List what is held on a parcel."""
    found = _surplus(run).ListSurplus(
        surplus_pb2.ListSurplusRequest(parcel_number=parcel, include_closed=closed)
    )
    made = table("", "item", "kind", "open", "state", "owner", "since", right=("open",))
    for one in found.items:
        made.add_row(
            one.surplus_item_id, one.subcode, money(one.open_cents), one.state, one.owner,
            one.opened_on,
        )  # fmt: skip
    run.out.answer([plain(one) for one in found.items], made)


@command(surplus)
def show(run: Invocation, item: Item) -> None:
    """Show an item with what moved it and its procedures."""
    found = _surplus(run).GetSurplus(surplus_pb2.GetSurplusRequest(surplus_item_id=item))
    moved = table("", "day", "posting", "amount", right=("amount",))
    for one in found.movements:
        moved.add_row(one.business_date, one.kind, money(one.amount_cents, signed=True))
    head = facts(
        ("kind", found.item.subcode),
        ("owner", found.item.owner),
        ("open", money(found.item.open_cents)),
        ("state", found.item.state),
        ("receipt", found.item.receipt_id),
        ("bill", found.item.bill_id),
    )
    run.out.answer(found, head, moved, *map(_case_view, found.cases))


@command(surplus)
def start(
    run: Invocation,
    item: Item,
    procedure: Annotated[str, typer.Argument(help="refund, apply, transfer or claim.")],
    amount: Annotated[str, typer.Option(help="All that is open when not given.")] = "",
    payee: Annotated[str, typer.Option(help="Payee, claimant or new owner.")] = "",
    evidence: Annotated[str, typer.Option(help="What a claim rests on.")] = "",
    bill: Annotated[str, typer.Option(help="The bill it is applied to.")] = "",
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    key: Key = "",
) -> None:
    """Begin a procedure with held money."""
    answer = _surplus(run).StartCase(
        surplus_pb2.StartCaseRequest(
            idempotency_key=key_or_new(key),
            surplus_item_id=item,
            procedure=procedure,
            amount_cents=typed.counted_cents(amount, "--amount") if amount else 0,
            payee=payee,
            evidence=evidence,
            target_bill_id=bill,
            reason=reason,
        )
    )
    run.out.answer(answer, _case_view(answer))


@command(surplus)
def act(
    run: Invocation,
    case: Annotated[str, typer.Argument(metavar="CASE", help="The id of the procedure.")],
    action: Annotated[str, typer.Argument(help="What its last step allows, as approve.")],
    note: Annotated[str, typer.Option(help="Kept with the step.")] = "",
    key: Key = "",
) -> None:
    """Take the next step of a procedure."""
    answer = _surplus(run).ActOnCase(
        surplus_pb2.ActOnCaseRequest(
            idempotency_key=key_or_new(key), case_id=case, action=action, note=note
        )
    )
    run.out.answer(answer, _case_view(answer))


@command(surplus)
def check(run: Invocation) -> None:
    """Check that items are what the ledger holds, and list what waits for a person."""
    found = _surplus(run).CheckHeldMoney(surplus_pb2.CheckHeldMoneyRequest())
    totals = facts(
        ("open", money(found.open_cents)),
        ("paid out", money(found.paid_out_cents)),
        ("differences", len(found.differences)),
    )
    waiting = table("", "day", "receipt", "amount", "reason", right=("amount",))
    for one in found.exceptions:
        waiting.add_row(one.business_date, one.receipt_id, money(one.amount_cents), one.reason)
    placeable = table("", "bill", "held", "owed", "to place it", right=("held", "owed"))
    for bill in found.placeable:
        command = f"millage ledger reallocate {bill.bill_number} --reason ..."
        placeable.add_row(bill.bill_number, money(bill.held_cents), money(bill.open_cents), command)
    run.out.answer(found, totals, waiting, placeable)
    if found.differences:
        raise typer.Exit(int(ExitCode.DIFFERENCE))


@command(plan, "list")
def list_plans(run: Invocation, parcel: Parcel) -> None:
    """List a parcel's plans."""
    found = _plans(run).ListPlans(plans_pb2.ListPlansRequest(parcel_number=parcel))
    made = table("", "plan", "type", "status", "since", "bills", right=("bills",))
    for one in found.plans:
        made.add_row(one.plan_number, one.plan_type, one.status, one.opened_on, str(len(one.bills)))
    run.out.answer([plain(one) for one in found.plans], made)


@command(plan, "show")
def show_plan(run: Invocation, number: Number) -> None:
    """Show a plan with its installments."""
    found = _plans(run).GetPlan(plans_pb2.GetPlanRequest(plan_number=number))
    run.out.answer(found, plan_view(found), installments_view(found.installments))


@command(plan)
def quote(
    run: Invocation,
    bills: Bills,
    kind: Type,
    first: First,
    party: Party = "",
    installments: Parts = 0,
) -> None:
    """Tell what a plan would be; nothing is kept."""
    terms = _terms(bills, kind, first, party, installments)
    found = _plans(run).QuotePlan(plans_pb2.QuotePlanRequest(terms=terms))
    lacking = facts(("in its way", ", ".join(found.deficiencies)))
    run.out.answer(found, installments_view(found.installments), lacking)


@command(plan)
def enrol(
    run: Invocation,
    bills: Bills,
    kind: Type,
    first: First,
    party: Party = "",
    installments: Parts = 0,
    pending_days: Annotated[
        int | None, typer.Option("--pending-days", help="How long it may be pending.")
    ] = None,
    key: Key = "",
) -> None:
    """Make a plan; pending when something stands in its way."""
    terms = _terms(bills, kind, first, party, installments, pending_days)
    answer = _plans(run).EnrolPlan(
        plans_pb2.EnrolPlanRequest(idempotency_key=key_or_new(key), terms=terms)
    )
    run.out.answer(answer, plan_view(answer), installments_view(answer.installments))


@command(plan)
def reinstate(run: Invocation, number: Number, reason: Reason, key: Key = "") -> None:
    """Let a broken plan go on, where its kind may: as if it had never been broken."""
    request = plans_pb2.ReinstatePlanRequest(
        idempotency_key=key_or_new(key), plan_number=number, reason=reason
    )
    answer = _plans(run).ReinstatePlan(request)
    run.out.answer(answer, plan_view(answer), installments_view(answer.installments))


@command(plan)
def tasks(run: Invocation) -> None:
    """List plans that wait for a calculation."""
    found = _plans(run).ListPlanTasks(plans_pb2.ListPlanTasksRequest())
    made = table("", "since", "plan", "task", "bill")
    for one in found.tasks:
        made.add_row(one.opened_on, one.plan_number, one.kind, one.bill_id)
    run.out.answer([plain(one) for one in found.tasks], made)


def _surplus(run: Invocation) -> SurplusServiceStub:
    return SurplusServiceStub(run.client.channel("receivables"))


def _plans(run: Invocation) -> PlanServiceStub:
    return PlanServiceStub(run.client.channel("receivables"))


def _terms(
    bills: list[str],
    kind: str,
    first: str,
    party: str,
    installments: int,
    pending_days: int | None = None,
) -> plans_pb2.PlanTerms:
    return plans_pb2.PlanTerms(
        plan_type=kind, bill_ids=bills, party=party, first_due_on=typed.day(first, "--first"),
        installments=installments, pending_days=pending_days,
    )  # fmt: skip


def _case_view(case: surplus_pb2.SurplusCase) -> RenderableType:
    return facts(
        ("case", case.case_id),
        ("procedure", case.procedure),
        ("amount", money(case.amount_cents)),
        ("payee", case.payee),
        ("step", case.step),
        ("asked by", case.asked_by),
        ("next", ", ".join(case.actions)),
    )


def plan_view(found: plans_pb2.Plan) -> RenderableType:
    return facts(
        ("plan", found.plan_number),
        ("status", found.status),
        ("in its way", ", ".join(found.deficiencies)),
        ("broken on", found.defaulted_on),
        ("reinstated on", found.reinstated_on),
        ("bills", ", ".join(bill.bill_id for bill in found.bills)),
    )


def installments_view(parts: Iterable[plans_pb2.PlanInstallment]) -> RenderableType:
    made = table("", "no", "due", "principal", "interest", "fee",
                 right=("no", "principal", "interest", "fee"))  # fmt: skip
    for one in parts:
        made.add_row(
            str(one.number), one.due_on, money(one.principal_cents), money(one.interest_cents),
            money(one.fee_cents),
        )  # fmt: skip
    return made
