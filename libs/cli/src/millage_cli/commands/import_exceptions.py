"""`millage imports waiting|settle`: lines of payment files that wait for a person."""

from typing import Annotated

import typer
from rich.table import Table

from millage.receivables.v1 import import_exceptions_pb2 as pb
from millage.receivables.v1.import_exceptions_pb2_grpc import ImportExceptionsServiceStub
from millage_cli.commands.payment_files import imports
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import money, table
from millage_cli.plain import plain

__all__ = ["imports"]


@command(imports)
def waiting(
    run: Invocation,
    file: Annotated[str, typer.Option("--run", help="Only of this import run.")] = "",
    state: Annotated[str, typer.Option("--state", help="open, worked or settled.")] = "",
) -> None:
    """List lines that did not post to what they name, the oldest first."""
    found = _stub(run).ListImportExceptions(
        pb.ListImportExceptionsRequest(run_id=file, state=state)
    )
    run.out.answer([plain(one) for one in found.exceptions], _table(list(found.exceptions)))


@command(imports)
def settle(
    run: Invocation,
    exception: Annotated[str, typer.Argument(metavar="EXCEPTION", help="Its id.")],
    note: Annotated[str, typer.Option("--note", help="How it was seen to.")],
    key: Key = "",
) -> None:
    """Say how a line was seen to; it waits no more."""
    request = pb.SettleImportExceptionRequest(
        idempotency_key=key_or_new(key), exception_id=exception, note=note
    )
    answer = _stub(run).SettleImportException(request)
    run.out.answer(answer, _table([answer]))


def _table(found: list[pb.ImportException]) -> Table:
    made = table("", "exception", "line", "amount", "held", "reason", "state", right=("amount",))
    for one in found:
        made.add_row(
            one.exception_id, f"{one.run_id}/{one.line_number}", money(one.amount_cents),
            money(one.open_cents), one.reason, one.state,
        )  # fmt: skip
    return made


def _stub(run: Invocation) -> ImportExceptionsServiceStub:
    return ImportExceptionsServiceStub(run.client.channel("receivables"))
