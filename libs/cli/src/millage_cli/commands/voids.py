"""`millage void`: a receipt voided by two people, or taken back to be paid again."""

from typing import Annotated

import typer

from millage.cashiering.v1 import corrections_pb2 as pb
from millage.cashiering.v1.corrections_pb2_grpc import CorrectionsServiceStub
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.plain import enum_word

void = typer.Typer(help="Receipts of open sessions, taken back.", no_args_is_help=True)
VoidId = Annotated[str, typer.Argument(help="What `void ask` answered.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the receipt.")]


def _stub(run: Invocation) -> CorrectionsServiceStub:
    return CorrectionsServiceStub(run.client.channel("cashiering"))


@command(void)
def ask(
    run: Invocation,
    receipt: Annotated[str, typer.Argument(help="Receipt number or id.")],
    reason: Reason,
    key: Key = "",
) -> None:
    """Ask for a receipt to be voided; it stands until somebody else agrees."""
    request = pb.RequestVoidRequest(idempotency_key=key_or_new(key), receipt=receipt, reason=reason)
    _show(run, _stub(run).RequestVoid(request))


@command(void)
def agree(run: Invocation, void_id: VoidId, note: Reason = "", key: Key = "") -> None:
    """Agree to a void somebody else asked for: the receipt is reversed."""
    _decide(run, void_id, note, key, agreed=True)


@command(void)
def decline(run: Invocation, void_id: VoidId, note: Reason, key: Key = "") -> None:
    """Decline a void: the receipt stays."""
    _decide(run, void_id, note, key, agreed=False)


@command(void, "list")
def list_(
    run: Invocation,
    session: Annotated[str, typer.Option(help="Of this session.")] = "",
    *,
    undecided: Annotated[bool, typer.Option("--undecided", help="Only those that wait.")] = False,
) -> None:
    """List voids with who asked and who decided."""
    request = pb.ListVoidsRequest(session_id=session, undecided=undecided)
    found = _stub(run).ListVoids(request)
    shown = table("", "void", "receipt", "amount", "state", "asked by", "decided by")
    for one in found.voids:
        amount, state = money(one.total_cents), _state(one)
        shown.add_row(
            one.void_id, one.receipt_number, amount, state, one.requested_by, one.decided_by
        )
    run.out.answer(found, shown)


@command(void)
def repay(
    run: Invocation,
    receipt_number: Annotated[str, typer.Argument(help="As printed on it.")],
    year: Annotated[int, typer.Option(help="The year of its business date.")],
    reason: Reason,
    key: Key = "",
) -> None:
    """Take a receipt back to be corrected; --json gives its order, ready to be paid again."""
    request = pb.RepayReversalRequest(
        idempotency_key=key_or_new(key),
        receipt_number=receipt_number,
        receipt_year=year,
        reason=reason,
    )
    found = _stub(run).RepayReversal(request)
    shown = facts(
        ("taken back", found.receipt.receipt_number),
        ("amount", money(found.receipt.total_cents)),
        ("lines to pay again", len(found.order.lines) + len(found.order.source_lines)),
    )
    run.out.answer(found, shown)


def _decide(run: Invocation, void_id: str, note: str, key: str, *, agreed: bool) -> None:
    request = pb.DecideVoidRequest(
        idempotency_key=key_or_new(key), void_id=void_id, agreed=agreed, note=note
    )
    _show(run, _stub(run).DecideVoid(request))


def _state(one: pb.Void) -> str:
    return enum_word(pb.Void.DESCRIPTOR.fields_by_name["state"].enum_type, one.state)


def _show(run: Invocation, found: pb.Void) -> None:
    shown = facts(
        ("void", found.void_id),
        ("receipt", found.receipt_number),
        ("amount", money(found.total_cents)),
        ("state", _state(found)),
        ("asked by", found.requested_by),
        ("decided by", found.decided_by),
    )
    run.out.answer(found, shown)
