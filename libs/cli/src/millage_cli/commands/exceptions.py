"""`millage exceptions …`: what collections cannot explain by itself (COLL-024)."""

from typing import Annotated

import typer

from millage.collections.v1 import exceptions_pb2 as pb
from millage.collections.v1.exceptions_pb2_grpc import ExceptionServiceStub
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import money, table
from millage_cli.paging import pages

exceptions = typer.Typer(no_args_is_help=True, help="What a collector has to look at.")


@command(exceptions, "list")
def list_(
    run: Invocation,
    kind: Annotated[str, typer.Option("--kind", help="As unposted_payment; all when empty.")] = "",
    state: Annotated[str, typer.Option("--state", help="open, worked or settled.")] = "",
    parcel: Annotated[str, typer.Option("--parcel", help="Only of this parcel.")] = "",
) -> None:
    """List what waits for somebody, or was seen to."""
    request = pb.ListExceptionsRequest(kind=kind, state=state, parcel_number=parcel)
    answers = pages(_stub(run).ListExceptions, request)
    _show(run, [one for answer in answers for one in answer.exceptions])


@command(exceptions)
def settle(
    run: Invocation,
    exception: Annotated[str, typer.Argument(metavar="EXCEPTION", help="Its id.")],
    note: Annotated[str, typer.Option("--note", help="How it was seen to.")],
    key: Key = "",
) -> None:
    """Say how one was seen to; it keeps nobody from a letter any more."""
    request = pb.SettleExceptionRequest(
        idempotency_key=key_or_new(key), exception_id=exception, note=note
    )
    _show(run, [_stub(run).SettleException(request)])


def _show(run: Invocation, found: list[pb.CollectionsException]) -> None:
    made = table("", "exception", "kind", "parcel", "amount", "reason", "state", right=("amount",))
    for one in found:
        made.add_row(
            one.exception_id, one.kind, one.parcel_number, money(one.amount_cents), one.reason,
            one.state,
        )  # fmt: skip
    run.out.answer(pb.ListExceptionsResponse(exceptions=found), made)


def _stub(run: Invocation) -> ExceptionServiceStub:
    return ExceptionServiceStub(run.client.channel("collections"))
