"""`millage levy modify`: change issued bills by a draft that is finished all at once."""

from typing import Annotated

import typer
from rich.console import RenderableType

from millage.levy.v1 import modifications_pb2 as pb
from millage.levy.v1.modifications_pb2_grpc import ModificationServiceStub
from millage_cli import typed
from millage_cli.commands.bills import find
from millage_cli.commands.levy_adjust import levy
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.problems import usage

__all__ = ["levy"]

modify = typer.Typer(
    help="Modify bills by a draft: open, edit, show, finish.", no_args_is_help=True
)
levy.add_typer(modify, name="modify")

Draft = Annotated[str, typer.Argument(metavar="DRAFT", help="Its id, as `open` tells it.")]
Taxpayer = Annotated[str, typer.Option("--taxpayer", help="The owner, as the bills name him.")]
Parcel = Annotated[str, typer.Option("--parcel", help="The parcel.")]
Standing = Annotated[str, typer.Option("--standing", help="all, current or delinquent.")]
Year = Annotated[int, typer.Option("--year", help="The tax year.")]
District = Annotated[str, typer.Option("--district", help="The tax code of the district.")]
OnlyBills = Annotated[
    list[str] | None, typer.Option("--bill", help="Only this one; again for more.")
]
Fees = Annotated[
    list[str] | None, typer.Option("--fee", help="A fee as BILL:CHARGE_CODE; makes it TP.")
]
Agency = Annotated[str, typer.Option("--agency", help="An agency that has a line on the bill.")]


@command(modify, "find")
def find_bills(
    run: Invocation, taxpayer: Taxpayer = "", parcel: Parcel = "", standing: Standing = "all",
    year: Year = 0, district: District = "", agency: Agency = "",
) -> None:  # fmt: skip
    """List the bills that a draft would be opened on."""
    wanted = _wanted(taxpayer, parcel, standing, year, district, agency)
    answer = _service(run).FindModifiable(pb.FindModifiableRequest(bills=wanted))
    shown = table("Bills", "bill", "version", "owner", "taxable", "due", "state", right=("due",))
    for one in answer.bills:
        shown.add_row(
            one.bill_number, str(one.bill_version), one.owner_name, str(one.net_value_dollars),
            money(one.total_cents), one.payment_state,
        )  # fmt: skip
    run.out.answer(answer, shown)


@command(modify, "open")
def open_draft(
    run: Invocation,
    option: Annotated[
        str, typer.Argument(help="MN: amounts. NC: due dates only. TP: to what was paid.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; the owner reads it.")],
    purpose: Annotated[
        str, typer.Option("--purpose", help="write_off, refund, exemption or due_date.")
    ],
    taxpayer: Taxpayer = "",
    parcel: Parcel = "",
    standing: Standing = "all",
    year: Year = 0,
    district: District = "",
    agency: Agency = "",
    bill: OnlyBills = None,
    fee: Fees = None,
    batch: Annotated[str, typer.Option("--batch", help="The batch it belongs to.")] = "",
    code: Annotated[str, typer.Option("--code", help="The modification's own code.")] = "",
    adjustment: Annotated[str, typer.Option("--adjustment", help="An adjustment code.")] = "",
    on: Annotated[str, typer.Option("--on", help="From which day; today when left out.")] = "",
    key: Key = "",
) -> None:
    """Open a draft on bills as they stand; no bill changes before it is finished."""
    request = pb.OpenModificationRequest(
        idempotency_key=key_or_new(key),
        bills=_wanted(taxpayer, parcel, standing, year, district, agency),
        bill_ids=[find(run.client, one).bill_id for one in bill or ()],
        option=option,
        purpose=purpose,
        batch=batch,
        modified_on=typed.day(on, "--on"),
        code=code,
        reason=reason,
        adjustment_code=adjustment,
        fees=[_fee(run, one) for one in fee or ()],
    )
    _told(run, _service(run).OpenModification(request))


@command(modify, "edit")
def edit(
    run: Invocation,
    draft: Draft,
    bill: Annotated[str, typer.Argument(help="A bill of the draft: its number or its id.")],
    taxable: Annotated[
        int | None, typer.Option("--taxable", help="Whole dollars; the tax due follows.")
    ] = None,
    due: Annotated[str, typer.Option("--due", help="The tax due; the taxable stays.")] = "",
    due_on: Annotated[
        str, typer.Option("--due-on", help="The new due date, of all of its statement.")
    ] = "",
    bill_code: Annotated[
        str | None, typer.Option("--bill-code", help="A bill code to set; '' for none.")
    ] = None,
    key: Key = "",
) -> None:
    """Edit one bill of a draft; what is left out stays as it is."""
    edited = pb.ModificationEdit(due_on=typed.day(due_on, "--due-on"))
    if taxable is not None:
        edited.net_value_dollars = taxable
    if due:
        edited.total_cents = typed.counted_cents(due, "--due")
    if bill_code is not None:
        edited.bill_code = bill_code
    if edited == pb.ModificationEdit():
        raise usage("EDITS_MISSING", "give --taxable, --due, --due-on or --bill-code")
    now = _get(run, draft)
    named = [one.bill_id for one in now.modified if bill in (one.bill_id, one.bill_number)]
    if not named:
        raise usage("BILL_NOT_FOUND", f"{bill} is not in the draft: see `levy modify show`")
    edited.bill_id = named[0]
    request = pb.EditModificationRequest(
        idempotency_key=key_or_new(key),
        modification_id=draft,
        expected_revision=now.revision,
        edits=[edited],
    )
    _told(run, _service(run).EditModification(request))


@command(modify, "show")
def show(run: Invocation, draft: Draft) -> None:
    """Show a draft with what finishing it would do now, or what a finished one did."""
    _told(run, _get(run, draft))


@command(modify, "list")
def listed(
    run: Invocation,
    status: Annotated[str, typer.Option("--status", help="open, finished or dropped.")] = "",
) -> None:
    """List modifications, the newest first."""
    answer = _service(run).ListModifications(pb.ListModificationsRequest(status=status))
    names = ("draft", "status", "option", "purpose", "batch", "counts from", "by", "reason")
    shown = table("Modifications", *names)
    for one in answer.modifications:
        shown.add_row(
            one.modification_id, one.status, one.option, one.purpose, one.batch,
            one.modified_on, one.finished_by or one.opened_by, one.reason,
        )  # fmt: skip
    run.out.answer(answer, shown)


@command(modify, "roll-back")
def roll_back(run: Invocation, draft: Draft, key: Key = "") -> None:
    """RB: drop all edits of a draft; its bills stay in it."""
    request = pb.RollBackModificationRequest(
        idempotency_key=key_or_new(key),
        modification_id=draft,
        expected_revision=_get(run, draft).revision,
    )
    _told(run, _service(run).RollBackModification(request))


@command(modify, "drop")
def drop(run: Invocation, draft: Draft, key: Key = "") -> None:
    """Give a draft up."""
    request = pb.DropModificationRequest(idempotency_key=key_or_new(key), modification_id=draft)
    _told(run, _service(run).DropModification(request))


@command(modify, "finish")
def finish(
    run: Invocation,
    draft: Draft,
    revision: Annotated[
        int, typer.Option("--revision", help="The one you saw; the newest when left out.")
    ] = 0,
    key: Key = "",
) -> None:
    """Issue the next version of every bill that changes, all of them or none."""
    request = pb.FinishModificationRequest(
        idempotency_key=key_or_new(key),
        modification_id=draft,
        expected_revision=revision or _get(run, draft).revision,
    )
    _told(run, _service(run).FinishModification(request))


def _service(run: Invocation) -> ModificationServiceStub:
    return ModificationServiceStub(run.client.channel("levy"))


def _get(run: Invocation, draft: str) -> pb.Modification:
    return _service(run).GetModification(pb.GetModificationRequest(modification_id=draft))


def _fee(run: Invocation, named: str) -> pb.FeeOfBill:
    bill, colon, charge_code = named.rpartition(":")
    if not colon or not charge_code:
        raise usage("FEE_INVALID", f"--fee {named}: write BILL:CHARGE_CODE")
    return pb.FeeOfBill(bill_id=find(run.client, bill).bill_id, charge_code=charge_code)


def _wanted(
    taxpayer: str, parcel: str, standing: str, year: int, district: str, agency: str
) -> pb.ModifiableBills:
    return pb.ModifiableBills(
        taxpayer=taxpayer, parcel_number=parcel, standing=standing, tax_year=year,
        tax_code=district, agency_code=agency,
    )  # fmt: skip


def _told(run: Invocation, answer: pb.Modification) -> None:
    run.out.answer(answer, *_shown(answer))


def _shown(answer: pb.Modification) -> list[RenderableType]:
    head = facts(
        ("draft", answer.modification_id),
        ("status", f"{answer.status}, revision {answer.revision}"),
        ("option", f"{answer.option} for {answer.purpose}{_forced(answer)}"),
        ("counts from", answer.modified_on),
        ("batch", answer.batch),
        ("reason", answer.reason),
        ("finished by", answer.finished_by),
        ("waits for", ", ".join(answer.held.run_ids)),
    )
    money_columns = ("taxable", "due", "paid", "new taxable", "new due")
    shown = table(
        "", "bill", "version", *money_columns[:3], "new taxable", "new due", "due on", "note",
        right=money_columns,
    )  # fmt: skip
    for one in answer.modified:
        shown.add_row(
            one.bill_number,
            str(one.bill_version),
            str(one.net_value_dollars),
            money(one.total_cents),
            money(one.tax_paid_cents),
            str(one.new_net_value_dollars) if one.changes else "",
            money(one.new_total_cents) if one.changes else "",
            ", ".join(part.due_on for part in one.new_installments or one.installments),
            _note(one),
        )
    return [head, *([shown] if answer.modified else []), *_fees(answer)]


def _forced(answer: pb.Modification) -> str:
    if answer.asked_option in ("", answer.option):
        return ""
    return f" (a fee is in the draft; {answer.asked_option} was asked for)"


def _fees(answer: pb.Modification) -> list[RenderableType]:
    if not answer.fees:
        return []
    amounts = ("amount", "paid", "new amount")
    shown = table("Fees", "bill", "fee", *amounts, "note", right=amounts)
    for one in answer.fees:
        shown.add_row(
            one.bill_number, one.charge_code, money(one.amount_cents), money(one.paid_cents),
            money(one.new_amount_cents), one.hindrance,
        )  # fmt: skip
    return [shown]


def _note(one: pb.ModifiedBill) -> str:
    notes = [
        one.hindrance,
        f"moved on to version {one.moved_on_to}" if one.moved_on_to else "",
        f"now version {one.new_bill_version}" if one.new_bill_version else "",
        "reached by its statement" if one.reached_by_statement else "",
        f"code {one.bill_code}" if one.bill_code else "",
    ]
    return "; ".join(filter(None, notes))
