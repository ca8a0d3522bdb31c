"""`millage holds …`: parcels nobody pursues, on whose authority, and until when (COLL-010)."""

from typing import Annotated

import typer

from millage.collections.v1 import holds_pb2 as pb
from millage.collections.v1.holds_pb2_grpc import HoldServiceStub
from millage_cli import typed
from millage_cli.commands.ledger import Reason
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import table

holds = typer.Typer(no_args_is_help=True, help="Collection holds on parcels.")

Parcel = Annotated[str, typer.Argument(metavar="PARCEL", help="The parcel's number.")]


@command(holds)
def place(
    run: Invocation,
    parcel: Parcel,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="As bankruptcy or dispute.")],
    reason: Reason,
    authority: Annotated[str, typer.Option("--authority", help="A court's order, an officer.")],
    begins: Annotated[str, typer.Option("--from", help="First day; today when empty.")] = "",
    ends: Annotated[str, typer.Option("--through", help="Last day, where it has one.")] = "",
    key: Key = "",
) -> None:
    """Hold a parcel: it stays in balances and leaves the lists to act on."""
    request = pb.PlaceHoldRequest(
        idempotency_key=key_or_new(key),
        parcel_number=parcel,
        kind=kind,
        reason=reason,
        authority=authority,
        begins_on=typed.day(begins, "--from"),
        ends_on=typed.day(ends, "--through"),
    )
    _show(run, [_stub(run).PlaceHold(request)])


@command(holds)
def release(
    run: Invocation,
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id.")],
    reason: Reason,
    key: Key = "",
) -> None:
    """End a hold as of today."""
    request = pb.ReleaseHoldRequest(idempotency_key=key_or_new(key), hold_id=hold_id, reason=reason)
    _show(run, [_stub(run).ReleaseHold(request)])


@command(holds, "list")
def list_(run: Invocation, parcel: Parcel) -> None:
    """List a parcel's holds, those that ended too."""
    _show(run, list(_stub(run).ListHolds(pb.ListHoldsRequest(parcel_number=parcel)).holds))


def _show(run: Invocation, found: list[pb.Hold]) -> None:
    made = table("", "hold", "kind", "from", "through", "released", "authority", "why")
    for one in found:
        made.add_row(
            one.hold_id, one.kind, one.begins_on, one.ends_on, one.released_on, one.authority,
            one.reason,
        )  # fmt: skip
    run.out.answer(pb.ListHoldsResponse(holds=found), made)


def _stub(run: Invocation) -> HoldServiceStub:
    return HoldServiceStub(run.client.channel("collections"))
