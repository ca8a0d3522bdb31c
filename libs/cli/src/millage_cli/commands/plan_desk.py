"""`millage plan …`: what is done to a plan once it is there, and which kinds there are."""

from typing import Annotated

import typer

from millage.receivables.v1 import plans_pb2
from millage.receivables.v1.plans_pb2_grpc import PlanServiceStub
from millage_cli import typed
from millage_cli.commands.held import Number, installments_view, plan, plan_view
from millage_cli.commands.ledger import Reason
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import money, table
from millage_cli.plain import plain

__all__ = ["plan"]

Bills = Annotated[
    list[str] | None, typer.Option("--bill", help="A bill's id, in the order they are paid.")
]
Parts = Annotated[int, typer.Option("--installments", help="Of a pending plan: how many.")]
Pending = Annotated[int | None, typer.Option("--pending-days", help="How long it may be pending.")]


@command(plan)
def activate(run: Invocation, number: Number, key: Key = "") -> None:
    """Let a pending plan run, once nothing stands in its way or with the right to override."""
    request = plans_pb2.ActivatePlanRequest(idempotency_key=key_or_new(key), plan_number=number)
    _told(run, _plans(run).ActivatePlan(request))


@command(plan)
def void(run: Invocation, number: Number, reason: Reason, key: Key = "") -> None:
    """End a plan that is pending or runs; what it put off comes back."""
    request = plans_pb2.VoidPlanRequest(
        idempotency_key=key_or_new(key), plan_number=number, reason=reason
    )
    _told(run, _plans(run).VoidPlan(request))


@command(plan)
def edit(
    run: Invocation,
    number: Number,
    bill: Bills = None,
    installments: Parts = 0,
    pending_days: Pending = None,
    key: Key = "",
) -> None:
    """Change the order of a plan's bills; of a pending one also what it will be."""
    request = plans_pb2.EditPlanRequest(
        idempotency_key=key_or_new(key), plan_number=number, bill_ids=bill or (),
        installments=installments, pending_days=pending_days,
    )  # fmt: skip
    _told(run, _plans(run).EditPlan(request))


@command(plan)
def recalculate(run: Invocation, number: Number, key: Key = "") -> None:
    """Calculate anew what is not paid yet, from what the bills owe today."""
    request = plans_pb2.RecalculatePlanRequest(idempotency_key=key_or_new(key), plan_number=number)
    _told(run, _plans(run).RecalculatePlan(request))


@command(plan)
def pay(
    run: Invocation,
    number: Number,
    item: Annotated[str, typer.Option("--from", help="The id of the held money that pays it.")],
    key: Key = "",
) -> None:
    """Pay a plan's next installment, whole, with money that is held."""
    request = plans_pb2.PayPlanInstallmentRequest(
        idempotency_key=key_or_new(key), plan_number=number, surplus_item_id=item
    )
    _told(run, _plans(run).PayPlanInstallment(request))


@command(plan)
def types(
    run: Invocation, on: Annotated[str, typer.Option("--on", help="Today when left out.")] = ""
) -> None:
    """List the kinds of plans the law in force has."""
    request = plans_pb2.ListPlanTypesRequest(as_of=typed.day(on, "--on"))
    found = _plans(run).ListPlanTypes(request).types
    made = table("", "type", "name", "installments", "paid to", "pending days", "fee",
                 right=("installments", "pending days", "fee"))  # fmt: skip
    for one in found:
        made.add_row(
            one.code, one.name, str(one.installments), one.pays_to, str(one.pending_days),
            money(one.plan_fee_cents),
        )  # fmt: skip
    run.out.answer([plain(one) for one in found], made)


def _plans(run: Invocation) -> PlanServiceStub:
    return PlanServiceStub(run.client.channel("receivables"))


def _told(run: Invocation, answer: plans_pb2.Plan) -> None:
    run.out.answer(answer, plan_view(answer), installments_view(answer.installments))
