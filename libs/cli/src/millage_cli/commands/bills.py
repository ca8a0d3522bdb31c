"""`millage bill`: correct an issued bill, and see what was corrected."""

import re
from typing import Annotated

import typer
from rich.console import RenderableType

from millage.levy.v1 import corrections_pb2 as pb
from millage.levy.v1 import levy_pb2
from millage_cli import typed
from millage_cli.client import Client
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.problems import ExitCode, Problem, usage
from taxkit.ids import parse_id

bill = typer.Typer(help="Issued bills: correct them, see what was corrected.", no_args_is_help=True)

_NAMED = re.compile(
    r"(?P<year>[0-9]{4})-(?P<parcel>[0-9A-Za-z]+)|(?P<parcel2>[0-9A-Za-z-]+)/(?P<year2>[0-9]{4})"
)
Bill = Annotated[
    str, typer.Argument(metavar="BILL", help="Its id, its number, or PARCEL/TAX_YEAR.")
]


@command(bill, "correct")
def correct(
    run: Invocation,
    named: Bill,
    reason: Annotated[str, typer.Option("--reason", help="Why; the owner reads it.")],
    total: Annotated[str, typer.Option("--total", help="What the whole bill is to be.")] = "",
    net_value: Annotated[
        int | None, typer.Option("--net-value", help="Whole dollars; billed by the bill's rates.")
    ] = None,
    on: Annotated[str, typer.Option("--on", help="From which day; today when left out.")] = "",
    version: Annotated[
        int, typer.Option("--version", help="The version you saw; the newest when left out.")
    ] = 0,
    key: Key = "",
) -> None:
    """Issue the next version of a bill, to another total or another value."""
    if bool(total) == (net_value is not None):
        raise usage("CORRECTION_MISSING", "give --total or --net-value, one of the two")
    before = find(run.client, named)
    given = (
        {"total_cents": typed.counted_cents(total, "--total")}
        if total
        else {"net_value_dollars": net_value}
    )
    answer = run.client.corrections.CorrectBill(
        pb.CorrectBillRequest(
            idempotency_key=key_or_new(key),
            bill_id=before.bill_id,
            expected_version=version or before.bill_version,
            reason=reason,
            corrected_on=typed.day(on, "--on"),
            **given,
        )
    )
    run.out.answer(answer, *_corrected(answer))


@command(bill, "show")
def show(run: Invocation, named: Bill) -> None:
    """Show a bill as its owner reads it: lines, credits where the law prints them, installments."""
    found = find(run.client, named)
    lines = table(f"Bill {found.bill_number}", "line", "fund", "amount", right=("amount",))
    funds = {(line.agency_code, line.fund_code): line.fund_name for line in found.lines}
    for line in found.printed_lines:
        fund = funds.get((line.code, line.fund_code)) or line.fund_code
        lines.add_row(line.name, fund, money(line.amount_cents))
    lines.add_row("total", "", money(found.total_cents))
    parts = table("", "installment", "due", "amount", right=("amount",))
    for part in found.installments:
        parts.add_row(str(part.installment), part.due_on, money(part.amount_cents))
    shown = [
        ("parcel", found.parcel_number),
        ("version", found.bill_version),
        ("state", found.payment_state),
        ("open", money(found.open_cents)),
    ]
    run.out.answer(found, facts(*shown), lines, parts)


@command(bill, "corrections")
def corrections(run: Invocation, named: Bill) -> None:
    """List a bill's corrections with what each changed, the first one first."""
    found = find(run.client, named)
    asked = pb.ListCorrectionsRequest(bill_id=found.bill_id)
    answer = run.client.corrections.ListCorrections(asked)
    shown = table(
        f"Corrections of bill {found.bill_number}",
        *("version", "counts from", "no penalty through", "was", "is", "installments", "by"),
        "reason",
        right=("version", "was", "is"),
    )
    for each in answer.corrections:
        shown.add_row(
            str(each.bill_version),
            each.corrected_on,
            each.grace_ends_on,
            money(each.previous_total_cents),
            money(each.total_cents),
            ", ".join(money(part.amount_cents) for part in each.installments),
            each.corrected_by,
            each.reason,
        )
    run.out.answer(answer, shown)


def find(client: Client, named: str) -> levy_pb2.Bill:
    """A bill as levy has it, however it is named."""
    if parse_id(named) is not None:
        return client.levy.GetBill(levy_pb2.GetBillRequest(bill_id=named))
    match = _NAMED.fullmatch(named)
    if match is None:
        raise usage(
            "BILL_INVALID",
            f"{named}: name the bill by its id, its number (2021-13264290020000)"
            " or PARCEL/TAX_YEAR",
        )
    listed = client.levy.ListBills(
        levy_pb2.ListBillsRequest(
            parcel_number=match["parcel"] or match["parcel2"],
            tax_year=int(match["year"] or match["year2"]),
        )
    )
    if not listed.bills:
        raise Problem(
            "BILL_NOT_FOUND", f"levy has issued no bill {named}", exit_code=ExitCode.NOT_FOUND
        )
    return listed.bills[0]


def _corrected(answer: pb.CorrectBillResponse) -> list[RenderableType]:
    bill = answer.bill
    if answer.HasField("held"):
        return [
            facts(
                ("bill", bill.bill_number),
                ("version", bill.bill_version),
                ("held", f"{answer.held.reason}: it runs once the payment file is done"),
                ("change", answer.held.change_id),
                ("payment files", ", ".join(answer.held.run_ids)),
            )
        ]
    shown = table("", "installment", "due", "amount", right=("amount",))
    for part in bill.installments:
        shown.add_row(str(part.installment), part.due_on, money(part.amount_cents))
    return [
        facts(
            ("bill", bill.bill_number),
            ("version", bill.bill_version),
            ("counts from", answer.corrected_on),
            ("was", money(answer.previous_total_cents)),
            ("is", money(bill.total_cents)),
        ),
        shown,
    ]
