"""`millage receipt show`, `receipt list`, `trace` and `tieout`."""

from typing import Annotated

import typer

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage_cli import tieout as tieouts
from millage_cli import trail as trails
from millage_cli import typed
from millage_cli.invocation import Invocation, command
from millage_cli.output import money, table
from millage_cli.plain import enum_word, plain
from millage_cli.problems import ExitCode, usage
from millage_cli.trail_view import timeline, trail_json, trail_tree
from millage_cli.views import receipt_view, tieout_view

receipt = typer.Typer(no_args_is_help=True, help="Receipts as they were given.")
ReceiptName = Annotated[str, typer.Argument(help="Receipt number or id.", metavar="RECEIPT")]
Wait = Annotated[float, typer.Option(help="Seconds to wait for services that are not done yet.")]
_BREAKS_SHOWN = 50


def register(app: typer.Typer) -> None:
    for function in (trace, tieout):
        command(app)(function)


@command(receipt)
def show(run: Invocation, name: ReceiptName) -> None:
    """Show a receipt with its lines and tenders."""
    found = run.client.cashiering.GetReceipt(pb.GetReceiptRequest(receipt=name))
    run.out.answer(found, receipt_view(found))


@command(receipt, "list")
def list_(
    run: Invocation,
    date: Annotated[str, typer.Option(help="Of this business date.")] = "",
    session: Annotated[str, typer.Option(help="Of this session.")] = "",
    size: Annotated[int, typer.Option(help="At most this many.")] = 100,
) -> None:
    """List the receipts of a business date or a session."""
    if not date and not session:
        raise usage("RANGE_MISSING", "name a business date with --date, or a session")
    page = run.client.cashiering.ListReceipts(
        pb.ListReceiptsRequest(
            business_date=typed.day(date, "--date"), session_id=session, page_size=size
        )
    )
    made = table("", "receipt", "amount", "state", "source", "payer", right=("amount",))
    states = pb.Receipt.DESCRIPTOR.fields_by_name["state"].enum_type
    for one in page.receipts:
        state = enum_word(states, one.state)
        row = (one.receipt_number, money(one.total_cents), state, one.source, one.payer.name)
        made.add_row(*row)
    run.out.answer([plain(one) for one in page.receipts], made)
    if page.next_page_token:
        run.out.say(f"there are more than {size}: raise --size")


def trace(
    run: Invocation,
    name: ReceiptName,
    wait: Wait = 0,
    *,
    steps: Annotated[bool, typer.Option("--steps", help="Also every step of the trace.")] = False,
) -> None:
    """Follow a receipt through all services: what each made of it, and how soon after."""
    trail = trails.follow_until_done(run.client, name, wait)
    shown = [trail_tree(trail, shares_shown=1000)]
    run.out.answer(trail_json(trail), *shown, *([timeline(trail)] if steps else []))
    if trails.outstanding(trail):
        raise typer.Exit(int(ExitCode.DIFFERENCE))


def tieout(
    run: Invocation,
    date: Annotated[str, typer.Argument(help="Business date.", metavar="DATE")],
    wait: Wait = 0,
) -> None:
    """Check that what was received was allocated and shared, to the cent; else say where not."""
    result = tieouts.tie_out_within(run.client, typed.day(date, "DATE"), wait)
    found = [] if result.holds else list(tieouts.breaks(run.client, date))
    told = result.as_json() | {
        "breaks": [
            {
                "receipt_id": one.receipt_id,
                "receipt_number": one.receipt_number,
                **one.legs.as_json(),
            }
            for one in found
        ]
    }
    run.out.answer(told, tieout_view(result, found[:_BREAKS_SHOWN]))
    if len(found) > _BREAKS_SHOWN:
        run.out.say(f"{len(found)} receipts in all; --json names every one")
    if not result.holds:
        raise typer.Exit(int(ExitCode.DIFFERENCE))
