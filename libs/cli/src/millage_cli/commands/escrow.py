"""`millage escrow …`: escrow accounts, whose they are, and every deposit and draw."""

from typing import Annotated

import typer

from millage.receivables.v1 import escrow_pb2
from millage.receivables.v1.escrow_pb2_grpc import EscrowServiceStub
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table

escrow = typer.Typer(no_args_is_help=True, help="Escrow accounts and what moved them.")

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's number.")]
Name = Annotated[str, typer.Option("--name", help="Whom the office asks about it.")]
Email = Annotated[str, typer.Option("--email", help="Their mail.")]
Phone = Annotated[str, typer.Option("--phone", help="Their telephone.")]
Address = Annotated[str, typer.Option("--address", help="Where they are.")]


@command(escrow, "open")
def open_account(
    run: Invocation,
    account: Account,
    name: Name,
    kind: Annotated[str, typer.Option("--kind", help="general or dealer.")] = "general",
    email: Email = "",
    phone: Phone = "",
    address: Address = "",
    key: Key = "",
) -> None:
    """Open an account; deposits come by advances that name it."""
    request = escrow_pb2.OpenEscrowAccountRequest(
        idempotency_key=key_or_new(key), escrow_account=account, kind=kind,
        contact=_contact(name, email, phone, address),
    )  # fmt: skip
    _told(run, _escrow(run).OpenEscrowAccount(request))


@command(escrow)
def contact(
    run: Invocation,
    account: Account,
    name: Name,
    email: Email = "",
    phone: Phone = "",
    address: Address = "",
    key: Key = "",
) -> None:
    """Say anew whom the office asks, whole; who it was before stays on record."""
    request = escrow_pb2.ChangeEscrowContactRequest(
        idempotency_key=key_or_new(key), escrow_account=account,
        contact=_contact(name, email, phone, address),
    )  # fmt: skip
    _told(run, _escrow(run).ChangeEscrowContact(request))


@command(escrow)
def close(run: Invocation, account: Account, key: Key = "") -> None:
    """Close an account that holds nothing."""
    request = escrow_pb2.CloseEscrowAccountRequest(
        idempotency_key=key_or_new(key), escrow_account=account
    )
    _told(run, _escrow(run).CloseEscrowAccount(request))


@command(escrow)
def show(run: Invocation, account: Account) -> None:
    """Show an account with each deposit and draw, and what it held after it."""
    request = escrow_pb2.GetEscrowAccountRequest(escrow_account=account)
    _told(run, _escrow(run).GetEscrowAccount(request))


def _escrow(run: Invocation) -> EscrowServiceStub:
    return EscrowServiceStub(run.client.channel("receivables"))


def _contact(name: str, email: str, phone: str, address: str) -> escrow_pb2.EscrowContact:
    return escrow_pb2.EscrowContact(name=name, email=email, phone=phone, address=address)


def _told(run: Invocation, answer: escrow_pb2.EscrowAccount) -> None:
    head = facts(
        ("account", answer.escrow_account),
        ("kind", answer.kind),
        ("contact", answer.contact.name),
        ("balance", money(answer.balance_cents)),
        ("available", money(answer.available_cents)),
        ("state", "closed" if answer.closed else "open"),
    )
    moved = table("", "day", "what", "amount", "balance", "receipt", right=("amount", "balance"))
    for one in answer.movements:
        moved.add_row(
            one.business_date, one.kind, money(one.amount_cents, signed=True),
            money(one.balance_cents), one.receipt_id,
        )  # fmt: skip
    run.out.answer(answer, head, moved)
