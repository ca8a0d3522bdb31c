"""`millage fees …`: fees on bills, and on accounts that have none."""

from typing import Annotated

import typer

from millage.receivables.v1 import fees_pb2
from millage.receivables.v1.fees_pb2_grpc import FeesServiceStub
from millage_cli import typed
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.plain import plain
from millage_cli.problems import usage

fees = typer.Typer(no_args_is_help=True, help="Fees on bills, and on accounts that have none.")

Kind = Annotated[
    str, typer.Argument(metavar="KIND", help="account, property, litigation, agent and so on.")
]
Holder = Annotated[str, typer.Argument(metavar="HOLDER", help="Its number.")]
Fee = Annotated[str, typer.Argument(metavar="FEE", help="The fee's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with who asked.")]
Batch = Annotated[str, typer.Option("--batch", help="The batch it belongs to.")]
Rows = Annotated[
    list[str] | None,
    typer.Option("--row", help="ACCOUNT:AMOUNT:DESCRIPTION of a miscellaneous fee; several times."),
]


@command(fees)
def types(run: Invocation) -> None:
    """List the kinds of fees there are."""
    found = _fees(run).ListFeeTypes(fees_pb2.ListFeeTypesRequest())
    made = table("", "type", "name", "charge", "amount", "half pay", right=("amount",))
    for one in found.types:
        made.add_row(
            one.code, one.name, one.charge_code, money(one.amount_cents),
            "yes" if one.half_pay else "no",
        )  # fmt: skip
    run.out.answer(found, made)


@command(fees)
def add(
    run: Invocation,
    kind: Kind,
    holder: Holder,
    fee_type: Annotated[str, typer.Option("--type", help="The fee type's code.")],
    year: Annotated[int, typer.Option("--year", help="The tax year.")],
    due: Annotated[str, typer.Option("--due", help="When it is due.")],
    reason: Reason,
    amount: Annotated[str, typer.Option("--amount", help="The type's own when left out.")] = "",
    batch: Batch = "",
    statement: Annotated[str, typer.Option("--statement", help="Of a property.")] = "",
    template: Annotated[str, typer.Option("--template", help="Rows to start from.")] = "",
    row: Rows = None,
    key: Key = "",
) -> None:
    """Put a fee on a property's bill, or on an account."""
    request = fees_pb2.AddFeeRequest(
        idempotency_key=key_or_new(key),
        fee_type=fee_type,
        tax_year=year,
        amount_cents=typed.counted_cents(amount, "--amount") if amount else 0,
        due_on=typed.day(due, "--due"),
        batch=batch,
        holder_kind=kind,
        holder_id=holder,
        statement_id=statement,
        template=template,
        rows=map(_row, row or ()),
        reason=reason,
    )
    _told(run, _fees(run).AddFee(request))


@command(fees, "list")
def list_fees(run: Invocation, kind: Kind, holder: Holder) -> None:
    """List the fees of an account."""
    found = _fees(run).ListFees(fees_pb2.ListFeesRequest(holder_kind=kind, holder_id=holder))
    made = table("", "fee", "bill", "type", "amount", "due", "state", right=("amount",))
    for one in found.fees:
        made.add_row(
            one.fee_id, one.bill_number, one.fee_type, money(one.amount_cents), one.due_on,
            one.state,
        )  # fmt: skip
    run.out.answer([plain(one) for one in found.fees], made)


@command(fees)
def show(run: Invocation, fee: Fee) -> None:
    """Show a fee with its rows and how it ended."""
    _told(run, _fees(run).GetFee(fees_pb2.GetFeeRequest(fee_id=fee)))


@command(fees)
def zero(
    run: Invocation,
    fee: Fee,
    on: Annotated[str, typer.Option("--on", help="The day of the modification.")],
    code: Annotated[str, typer.Option("--code", help="The code of the modification.")],
    batch: Batch,
    reason: Reason,
    bill_code: Annotated[str, typer.Option("--bill-code", help="A bill/fee code, if one.")] = "",
    key: Key = "",
) -> None:
    """Modify a fee that nobody paid to nothing."""
    request = fees_pb2.ModifyFeeToZeroRequest(
        idempotency_key=key_or_new(key), fee_id=fee, batch=batch, reason=reason,
        modified_on=typed.day(on, "--on"), modify_code=code, bill_code=bill_code,
    )  # fmt: skip
    _told(run, _fees(run).ModifyFeeToZero(request))


@command(fees)
def paid(
    run: Invocation,
    fee: Fee,
    receipt: Annotated[str, typer.Argument(metavar="RECEIPT", help="The receipt's number.")],
    reason: Reason,
    key: Key = "",
) -> None:
    """Note the receipt that paid a fee on no bill."""
    request = fees_pb2.NoteFeePaymentRequest(
        idempotency_key=key_or_new(key), fee_id=fee, receipt_number=receipt, reason=reason
    )
    _told(run, _fees(run).NoteFeePayment(request))


def _row(text: str) -> fees_pb2.FeeRow:
    account, _, rest = text.partition(":")
    amount, _, said = rest.partition(":")
    if not account or not amount:
        raise usage("FEE_ROW_INVALID", f"{text}: write FEE-100:5.00:Copies")
    return fees_pb2.FeeRow(
        account_code=account, amount_cents=typed.counted_cents(amount, "--row"), description=said
    )


def _told(run: Invocation, fee: fees_pb2.Fee) -> None:
    made = table("", "account", "description", "amount", right=("amount",))
    for one in fee.rows:
        made.add_row(one.account_code, one.description, money(one.amount_cents))
    head = facts(
        ("fee", fee.fee_id),
        ("type", fee.fee_type),
        ("of", f"{fee.holder_kind} {fee.holder_id}"),
        ("amount", money(fee.amount_cents)),
        ("due", fee.due_on),
        ("paid by bill", fee.bill_number or "-"),
        ("state", fee.state),
        ("ended", f"{fee.end.ended_on} {fee.end.reason}".strip() or "-"),
    )
    run.out.answer(fee, head, *([made] if fee.rows else []))


def _fees(run: Invocation) -> FeesServiceStub:
    return FeesServiceStub(run.client.channel("receivables"))
