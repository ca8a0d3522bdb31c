"""`millage levy movable|move|moves|retire|successor`: bills and parcels that change places."""

from typing import Annotated

import typer

from millage.levy.v1 import moves_pb2 as pb
from millage.levy.v1 import successors_pb2
from millage.levy.v1.moves_pb2_grpc import MoveServiceStub
from millage.levy.v1.successors_pb2_grpc import SuccessorServiceStub
from millage_cli import typed
from millage_cli.commands.bills import Bill, find
from millage_cli.commands.levy import levy
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table

__all__ = ["levy"]

Parcel = Annotated[str, typer.Argument(metavar="PARCEL", help="Its number.")]


@command(levy, "movable")
def movable(run: Invocation, parcel: Parcel) -> None:
    """List a parcel's bills, those whose code is shown on moves first."""
    answer = _moves(run).ListMovableBills(pb.ListMovableBillsRequest(parcel_number=parcel))
    shown = table(
        f"Bills of {parcel}", "bill", "version", "owner", "total", "open", "codes",
        right=("version", "total", "open"),
    )  # fmt: skip
    for one in answer.bills:
        amounts = (money(one.total_cents), money(one.open_cents))
        named = (one.bill_number, str(one.bill_version), one.owner_name)
        shown.add_row(*named, *amounts, ", ".join(one.codes))
    run.out.answer(answer, shown)


@command(levy, "move")
def move(
    run: Invocation,
    bills: Annotated[
        list[str], typer.Argument(metavar="BILL...", help="Ids, numbers, or PARCEL/TAX_YEAR.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; the owner reads it.")],
    to: Annotated[str, typer.Option("--to", help="The parcel they go to.")] = "",
    owner: Annotated[str, typer.Option("--owner", help="Whose they are from then on.")] = "",
    email: Annotated[str, typer.Option("--email", help="The new owner's address.")] = "",
    on: Annotated[str, typer.Option("--on", help="From which day; today when left out.")] = "",
    specials: Annotated[
        str, typer.Option("--specials", help="go or stay: special assessments that they ask for.")
    ] = "",
    key: Key = "",
) -> None:
    """Move bills to another parcel, another owner, or both: all of them or none."""
    found = [find(run.client, named) for named in bills]
    answer = _moves(run).MoveBills(
        pb.MoveBillsRequest(
            idempotency_key=key_or_new(key),
            bills=[
                pb.BillToMove(bill_id=one.bill_id, expected_version=one.bill_version)
                for one in found
            ],
            parcel_number=to,
            owner_name=owner,
            owner_email=email,
            moved_on=typed.day(on, "--on"),
            reason=reason,
            specials=specials,
        )
    )
    if answer.HasField("held"):
        said = f"{answer.held.reason}: it runs once the payment file is done"
        run.out.answer(answer, facts(("held", said), ("change", answer.held.change_id)))
        return
    shown = table("Moved", "bill", "version", "parcel", "owner", right=("version",))
    for bill in answer.bills:
        shown.add_row(bill.bill_number, str(bill.bill_version), bill.parcel_number, bill.owner_name)
    run.out.answer(answer, shown)


@command(levy, "moves")
def moves(run: Invocation, named: Bill) -> None:
    """List where a bill was moved, the first time first."""
    asked = pb.ListMovesRequest(bill_id=find(run.client, named).bill_id)
    answer = _moves(run).ListMoves(asked)
    shown = table("Moves", "version", "from", "to", "on", "by", "reason", right=("version",))
    for one in answer.moves:
        shown.add_row(
            str(one.bill_version),
            f"{one.from_parcel_number} {one.from_owner_name}",
            f"{one.to_parcel_number} {one.to_owner_name}",
            one.moved_on,
            one.moved_by,
            one.reason,
        )
    run.out.answer(answer, shown)


@command(levy, "retire")
def retire(
    run: Invocation,
    parcel: Annotated[str, typer.Argument(metavar="PARCEL", help="The number used no more.")],
    successor: Annotated[str, typer.Argument(metavar="SUCCESSOR", help="What is in its place.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    on: Annotated[str, typer.Option("--on", help="From which day; today when left out.")] = "",
    key: Key = "",
) -> None:
    """Retire a parcel number in favour of another, once and for good."""
    answer = _successors(run).RetireParcel(
        successors_pb2.RetireParcelRequest(
            idempotency_key=key_or_new(key),
            parcel_number=parcel,
            successor_number=successor,
            retired_on=typed.day(on, "--on"),
            reason=reason,
        )
    )
    _show_succession(run, answer)


@command(levy, "successor")
def successor_of(run: Invocation, parcel: Parcel) -> None:
    """Tell what is in a parcel's place today, and what it took the place of."""
    asked = successors_pb2.GetSuccessionRequest(parcel_number=parcel)
    _show_succession(run, _successors(run).GetSuccession(asked))


def _show_succession(run: Invocation, answer: successors_pb2.Succession) -> None:
    shown = table("Successors", "parcel", "successor", "since", "by", "reason")
    for one in [*answer.predecessors, *answer.links]:
        shown.add_row(
            one.parcel_number, one.successor_number, one.retired_on, one.retired_by, one.reason
        )
    known = facts(("parcel", answer.parcel_number), ("today", answer.current_number))
    run.out.answer(answer, known, shown)


def _successors(run: Invocation) -> SuccessorServiceStub:
    return SuccessorServiceStub(run.client.channel("levy"))


def _moves(run: Invocation) -> MoveServiceStub:
    return MoveServiceStub(run.client.channel("levy"))
