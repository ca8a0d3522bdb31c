"""`millage flag …`: what is flagged on parcels, parties, plans and bills; protests among them."""

import re
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import RenderableType

from millage.receivables.v1 import flags_pb2
from millage.receivables.v1.flags_pb2_grpc import FlagServiceStub
from millage_cli import typed
from millage_cli.commands.ledger import Reason
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import table
from millage_cli.problems import usage

flag = typer.Typer(no_args_is_help=True, help="Flags, as protest and DNAP: set, lifted, listed.")

Kind = Annotated[str, typer.Argument(metavar="KIND", help="parcel, party, plan or bill.")]
Subject = Annotated[
    str, typer.Argument(help="A parcel's or plan's number, a bill's id, a party's name.")
]
Flag = Annotated[str, typer.Argument(metavar="FLAG", help="Its code, as protest.")]
Charges = Annotated[
    list[str] | None,
    typer.Option("--charge", help="Of a bill only this, as 2:tax; several times."),
]
_CHARGE = re.compile(r"(?P<installment>[0-9]{1,4}):(?P<of>[a-z]+)")


@command(flag, "set")
def set_flag(
    run: Invocation,
    kind: Kind,
    subject: Subject,
    name: Flag,
    reason: Reason,
    through: Annotated[str, typer.Option("--through", help="The last day it holds.")] = "",
    charge: Charges = None,
    key: Key = "",
) -> None:
    """Flag something, for good or through a day; of a bill maybe some charges only."""
    request = flags_pb2.SetFlagRequest(
        idempotency_key=key_or_new(key), subject_kind=kind, subject=subject, flag=name,
        reason=reason, through=typed.day(through, "--through"),
        charges=[_charge(text) for text in charge or ()],
    )  # fmt: skip
    answer = _flags(run).SetFlag(request)
    run.out.answer(answer, _view([answer]))


@command(flag)
def lift(
    run: Invocation, kind: Kind, subject: Subject, name: Flag, reason: Reason, key: Key = ""
) -> None:
    """Take a flag off; how it came and went stays on record."""
    request = flags_pb2.LiftFlagRequest(
        idempotency_key=key_or_new(key), subject_kind=kind, subject=subject, flag=name,
        reason=reason,
    )  # fmt: skip
    answer = _flags(run).LiftFlag(request)
    run.out.answer(answer, _view([answer]))


@command(flag, "list")
def list_flags(run: Invocation, kind: Kind, subject: Subject) -> None:
    """List what is flagged on something, and every change with who made it and why."""
    request = flags_pb2.ListFlagsRequest(subject_kind=kind, subject=subject)
    found = _flags(run).ListFlags(request)
    history = table("changes", "at", "flag", "", "by", "reason")
    for one in found.history:
        history.add_row(
            one.recorded_at, one.flag, "set" if one.on else "lifted", one.changed_by, one.reason
        )
    run.out.answer(found, _view(found.flags), history)


def _flags(run: Invocation) -> FlagServiceStub:
    return FlagServiceStub(run.client.channel("receivables"))


def _charge(text: str) -> flags_pb2.FlaggedCharge:
    if not (read := _CHARGE.fullmatch(text)):
        raise usage("CHARGE_INVALID", f"--charge {text}: write INSTALLMENT:TYPE, as 2:tax")
    return flags_pb2.FlaggedCharge(installment=int(read["installment"]), charge_type=read["of"])


def _view(found: Iterable[flags_pb2.Flag]) -> RenderableType:
    made = table("", "subject", "flag", "on", "through", "of it")
    for one in found:
        charges = ", ".join(f"{each.installment}:{each.charge_type}" for each in one.charges)
        made.add_row(
            f"{one.subject_kind} {one.subject}", one.flag, "yes" if one.on else "no", one.through,
            charges,
        )  # fmt: skip
    return made
