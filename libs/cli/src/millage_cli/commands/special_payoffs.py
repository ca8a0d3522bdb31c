"""`millage special quote|payoff|payoffs|due|tasks|assign|settle|withdraw|blocks`: payoffs."""

from typing import Annotated

import typer

from millage.levy.v1 import special_payoffs_pb2 as pb
from millage.levy.v1.special_payoffs_pb2_grpc import SpecialPayoffServiceStub
from millage.receivables.v1.special_payoffs_pb2 import ListSpecialPayoffsRequest
from millage.receivables.v1.special_payoffs_pb2_grpc import SpecialPayoffsServiceStub
from millage.taxsale.v1.taxsale_pb2 import GetPayoffBlocksRequest
from millage.taxsale.v1.taxsale_pb2_grpc import TaxsaleServiceStub
from millage_cli import typed
from millage_cli.commands.bills import find
from millage_cli.commands.specials import Number, Reason, id_of, special
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.paging import pages

__all__ = ["special"]

_PAGE = 500

On = Annotated[str, typer.Option("--on", help="For which day; today if left out.")]
Tracts = Annotated[
    list[str] | None, typer.Option("--tract", help="Only this tract of a ditch; repeat it.")
]
PayoffId = Annotated[str, typer.Argument(metavar="PAYOFF", help="The payoff's id.")]


@command(special, "quote")
def quote(run: Invocation, number: Number, on: On = "", tract: Tracts = None) -> None:
    """Say what pays an assessment off on a day, and on which bills it is."""
    asked = pb.QuotePayoffRequest(
        assessment_id=id_of(run, number), payoff_on=typed.day(on, "--on"), tracts=tract or []
    )
    answer = _stub(run).QuotePayoff(asked)
    head = facts(
        ("assessment", f"{number} ({answer.status})"),
        ("payoff", f"{money(answer.amount_cents)} on {answer.payoff_on}"),
        ("principal", money(answer.principal_cents)),
        ("interest", money(answer.interest_cents)),
        ("on bills", ", ".join(answer.bill_ids)),
    )
    run.out.answer(answer, head)


@command(special, "payoff")
def payoff(
    run: Invocation,
    number: Number,
    reason: Reason,
    bill: Annotated[
        str, typer.Option("--bill", help="The bill it is on; left out of one that is on none.")
    ] = "",
    change: Annotated[
        str, typer.Option("--change-reason", help="Why values change; the pack's if left out.")
    ] = "",
    on: On = "",
    tract: Tracts = None,
    key: Key = "",
) -> None:
    """Pay an assessment off: its bill asks for it, or one of its own."""
    day, tracts = typed.day(on, "--on"), tract or []
    if bill:
        loaded = find(run.client, bill)
        answer = _stub(run).PayOffPosted(
            pb.PayOffPostedRequest(
                idempotency_key=key_or_new(key), assessment_id=id_of(run, number),
                bill_id=loaded.bill_id, expected_version=loaded.bill_version, payoff_on=day,
                tracts=tracts, change_reason=change, reason=reason,
            )
        )  # fmt: skip
    else:
        answer = _stub(run).PayOffUnposted(
            pb.PayOffUnpostedRequest(
                idempotency_key=key_or_new(key), assessment_id=id_of(run, number),
                payoff_on=day, tracts=tracts, reason=reason,
            )
        )  # fmt: skip
    run.out.answer(answer, facts(("payoff", answer.payoff.payoff_id), ("", answer.message)))


@command(special, "payoffs")
def payoffs(
    run: Invocation,
    parcel: Annotated[str, typer.Option("--parcel", help="Only of this parcel.")] = "",
    state: Annotated[
        str, typer.Option("--state", help="due, paid, unbilled, settled, withdrawn.")
    ] = "",
) -> None:
    """List payoffs, the newest first."""
    _list(run, pb.ListPayoffsRequest(parcel_number=parcel, state=state, page_size=_PAGE))


@command(special, "due")
def due(
    run: Invocation,
    parcel: Annotated[str, typer.Option("--parcel", help="Of this parcel.")] = "",
    bill: Annotated[str, typer.Option("--bill", help="Of this bill, by its id.")] = "",
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Also those that are paid, settled or withdrawn.")
    ] = False,
) -> None:
    """Say which payoffs the ledger has as due, until when, and what is open on their bills."""
    asked = ListSpecialPayoffsRequest(parcel_number=parcel, bill_id=bill, all_states=every)
    answer = SpecialPayoffsServiceStub(run.client.channel("receivables")).ListSpecialPayoffs(asked)
    shown = table(
        "Payoffs in the ledger", "payoff", "assessment", "parcel", "until", "amount", "bill",
        "open on it", "state", right=("amount", "open on it"),
    )  # fmt: skip
    for one in answer.payoffs:
        owes = money(one.bill_open_cents) if one.bill_id else ""
        shown.add_row(
            one.payoff_id, one.assessment_number, one.parcel_number, one.payoff_on,
            money(one.amount_cents), one.bill_number, owes,
            f"{one.state}, past" if one.is_past else one.state,
        )  # fmt: skip
    run.out.answer(answer, shown)


@command(special, "tasks")
def tasks(
    run: Invocation,
    assignee: Annotated[str, typer.Option("--of", help="Only those of this person.")] = "",
) -> None:
    """List payoffs that no bill asks for: somebody has to see to each."""
    _list(run, pb.ListPayoffsRequest(state="unbilled", assignee=assignee, page_size=_PAGE))


@command(special, "assign")
def assign(
    run: Invocation,
    payoff_id: PayoffId,
    assignee: Annotated[str, typer.Option("--to", help="Who is to see to it.")],
    reason: Reason,
    due_on: Annotated[str, typer.Option("--by", help="Until when; no day if left out.")] = "",
    key: Key = "",
) -> None:
    """Give the task of a payoff that no bill asks for to somebody, or to somebody else."""
    answer = _stub(run).AssignPayoff(
        pb.AssignPayoffRequest(
            idempotency_key=key_or_new(key),
            payoff_id=payoff_id,
            assignee=assignee,
            due_on=due_on,
            reason=reason,
        )
    )
    shown = (("payoff", answer.payoff_id), ("task of", answer.assignee), ("by", answer.task_due_on))
    run.out.answer(answer, facts(*shown))


@command(special, "settle")
def settle(
    run: Invocation,
    payoff_id: PayoffId,
    reason: Annotated[str, typer.Option("--reason", help="What was done.")],
    key: Key = "",
) -> None:
    """Note that a payoff that no bill asks for was seen to."""
    answer = _stub(run).SettlePayoff(
        pb.SettlePayoffRequest(idempotency_key=key_or_new(key), payoff_id=payoff_id, reason=reason)
    )
    run.out.answer(answer, facts(("payoff", answer.payoff_id), ("state", answer.state)))


@command(special, "withdraw")
def withdraw(run: Invocation, payoff_id: PayoffId, reason: Reason, key: Key = "") -> None:
    """Take a payoff back for which no money came: its bill is as before, and it goes on."""
    answer = _stub(run).WithdrawPayoff(
        pb.WithdrawPayoffRequest(
            idempotency_key=key_or_new(key), payoff_id=payoff_id, reason=reason
        )
    )
    run.out.answer(answer, facts(("payoff", payoff_id), ("", answer.message)))


@command(special, "blocks")
def blocks(
    run: Invocation,
    parcel: Annotated[str, typer.Argument(metavar="PARCEL", help="Its number.")],
    tax_year: Annotated[int, typer.Option("--tax-year", help="Of the items to be bought.")],
) -> None:
    """Say what has to be paid off before a buyer may pay a parcel's items of a tax sale."""
    stub = TaxsaleServiceStub(run.client.channel("taxsale"))
    asked = GetPayoffBlocksRequest(parcel_number=parcel, tax_year=tax_year)
    answer = stub.GetPayoffBlocks(asked)
    shown = table("Blocks", "assessment", "agency", "why", "payoff", right=("payoff",))
    for one in answer.blocks:
        asks = money(one.payoff_cents) if one.payoff_id else ""
        shown.add_row(one.assessment_number, one.agency_name, one.why, asks)
    run.out.answer(answer, facts(("blocked", "yes" if answer.blocked else "no")), shown)


def _list(run: Invocation, asked: pb.ListPayoffsRequest) -> None:
    found = [one for page in pages(_stub(run).ListPayoffs, asked) for one in page.payoffs]
    shown = table(
        "Payoffs", "payoff", "assessment", "parcel", "on", "amount", "bill", "state", "task of",
        "by", right=("amount",),
    )  # fmt: skip
    for one in found:
        shown.add_row(
            one.payoff_id, one.assessment_number, one.parcel_number, one.payoff_on,
            money(one.amount_cents), one.bill_number, one.state, one.assignee, one.task_due_on,
        )  # fmt: skip
    run.out.answer(pb.ListPayoffsResponse(payoffs=found), shown)


def _stub(run: Invocation) -> SpecialPayoffServiceStub:
    return SpecialPayoffServiceStub(run.client.channel("levy"))
