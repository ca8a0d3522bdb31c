"""`millage bill file-return|return-of`: the returns that trust-tax bills are for."""

from typing import Annotated

import typer

from millage.levy.v1 import returns_pb2
from millage.levy.v1.returns_pb2_grpc import ReturnServiceStub
from millage_cli.commands.bills import Bill, bill, find
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts
from taxkit.ids import parse_id

__all__ = ["bill"]


@command(bill, "file-return")
def file_return(
    run: Invocation,
    named: Bill,
    number: Annotated[str, typer.Argument(metavar="RETURN", help="The return's number.")],
    key: Key = "",
) -> None:
    """Note the return that a trust-tax bill is for."""
    answer = _returns(run).FileReturn(
        returns_pb2.FileReturnRequest(
            idempotency_key=key_or_new(key), bill_id=_bill_id(run, named), return_number=number
        )
    )
    _told(run, answer)


@command(bill, "return-of")
def return_of(run: Invocation, named: Bill) -> None:
    """Show the return of a bill: filed, or paid by an import."""
    request = returns_pb2.GetReturnRequest(bill_id=_bill_id(run, named))
    _told(run, _returns(run).GetReturn(request))


def _returns(run: Invocation) -> ReturnServiceStub:
    return ReturnServiceStub(run.client.channel("levy"))


def _bill_id(run: Invocation, named: str) -> str:
    return named if parse_id(named) is not None else find(run.client, named).bill_id


def _told(run: Invocation, answer: returns_pb2.TaxReturn) -> None:
    last = answer.steps[-1]
    run.out.answer(
        answer,
        facts(
            ("return", answer.return_number),
            ("status", answer.status),
            ("since", f"{last.changed_on} by {last.changed_by}"),
        ),
    )
