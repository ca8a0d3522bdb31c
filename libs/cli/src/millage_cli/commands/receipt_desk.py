"""`millage receipt find`, `view`, `print`, `print-jobs`: receipts after they were given."""

from typing import Annotated

import typer

from millage.cashiering.v1 import receipts_pb2 as pb
from millage.cashiering.v1.receipts_pb2_grpc import ReceiptsServiceStub
from millage_cli import typed
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.plain import enum_word
from millage_cli.views import receipt_view

From = Annotated[str, typer.Option("--from", help="First business date.")]
To = Annotated[str, typer.Option("--to", help="Last business date.")]


def register(receipt: typer.Typer) -> None:
    command(receipt)(find)
    command(receipt)(view)
    command(receipt, "print")(print_)
    command(receipt, "print-jobs")(print_jobs)


def _stub(run: Invocation) -> ReceiptsServiceStub:
    return ReceiptsServiceStub(run.client.channel("cashiering"))


def find(
    run: Invocation,
    from_on: From,
    to_on: To,
    payer: Annotated[str, typer.Option(help="The beginning of the payer's name.")] = "",
    parcel: Annotated[str, typer.Option(help="A parcel's number.")] = "",
    bill: Annotated[str, typer.Option(help="A bill's number.")] = "",
    reference: Annotated[str, typer.Option(help="A check's number, for one.")] = "",
    amount: Annotated[str, typer.Option(help="The receipt's total.")] = "",
    cashier: Annotated[str, typer.Option(help="Who took it.")] = "",
    source: Annotated[str, typer.Option(help="counter, mail, …")] = "",
    size: Annotated[int, typer.Option(help="At most this many.")] = 100,
) -> None:
    """Find receipts by what is known of them."""
    found = _stub(run).FindReceipts(
        pb.FindReceiptsRequest(
            from_on=typed.day(from_on, "--from"),
            to_on=typed.day(to_on, "--to"),
            payer=payer,
            parcel_number=parcel,
            bill_number=bill,
            reference=reference,
            total_cents=typed.cents(amount, "--amount") if amount else 0,
            posted_by=cashier,
            source=source,
            page_size=size,
        )
    )
    shown = table("", "receipt", "amount", "source", "payer", right=("amount",))
    for one in found.receipts:
        shown.add_row(one.receipt_number, money(one.total_cents), one.source, one.payer.name)
    run.out.answer(found, shown)
    if found.next_page_token:
        run.out.say(f"there are more than {size}: raise --size, or say more")


def view(
    run: Invocation,
    name: Annotated[str, typer.Argument(metavar="RECEIPT", help="Its number or id.")],
) -> None:
    """Show a receipt with what was allowed for it, asked about it and printed of it."""
    found = _stub(run).ViewReceipt(pb.ViewReceiptRequest(receipt=name))
    said = table("", "what", "by", "why")
    for used in found.overrides:
        up_to = f"{used.action}, up to {money(used.amount_cents)}"
        said.add_row(up_to, used.approver, used.reason)
    for asked in found.voids:
        by = f"{asked.requested_by}, {asked.decided_by}" if asked.decided_by else asked.requested_by
        said.add_row("void", by, asked.reason)
    for one in found.prints:
        said.add_row(f"printed: {one.report}", one.asked_by, one.recorded_at[:16])
    run.out.answer(found, receipt_view(found.receipt), said)


def print_(
    run: Invocation,
    from_on: From,
    to_on: To,
    custom: Annotated[str, typer.Option(help="This custom receipt of each instead.")] = "",
    key: Key = "",
) -> None:
    """Print the receipts of every closed session of some days; a worker does it."""
    job = _stub(run).StartPrinting(
        pb.StartPrintingRequest(
            idempotency_key=key_or_new(key),
            from_on=typed.day(from_on, "--from"),
            to_on=typed.day(to_on, "--to"),
            custom_receipt=custom,
        )
    )
    _show(run, job)
    run.out.say(f"watch it: millage receipt print-jobs {job.job_id}")


def print_jobs(
    run: Invocation,
    job_id: Annotated[
        str, typer.Argument(metavar="[JOB]", help="One of them; all when left out.")
    ] = "",
) -> None:
    """Show how far a print job is, part by part; or the newest jobs."""
    if job_id:
        _show(run, _stub(run).GetPrintJob(pb.GetPrintJobRequest(job_id=job_id)))
        return
    found = _stub(run).ListPrintJobs(pb.ListPrintJobsRequest())
    shown = table("", "job", "state", "days", "done", "by")
    for one in found.jobs:
        days = f"{one.from_on} to {one.to_on}"
        shown.add_row(
            one.job_id, _state(one), days, f"{one.parts_done} of {one.parts}", one.asked_by
        )
    run.out.answer(found, shown)


def _state(job: pb.PrintJob) -> str:
    return enum_word(job.DESCRIPTOR.fields_by_name["state"].enum_type, job.state)


def _show(run: Invocation, job: pb.PrintJob) -> None:
    parts = table("", "session", "run", "rows", "why not", right=("rows",))
    for one in job.sessions:
        parts.add_row(one.session_id, one.run_id, str(one.rows), one.reason)
    said = facts(
        ("job", f"{job.job_id}, {_state(job)}"),
        ("days", f"{job.from_on} to {job.to_on}"),
        ("done", f"{job.parts_done} of {job.parts} sessions, {job.rows} rows"),
        ("read one", "millage report again RUN --format pdf --out FILE"),
    )
    run.out.answer(job, said, parts)
