"""`millage ledger preview` and `rules`: where a payment would go, and by which orders it may."""

import re
from typing import Annotated

import typer

from millage.receivables.v1 import allocation_pb2
from millage.receivables.v1.allocation_pb2_grpc import AllocationServiceStub
from millage_cli import typed
from millage_cli.commands.bills import Bill
from millage_cli.commands.ledger import On, bill_id_of
from millage_cli.commands.ledger_facts import ledger
from millage_cli.invocation import Invocation, command
from millage_cli.output import facts, money, table
from millage_cli.plain import plain
from millage_cli.problems import usage

__all__ = ["ledger"]

_ROW = re.compile(r"(?P<installment>[0-9]{1,4}):(?P<of>[a-z]+)(/(?P<code>[^=]+))?=(?P<cents>.+)")


@command(ledger)
def preview(
    run: Invocation,
    named: Bill,
    amount: Annotated[str, typer.Argument(help="What would be paid, as 120.00.")],
    on: On = "",
    rule: Annotated[str, typer.Option("--rule", help="The order asked for, by its code.")] = "",
    service: Annotated[str, typer.Option("--service", help="Or the service whose own it is.")] = "",
    hand: Annotated[
        list[str] | None,
        typer.Option("--hand", help="Put by hand, as 2:tax=50.00 or 1:fee/lien=10.00."),
    ] = None,
) -> None:
    """Show where a payment would go: by the function that posts it, posting nothing."""
    found = _orders(run).PreviewAllocation(
        allocation_pb2.PreviewAllocationRequest(
            bill_id=bill_id_of(run, named), amount_cents=typed.cents(amount, "AMOUNT"),
            effective_on=typed.day(on, "--on"), rule=rule, service=service,
            by_hand=[_put(text) for text in hand or ()],
        )
    )  # fmt: skip
    made = table("", "inst", "charge", "type", "amount", "rule", right=("inst", "amount"))
    for row in found.rows:
        charge = " ".join(filter(None, (row.charge_type, row.charge_code, row.fund)))
        made.add_row(
            str(row.installment), charge, row.collection_type, money(row.amount_cents), row.rule_id
        )
    sums = facts(("surplus", money(found.surplus_cents)), ("still open", money(found.open_cents)))
    run.out.answer(found, made, sums)


@command(ledger)
def rules(run: Invocation, on: On = "") -> None:
    """List the orders of allocation of a day, and the services that start from each."""
    request = allocation_pb2.ListAllocationRulesRequest(on=typed.day(on, "--on"))
    found = _orders(run).ListAllocationRules(request).rules
    made = table("", "rule", "by", "charges", "types", "services")
    for one in found:
        made.add_row(
            one.code, ", ".join(one.keys), ", ".join(one.charge_types),
            ", ".join(one.collection_types), ", ".join(one.services),
        )  # fmt: skip
    run.out.answer([plain(one) for one in found], made)


def _orders(run: Invocation) -> AllocationServiceStub:
    return AllocationServiceStub(run.client.channel("receivables"))


def _put(text: str) -> allocation_pb2.AllottedAmount:
    if not (read := _ROW.fullmatch(text)):
        raise usage("HAND_INVALID", f"--hand {text}: write INSTALLMENT:TYPE=AMOUNT, as 2:tax=50.00")
    return allocation_pb2.AllottedAmount(
        installment=int(read["installment"]), charge_type=read["of"],
        charge_code=read["code"] or "", amount_cents=typed.cents(read["cents"], "--hand"),
    )  # fmt: skip
