"""A receipt's way through the services, for people and for programs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from millage.notifications.v1 import notifications_pb2 as notifications_pb
from millage_cli.output import money, table
from millage_cli.plain import enum_word, plain
from millage_cli.trail import (
    BillTrail,
    Step,
    Trail,
    committed_at,
    done_after,
    outstanding,
)

_SHARES_SHOWN = 3
_KINDS = ("payment", "reallocation", "reversal")


def milliseconds(delay: timedelta | None) -> str:
    return "" if delay is None else f"+{delay / timedelta(milliseconds=1):.0f} ms"


def trail_tree(trail: Trail, *, shares_shown: int = _SHARES_SHOWN) -> Tree:
    """Each service's part as a branch, with the time it was durable after the commit."""
    tree = Tree(_headline(trail), guide_style="dim")
    for title, lines in _parts(trail, shares_shown):
        branch = tree.add(title)
        for line in lines:
            branch.add(line)
    for service, problem in trail.problems.items():
        tree.add(Text(f"{service}: {problem.message} ({problem.reason})", "red"))
    if late := outstanding(trail):
        tree.add(Text(f"not done yet: {', '.join(late)}", "yellow"))
    return tree


def timeline(trail: Trail) -> Table:
    """Every durable step of the receipt's trace, and of its reversal's, in order of time."""
    made = table("", "after commit", "service", "did", "event", "about", right=("after commit",))
    for steps, reversal in ((trail.steps, False), (trail.reversal_steps, True)):
        zero = committed_at(trail, reversal=reversal)
        for step in steps:
            after = milliseconds(step.at - zero) if zero else ""
            made.add_row(after, step.service, step.kind, step.event, step.subject)
        if not reversal and trail.reversal_steps:
            made.add_section()
    return made


def trail_json(trail: Trail) -> dict[str, Any]:
    """The same for programs; times in milliseconds after the commit."""
    return {
        "receipt": plain(trail.receipt),
        "steps": [*_steps_json(trail, reversal=False), *_steps_json(trail, reversal=True)],
        "allocations": [plain(row) for row in trail.allocations],
        "bills": [
            {
                "bill_id": bill.bill_id,
                "aging_changes": [plain(one) for one in bill.aging],
                "standing_changes": [plain(one) for one in bill.standings],
            }
            for bill in trail.bills
        ],
        "shares": [plain(share) for share in trail.shares],
        "undistributed_cents": trail.undistributed_cents,
        "notices": [plain(notice) for notice in trail.notices],
        "outstanding": outstanding(trail),
        "problems": {name: problem.as_json() for name, problem in trail.problems.items()},
    }


def _steps_json(trail: Trail, *, reversal: bool) -> Iterator[dict[str, Any]]:
    zero = committed_at(trail, reversal=reversal)
    for step in trail.reversal_steps if reversal else trail.steps:
        yield {
            "service": step.service,
            "kind": step.kind,
            "event": step.event,
            "subject": step.subject,
            "committed_at": step.at.isoformat(),
            "after_ms": _after_ms(step, zero),
            "of_reversal": reversal,
        }


def _after_ms(step: Step, zero: Any) -> int | None:
    return round((step.at - zero) / timedelta(milliseconds=1)) if zero else None


def _headline(trail: Trail) -> Text:
    receipt = trail.receipt
    text = Text.assemble(
        ("Receipt ", "bold"),
        (receipt.receipt_number, "bold cyan"),
        f"  {money(receipt.total_cents)} from {receipt.payer.name or 'nobody named'}",
        f", {receipt.source}, effective {receipt.effective_on}",
    )
    if trail.is_reversed:
        text.append(f"\nreversed: {receipt.reversal_reason}", "bold red")
    text.append(f"\ntrace {receipt.trace_id}", "dim")
    if receipt.reversal_trace_id:
        text.append(f", its reversal's {receipt.reversal_trace_id}", "dim")
    return text


def _parts(trail: Trail, shares_shown: int) -> Iterator[tuple[RenderableType, list[Text]]]:
    yield _title(trail, "cashiering"), list(_received(trail))
    yield _title(trail, "receivables"), list(_allocated(trail))
    if trail.bills:
        yield _title(trail, "collections"), list(_aged(trail))
        yield _title(trail, "taxsale"), list(_stood(trail))
    yield _title(trail, "distribution"), list(_shared(trail, shares_shown))
    yield _title(trail, "notifications"), list(_written(trail))


def _title(trail: Trail, service: str) -> Text:
    if service == "cashiering":
        return Text.assemble((f"{service:<14}", "bold"), ("commit", "green"))
    text = Text.assemble(
        (f"{service:<14}", "bold"), (milliseconds(done_after(trail, service)), "green")
    )
    if delay := milliseconds(done_after(trail, service, reversal=True)):
        text.append(f"   reversal {delay}", "green")
    return text


def _received(trail: Trail) -> Iterator[Text]:
    receipt = trail.receipt
    for tender in receipt.tenders:
        kind = enum_word(
            tender.DESCRIPTOR.fields_by_name["tender_type"].enum_type, tender.tender_type
        )
        reference = f" {tender.reference}" if tender.reference else ""
        yield Text(f"{kind}{reference} {money(tender.amount_cents)}")
    if receipt.change_cents:
        yield Text(f"change given {money(receipt.change_cents)}")
    if receipt.surplus_cents:
        yield Text(f"kept as surplus {money(receipt.surplus_cents)}")
    for line in receipt.lines:
        place = f"bill {line.bill_number}" if line.bill_id else f"parcel {line.parcel_number}"
        held = f" held in suspense: {line.suspense_reason}" if line.suspense_reason else ""
        yield Text(f"{money(line.amount_cents)} for {place}{held}")


def _allocated(trail: Trail) -> Iterator[Text]:
    for kind in _KINDS:
        for row in (row for row in trail.allocations if row.kind == kind and row.amount_cents):
            amount = f"{money(row.amount_cents, signed=True):>14}"
            if row.state != "allocation":
                yield Text(f"{kind:<12} {amount}  {row.state}")
                continue
            bill = trail.bill_number(row.bill_id)
            yield Text(
                f"{kind:<12} {amount}  {bill} installment {row.installment} {row.charge_type}"
            )


def _aged(trail: Trail) -> Iterator[Text]:
    for bill in trail.bills:
        for change in bill.aging:
            before, after = money(change.open_before_cents), money(change.open_after_cents)
            yield _change(
                trail, bill, change.cause, change.bucket_before, change.bucket_after
            ).append(f"  open {before} -> {after}", "dim")


def _stood(trail: Trail) -> Iterator[Text]:
    for bill in trail.bills:
        for change in bill.standings:
            yield _change(trail, bill, change.cause, change.standing_before, change.standing_after)


def _change(trail: Trail, bill: BillTrail, cause: str, before: str, after: str) -> Text:
    moved = f"{before} -> {after}" if before != after else f"{after}, as before"
    return Text(f"{cause:<12} {trail.bill_number(bill.bill_id)}  {moved}")


def _shared(trail: Trail, shown: int) -> Iterator[Text]:
    for kind in _KINDS:
        by_agency: dict[tuple[str, str], int] = defaultdict(int)
        for share in trail.shares:
            if share.kind == kind:
                by_agency[share.agency_code, share.agency_name] += share.amount_cents
        if not by_agency:
            continue
        total = money(sum(by_agency.values()), signed=True)
        many = "agency" if len(by_agency) == 1 else "agencies"
        yield Text(f"{kind:<12} {total:>14}  to {len(by_agency)} {many}")
        yield from _agencies(by_agency, shown)
    if trail.undistributed_cents:
        yield Text(f"{'undistributed':<12} {money(trail.undistributed_cents):>13}")


def _agencies(by_agency: dict[tuple[str, str], int], shown: int) -> Iterator[Text]:
    largest = sorted(by_agency.items(), key=lambda item: (-abs(item[1]), item[0]))
    for (_, name), cents in largest[:shown]:
        yield Text(f"{'':<12} {money(cents, signed=True):>14}  {name}", "dim")
    if rest := largest[shown:]:
        others = money(sum(cents for _, cents in rest), signed=True)
        yield Text(f"{'':<12} {others:>14}  {len(rest)} more", "dim")


def _written(trail: Trail) -> Iterator[Text]:
    for notice in trail.notices:
        yield Text(_notice(notice))


def _notice(notice: notifications_pb.Notice) -> str:
    kind = notice.DESCRIPTOR.fields_by_name["state"].enum_type
    state = enum_word(kind, notice.state).replace("_", " ")
    whom = f" to {notice.recipient}" if notice.recipient else ""
    reply = f", answered {notice.smtp_reply}" if notice.smtp_reply else ""
    why = f": {notice.reason}" if notice.reason else ""
    return f"{notice.template} {state}{whom}{reply}{why}"


def summary(trails: Iterable[Trail]) -> Table:
    """A line per receipt: when each service was done."""
    services = ("receivables", "collections", "taxsale", "distribution", "notifications")
    made = table("", "receipt", "amount", *services, right=("amount", *services))
    for trail in trails:
        delays = [milliseconds(done_after(trail, service)) for service in services]
        made.add_row(trail.receipt.receipt_number, money(trail.receipt.total_cents), *delays)
    return made
