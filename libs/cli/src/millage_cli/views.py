"""Answers as tables for people."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.levy.v1 import levy_pb2
from millage.ops.v1 import ops_pb2
from millage_cli.output import facts, money, table
from millage_cli.parked import Parked
from millage_cli.plain import enum_word
from millage_cli.tieout import ReceiptBreak, TieOut


def session_view(session: pb.Session) -> RenderableType:
    state = enum_word(session.DESCRIPTOR.fields_by_name["state"].enum_type, session.state)
    closed = session.state == pb.SESSION_STATE_CLOSED
    counts = table("", "tender", "expected", "counted", right=("expected", "counted"))
    for one in session.tenders:
        counted = money(one.counted_cents) if closed else ""
        counts.add_row(tender_word(one.tender_type), money(one.expected_cents), counted)
    return Group(
        facts(
            ("session", session.session_id),
            ("till", f"{session.till_code}, cashier {session.cashier}, {state}"),
            ("business date", session.business_date),
            ("effective", session.effective_on),
            ("receipts", f"{session.receipt_count}, {money(session.total_cents)}"),
            ("over or short", money(session.over_short_cents, signed=True) if closed else ""),
        ),
        *([counts] if session.tenders else []),
    )


# What may be open of an installment; the last two are shown where there is any.
_OPEN = {
    "tax open": "tax_open_cents",
    "interest": "interest_open_cents",
    "penalty": "penalty_open_cents",
    "fees": "fee_open_cents",
}


def quote_view(answer: pb.QuoteResponse) -> RenderableType:
    every = [one for bill in answer.bills for one in bill.installments]
    shown = {
        title: name
        for place, (title, name) in enumerate(_OPEN.items())
        if place < 2 or any(getattr(one, name) for one in every)
    }
    numbers = ("version", "installment", *shown, "open")
    made = table(
        f"Due as of {answer.as_of}",
        *("bill", "version", "installment", "due on", *shown, "open", "owner"),
        right=numbers,
    )
    for bill in answer.bills:
        head = (bill.bill_number, str(bill.bill_version))
        for one in bill.installments:
            parts_open = [getattr(one, name) for name in shown.values()]
            amounts = (*parts_open, sum(getattr(one, name) for name in _OPEN.values()))
            made.add_row(*head, str(one.installment), one.due_on, *map(money, amounts))
            head = ("", "")
        total = Text(money(bill.open_cents), "bold")
        made.add_row(*[""] * (4 + len(shown)), total, bill.owner_name)
    parts: list[RenderableType] = [made, Text(f"total {money(answer.open_cents)}", "bold")]
    for bill in answer.bills:
        for warning in bill.warnings:
            words = f"{bill.bill_number}: {warning.message}"
            parts.append(Text(words, "dim" if warning.severity == "show" else "yellow"))
    if answer.provisional:
        parts.append(Text("provisional: receivables is away; from cashiering's copy", "yellow"))
    return Group(*parts)


def receipt_view(receipt: pb.Receipt) -> RenderableType:
    state = enum_word(receipt.DESCRIPTOR.fields_by_name["state"].enum_type, receipt.state)
    payer = " ".join(filter(None, (receipt.payer.name, f"<{receipt.payer.email}>")))
    lines = table("", "line", "for", "amount", "", right=("line", "amount"))
    for line in receipt.lines:
        place = line.bill_number or line.source_code or f"parcel {line.parcel_number}"
        lines.add_row(str(line.line_number), place, money(line.amount_cents), _terms(line))
    tenders = table("", "tender", "amount", "reference", right=("amount",))
    for tender in receipt.tenders:
        kind = tender_word(tender.tender_type)
        tenders.add_row(kind, money(tender.amount_cents), tender.reference)
    return Group(
        facts(
            ("receipt", f"{receipt.receipt_number}, {state}"),
            ("id", receipt.receipt_id),
            ("payer", payer if receipt.payer.email else receipt.payer.name),
            ("business date", f"{receipt.business_date}, effective {receipt.effective_on}"),
            ("source", _came(receipt)),
            ("total", money(receipt.total_cents)),
            ("change", money(receipt.change_cents) if receipt.change_cents else ""),
            ("surplus", money(receipt.surplus_cents) if receipt.surplus_cents else ""),
            ("note", receipt.note),
            *(("discount", _discount(one)) for one in receipt.discounts),
            ("trace", receipt.trace_id),
            ("reversal", receipt.reversal_reason),
            ("its trace", receipt.reversal_trace_id),
        ),
        lines,
        tenders,
    )


def _discount(one: pb.ReceiptDiscount) -> str:
    cents = f"{money(one.amount_cents)} " if one.amount_cents else ""
    return f"{cents}{one.text} (bill {one.bill_number})"


def _came(receipt: pb.Receipt) -> str:
    sent = f", postmarked {receipt.postmarked_on}" if receipt.postmarked_on else ""
    return f"{receipt.source}{sent}, received {receipt.received_on}" if sent else receipt.source


def _terms(line: pb.ReceiptLine) -> str:
    """What a line says beyond its amount."""
    waived = line.waived.interest_cents + line.waived.penalty_cents
    said = (
        f"suspense: {line.suspense_reason}" if line.suspense_reason else "",
        f"as of {line.effective_on}" if line.effective_on else "",
        f"{money(waived)} waived" if waived else "",
        "by hand" if line.allocation.overridden else "",
    )
    return ", ".join(filter(None, said))


def run_view(run: pb.ImportRun) -> RenderableType:
    state = enum_word(run.DESCRIPTOR.fields_by_name["state"].enum_type, run.state)
    lines = table("", "line", "outcome", "amount", "parcel", "why", right=("line", "amount"))
    for line in run.lines:
        why = ": ".join(filter(None, (line.reason, line.message)))
        amount = money(line.amount_cents) if line.amount_cents else ""
        colour = {"posted": "green", "rejected": "red"}.get(line.outcome, "yellow")
        outcome = Text(line.outcome, colour)
        lines.add_row(str(line.line_number), outcome, amount, line.parcel_number, why)
    return Group(
        facts(
            ("run", f"{run.run_id}, {state}"),
            ("file", f"{run.file_name} ({run.layout}), {run.line_count} lines"),
            ("posted", f"{run.posted_count}, {money(run.posted_cents)}"),
            ("suspense", f"{run.suspense_count}, {money(run.suspense_cents)}"),
            ("rejected", run.rejected_count),
            ("duplicate", run.duplicate_count),
            ("refused", ": ".join(filter(None, (run.reason, run.message)))),
        ),
        lines,
    )


def rolls_view(rolls: Iterable[levy_pb2.LoadRollResponse]) -> Table:
    made = table("", "tax year", "bills", "lines", "total", right=("bills", "lines", "total"))
    for one in rolls:
        numbers = (str(one.bill_count), str(one.line_count), money(one.total_cents))
        made.add_row(str(one.tax_year), *numbers)
    return made


def tieout_view(result: TieOut, found: Sequence[ReceiptBreak] = ()) -> RenderableType:
    legs = result.legs
    receipts = f"{result.receipt_count} receipt{'' if result.receipt_count == 1 else 's'}"
    made = table(
        f"Tie-out of {result.business_date}", "service", "what", "amount", right=("amount",)
    )
    rows = (
        ("cashiering", f"received, {receipts}", legs.received_cents, True),
        ("receivables", "allocated", legs.allocated_cents, False),
        ("", "+ surplus", legs.surplus_cents, False),
        ("", "+ suspense", legs.suspense_cents, False),
        ("", "=", legs.ledger_cents, True),
        ("distribution", "shared", legs.shared_cents, False),
        ("", "+ undistributed", legs.undistributed_cents, False),
        ("", "=", legs.agencies_cents, True),
    )
    for service, what, cents, is_sum in rows:
        made.add_row(service, what, Text(money(cents), "bold" if is_sum else ""))
    parts: list[RenderableType] = [made, _verdict(result)]
    if found:
        parts.append(_breaks_view(found))
    return Group(*parts)


def _verdict(result: TieOut) -> Text:
    if result.holds:
        cents = result.releasable_cents
        # Money applied anew since may have been another agency's when it was released.
        rest = "may be released" if cents >= 0 else "has to be held back from later releases"
        return Text(f"It holds, to the cent; {money(abs(cents))} {rest}.", "green")
    legs, found = result.legs, []
    if gap := legs.ledger_cents - legs.received_cents:
        found.append(f"receivables has {money(gap, signed=True)} against the drawers")
    if gap := result.told_cents - legs.received_cents:
        found.append(f"distribution was told of {money(gap, signed=True)} against the drawers")
    if gap := legs.agencies_cents - legs.received_cents:
        found.append(f"distribution has {money(gap, signed=True)} against the drawers")
    if gap := legs.undistributed_cents - legs.unapplied_cents:
        found.append(f"undistributed is {money(gap, signed=True)} against surplus and suspense")
    return Text(f"It does not hold: {'; '.join(found)}.", "bold red")


def _breaks_view(found: Sequence[ReceiptBreak]) -> Table:
    made = table(
        "Where it breaks", "receipt", "received", "ledger", "agencies", "id",
        right=("received", "ledger", "agencies"),
    )  # fmt: skip
    for one in found:
        legs = one.legs
        amounts = (legs.received_cents, legs.ledger_cents, legs.agencies_cents)
        made.add_row(one.receipt_number, *map(money, amounts), one.receipt_id)
    return made


def parked_view(found: Sequence[Parked]) -> RenderableType:
    if not found:
        return Text("Nothing is there.", "green")
    made = table("", "service", "id", "event", "reason", "message", "since")
    for one in found:
        told = one.message
        since = told.parked_at[:19]
        event = told.event_type.removeprefix("org.millage.")
        row = (one.service, told.parked_id, event, told.reason)
        made.add_row(*row, told.message[:120], since)
    return made


def parked_message_view(found: Parked) -> RenderableType:
    told = found.message
    return Group(
        facts(
            ("service", found.service),
            ("id", f"{told.parked_id}, {told.state} since {told.parked_at}"),
            ("queue", told.queue),
            ("event", f"{told.event_type} {told.event_id}"),
            ("reason", told.reason),
            ("message", told.message),
            ("trace", told.trace_id),
            ("settled", " ".join(filter(None, (told.settled_by, told.settled_reason)))),
        ),
        Text(told.body),
    )


def lag_view(answers: Iterable[ops_pb2.Lag]) -> Table:
    numbers = ("unpublished", "oldest", "waiting", "parked", "queued", "consumers")
    made = table("", "service", *numbers, right=numbers)
    for one in answers:
        made.add_row(
            one.service,
            str(one.outbox_unpublished),
            f"{one.outbox_oldest_seconds:.1f} s" if one.outbox_unpublished else "",
            str(one.waiting),
            Text(str(one.parked), "red" if one.parked else ""),
            str(sum(queue.ready for queue in one.queues)),
            str(sum(queue.consumers for queue in one.queues)),
        )
    return made


def tender_word(number: int) -> str:
    kind = pb.Tender.DESCRIPTOR.fields_by_name["tender_type"].enum_type
    return enum_word(kind, number).replace("_", " ")
