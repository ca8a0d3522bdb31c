"""`millage discounts …`: programs, who qualifies, what is granted, decided and taken back."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from millage.receivables.v1 import discounts_pb2 as pb
from millage.receivables.v1.discounts_pb2_grpc import DiscountsServiceStub
from millage_cli import typed
from millage_cli.commands.bills import Bill
from millage_cli.commands.ledger import Reason, bill_id_of
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.paging import pages
from millage_cli.problems import usage

discounts = typer.Typer(
    no_args_is_help=True, help="Discounts: programs, who qualifies, grants, reversals, runs."
)

ReceiptId = Annotated[str, typer.Argument(metavar="RECEIPT", help="The receipt's id.")]
Program = Annotated[str, typer.Argument(metavar="PROGRAM", help="The program's code.")]
Evidence = Annotated[str, typer.Option("--evidence", help="The document it rests on.")]
AtMost = Annotated[str, typer.Option("--at-most", help="No more than this amount.")]
Since = Annotated[str, typer.Option("--from", help="Payments from this day on.")]
Until = Annotated[str, typer.Option("--to", help="Payments up to this day.")]


@command(discounts)
def programs(
    run: Invocation,
    tax_year: Annotated[int, typer.Argument(metavar="TAX_YEAR", help="Of the programs.")],
    on: Annotated[str, typer.Option("--on", help="Days left from here; today when empty.")] = "",
) -> None:
    """List the programs of a tax year, with their rates and the days left."""
    request = pb.ListProgramsRequest(tax_year=tax_year, on=typed.day(on, "--on"))
    answer = _stub(run).ListPrograms(request)
    rows = [
        (one.code, one.discount_type, each.rate, each.first_day, each.last_day, str(each.days_left))
        for one in answer.programs
        for each in one.periods or [pb.ProgramPeriod()]
    ]
    run.out.answer(answer, _rows(("program", "type", "rate", "from", "through", "left"), rows))


@command(discounts)
def evaluate(
    run: Invocation,
    named: Bill,
    receipt: Annotated[str, typer.Option("--receipt", help="A payment that was made.")] = "",
    amount: Annotated[str, typer.Option("--amount", help="Or one thought of.")] = "",
    on: Annotated[str, typer.Option("--on", help="The day it would be made.")] = "",
    mailed: Annotated[bool, typer.Option("--mailed", help="The day is a postmark's.")] = False,
) -> None:
    """Tell what programs would give a payment, and which check fails."""
    if bool(receipt) == bool(amount):
        raise usage("PAYMENT_MISSING", "give --receipt or --amount, one of the two")
    request = pb.EvaluateRequest(
        bill_id=bill_id_of(run, named),
        receipt_id=receipt,
        amount_cents=typed.counted_cents(amount, "--amount") if amount else 0,
        paid_on=typed.day(on, "--on"),
        mailed=mailed,
    )
    answer = _stub(run).Evaluate(request)
    rows = [
        (
            one.program,
            "yes" if one.eligible else "no",
            money(one.discount_cents),
            money(one.open_after_cents),
            "; ".join(f"{each.name}: {each.seen}" for each in one.checks if not each.passed),
        )
        for one in answer.verdicts
    ]
    run.out.answer(answer, _rows(("program", "eligible", "discount", "open", "why not"), rows))


@command(discounts)
def apply(
    run: Invocation, named: Bill, receipt: ReceiptId, program: Program, reason: Reason,
    at_most: AtMost = "",
    exception: Annotated[bool, typer.Option("--exception", help="Although a check fails.")] = False,
    evidence: Evidence = "", key: Key = "",
) -> None:  # fmt: skip
    """Ask for a discount on a payment."""
    request = pb.RequestDiscountRequest(
        idempotency_key=key_or_new(key),
        bill_id=bill_id_of(run, named),
        receipt_id=receipt,
        program=program,
        at_most_cents=typed.counted_cents(at_most, "--at-most") if at_most else 0,
        exception=exception,
        evidence=evidence,
        reason=reason,
    )
    _told(run, _stub(run).RequestDiscount(request))


@command(discounts)
def decide(
    run: Invocation,
    request_id: Annotated[str, typer.Argument(metavar="REQUEST", help="Its id.")],
    note: Annotated[str, typer.Option("--note", help="What was seen.")],
    grant: Annotated[bool, typer.Option("--grant/--deny", help="Yes or no.")] = True,
    key: Key = "",
) -> None:
    """Grant or deny what another person asked for."""
    request = pb.DecideDiscountRequest(
        idempotency_key=key_or_new(key), request_id=request_id, grant=grant, note=note
    )
    _told(run, _stub(run).DecideDiscount(request))


@command(discounts)
def reverse(
    run: Invocation, named: Bill, receipt: ReceiptId, program: Program, reason: Reason,
    instead: Annotated[str, typer.Option("--instead", help="The program in its place.")] = "",
    at_most: AtMost = "", evidence: Evidence = "", key: Key = "",
) -> None:  # fmt: skip
    """Take a discount back, and maybe ask for another in its place."""
    request = pb.ReverseDiscountRequest(
        idempotency_key=key_or_new(key),
        bill_id=bill_id_of(run, named),
        receipt_id=receipt,
        program=program,
        evidence=evidence,
        reason=reason,
        reapply_program=instead,
        reapply_at_most_cents=typed.counted_cents(at_most, "--at-most") if at_most else 0,
    )
    _told(run, _stub(run).ReverseDiscount(request))


@command(discounts)
def proof(
    run: Invocation,
    parcel: Annotated[str, typer.Argument(metavar="PARCEL", help="Its number.")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help="age or income")],
    reference: Annotated[str, typer.Option("--reference", help="The document.")],
    since: Annotated[str, typer.Option("--from", help="From when it counts.")],
    until: Annotated[str, typer.Option("--through", help="Its last day, if any.")] = "",
    key: Key = "",
) -> None:
    """File a proof of age or income."""
    request = pb.FileProofRequest(
        idempotency_key=key_or_new(key),
        parcel_number=parcel,
        kind=kind,
        reference=reference,
        valid_from=typed.day(since, "--from"),
        valid_through=typed.day(until, "--through"),
    )
    answer = _stub(run).FileProof(request)
    run.out.answer(answer, facts(("proof", answer.proof_id), ("of", answer.kind)))


@command(discounts)
def history(
    run: Invocation, parcel: Annotated[str, typer.Argument(metavar="PARCEL", help="Its number.")]
) -> None:
    """Show what a parcel saved each year, what was asked, and the log."""
    request = pb.GetDiscountHistoryRequest(parcel_number=parcel)
    answer = _stub(run).GetDiscountHistory(request)
    saved = [(str(one.tax_year), one.program, money(one.saved_cents)) for one in answer.savings]
    asked = [
        (one.request_id, one.program, money(one.amount_cents), one.state, one.asked_by)
        for one in answer.requests
    ]
    log = [
        (
            one.recorded_at[:19],
            one.action,
            one.program,
            one.actor,
            money(one.discount_cents),
            one.note,
        )
        for one in answer.log
    ]
    run.out.answer(
        answer,
        _rows(("year", "program", "saved"), saved),
        _rows(("request", "program", "amount", "state", "asked by"), asked),
        _rows(("when", "what", "program", "who", "amount", "note"), log),
    )


@command(discounts)
def queue(run: Invocation, since: Since, until: Until) -> None:
    """List payments that qualify and have no discount."""
    request = pb.ListQualifyingRequest(
        from_on=typed.day(since, "--from"), to_on=typed.day(until, "--to")
    )
    found = [one for page in pages(_stub(run).ListQualifying, request) for one in page.payments]
    answer = pb.ListQualifyingResponse(payments=found)
    rows = [(one.bill_id, one.receipt_id, one.program, money(one.discount_cents)) for one in found]
    run.out.answer(answer, _rows(("bill", "receipt", "program", "discount"), rows))


@command(discounts, "run")
def run_all(
    run: Invocation,
    since: Since = "",
    until: Until = "",
    again: Annotated[str, typer.Option("--run", help="Goes on with a run.")] = "",
    key: Key = "",
) -> None:
    """Grant what qualifies, page by page, until a run is finished."""
    first = pb.RunDiscountsRequest(
        idempotency_key=key_or_new(key),
        run_id=again,
        from_on=typed.day(since, "--from"),
        to_on=typed.day(until, "--to"),
    )
    answer = _stub(run).RunDiscounts(first)
    items = list(answer.items)
    while not answer.finished:
        more = pb.RunDiscountsRequest(idempotency_key=key_or_new(""), run_id=answer.run_id)
        answer = _stub(run).RunDiscounts(more)
        items += answer.items
    done = pb.DiscountRun(run_id=answer.run_id, items=items, finished=True)
    rows = [
        (one.bill_id, one.outcome, one.program, money(one.discount_cents), one.said)
        for one in items
    ]
    run.out.answer(done, _rows(("bill", "outcome", "program", "discount", "said"), rows))


def _rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    made = table("", *columns)
    for row in rows:
        made.add_row(*row)
    return made


def _stub(run: Invocation) -> DiscountsServiceStub:
    return DiscountsServiceStub(run.client.channel("receivables"))


def _told(run: Invocation, answer: pb.DiscountAnswer) -> None:
    run.out.answer(
        answer,
        facts(
            ("state", answer.state),
            ("program", answer.program),
            ("discount", money(answer.discount_cents)),
            ("open", money(answer.open_cents)),
            ("request", answer.request_id),
        ),
    )
