"""`millage roll load` and `import`."""

from pathlib import Path
from typing import Annotated

import typer

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.levy.v1 import levy_pb2
from millage_cli import remittance as remittances
from millage_cli import roll as rolls
from millage_cli import typed
from millage_cli.invocation import Invocation, Key, command
from millage_cli.output import money, table
from millage_cli.plain import plain
from millage_cli.problems import ExitCode, usage
from millage_cli.remittance import LAYOUTS, POLICIES, Remittance
from millage_cli.views import rolls_view, run_view

roll = typer.Typer(no_args_is_help=True, help="Tax rolls: rates, parcels and the bills of a year.")


def register(app: typer.Typer) -> None:
    command(app, "import")(import_)


@command(roll)
def load(
    run: Invocation,
    files: Annotated[list[Path], typer.Argument(help="CSV files of rates and parcels.")],
    year: Annotated[int, typer.Option(help="Only this tax year.")] = 0,
    source: Annotated[str, typer.Option(help="Where the figures come from; kept.")] = "",
    stage: Annotated[
        bool, typer.Option("--stage", help="Put on file only; `levy run` issues the bills.")
    ] = False,
    certified: Annotated[
        bool, typer.Option("--certified-levies", help="Take the rates from the year's levies.")
    ] = False,
    key: Key = "",
) -> None:
    """Load rates and parcels, a stream per tax year, and issue the bills: all of a year or none."""
    found = [one for one in rolls.read_rolls(files) if year in (0, one.tax_year)]
    if not found:
        raise usage("ROLL_EMPTY", f"there is no row to load in {', '.join(map(str, files))}")
    answers: list[levy_pb2.LoadRollResponse] = []
    with run.out.progress("rows sent", sum(map(len, found))) as reach:
        sent = 0
        for one in found:
            answers.append(
                rolls.load(
                    run.client,
                    one,
                    source=source or ", ".join(path.name for path in files),
                    key=f"{key}-{one.tax_year}" if key else "",
                    only_stage=stage,
                    certified_levies=certified,
                    advance=lambda count, before=sent: reach(before + count),  # type: ignore[misc]
                )
            )
            sent += len(one)
    run.out.answer([plain(one) for one in answers], rolls_view(answers))


@command(roll, "show")
def show(
    run: Invocation,
    year: Annotated[int, typer.Option(help="Only this tax year.")] = 0,
    parcel: Annotated[str, typer.Option(help="Only this parcel.")] = "",
) -> None:
    """List bills as levy issued them."""
    found = list(rolls.bills(run.client, year, parcel))
    made = table(
        "", "bill", "net value", "rate %", "total", "open", "state", "owner",
        right=("net value", "rate %", "total", "open"),
    )  # fmt: skip
    for bill in found:
        value = f"${bill.net_value_dollars:,}"
        amounts = (money(bill.total_cents), money(bill.open_cents))
        row = (bill.bill_number, value, bill.composite_rate_percent, *amounts)
        made.add_row(*row, bill.payment_state.replace("_", " "), bill.owner_name)
    run.out.answer([plain(bill) for bill in found], made)


def import_(
    run: Invocation,
    file: Annotated[Path, typer.Argument(help="The remittance file.")],
    layout: Annotated[
        str, typer.Option(help=f"How it is written: {', '.join(LAYOUTS)}, or a layout you added.")
    ],
    till: Annotated[str, typer.Option(help="The till whose session takes the money.")],
    business_date: Annotated[str, typer.Option(help="The day the money belongs to.")],
    effective_on: Annotated[str, typer.Option(help="For lines without a date of their own.")] = "",
    policy: Annotated[
        str, typer.Option(help=f"When not every line is good: {', '.join(POLICIES)}.")
    ] = "park",
    source: Annotated[str, typer.Option(help="Where it is from; else as its layout says.")] = "",
    lender: Annotated[str, typer.Option(help="Whose payments, if the lines do not say.")] = "",
    count: Annotated[int | None, typer.Option(help="How many lines the sender says.")] = None,
    total: Annotated[str, typer.Option(help="Their total, as the sender says.")] = "",
    key: Key = "",
) -> None:
    """Stream a payment file in; it is checked whole before any of it is posted."""
    if policy not in POLICIES:
        raise usage("POLICY_UNKNOWN", f"--policy is {policy!r}: one of {', '.join(POLICIES)}")
    remittance = Remittance(
        file,
        layout,
        till,
        typed.day(business_date, "--business-date"),
        typed.day(effective_on, "--effective-on"),
        policy,
        source,
        lender,
        count,
        typed.counted_cents(total, "--total") if total else None,
    )
    with run.out.progress(file.name, None) as reach:
        answer = remittances.import_file(
            run.client, remittance, key, lambda one: reach(one.lines_posted or one.lines_read)
        )
    run.out.answer(answer, run_view(answer))
    if answer.state == pb.IMPORT_STATE_REJECTED:
        raise typer.Exit(int(ExitCode.DIFFERENCE))
