"""`millage supplement`: value events after the roll, loaded, previewed and billed as a batch."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from millage.levy.v1 import supplements_pb2 as pb
from millage.levy.v1.supplements_pb2_grpc import SupplementServiceStub
from millage_cli import batch_files, roll_values, typed
from millage_cli.batch_files import Line
from millage_cli.client import retried
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.paging import pages
from millage_cli.plain import plain

supplement = typer.Typer(
    help="Supplements of a roll: load a file of events, preview, create the bills.",
    no_args_is_help=True,
)

_NEEDED = ("parcel_number", "kind", "event_on")
_COLUMNS = (
    "value_dollars", "net_value_dollars", "exemptions", "value_caps", "owner_name", "owner_email",
    "tax_code", "property_class", "township", "note",
)  # fmt: skip
_PAGE = 500
SupplementId = Annotated[
    str, typer.Argument(metavar="SUPPLEMENT", help="As `supplement list` names it.")
]
BilledOn = Annotated[
    str, typer.Option("--on", help="The day the bills go out; today when left out.")
]


@command(supplement)
def load(
    run: Invocation,
    file: Annotated[
        Path,
        typer.Argument(help=f"CSV: {', '.join(_NEEDED)}, and of {', '.join(_COLUMNS)} what is."),
    ],
    year: Annotated[int, typer.Option("--year", help="The year it is numbered in.")],
    key: Key = "",
) -> None:
    """Put a file of events on file, all or none; without a net value it is computed."""
    lines = batch_files.read(file, _NEEDED, _COLUMNS)
    made_key = key or f"supplement-{batch_files.digest(file, year)}"
    header = pb.SupplementHeader(idempotency_key=made_key, tax_year=year, source=file.name)
    rows = [_row(line) for line in lines]
    with run.out.progress("rows sent", len(rows)) as reach:

        def stream() -> Iterator[pb.LoadSupplementRequest]:
            yield pb.LoadSupplementRequest(header=header)
            for sent, row in enumerate(rows, start=1):
                yield pb.LoadSupplementRequest(row=row)
                reach(sent)
            yield pb.LoadSupplementRequest(end=pb.SupplementEnd(row_count=len(rows)))

        answer = retried(lambda: _service(run).LoadSupplement(stream()))
    run.out.answer(answer, _shown(answer))


@command(supplement, "list")
def list_(
    run: Invocation,
    year: Annotated[int, typer.Option("--year", help="Only of this year.")] = 0,
) -> None:
    """List supplements, the newest first."""
    found = _service(run).ListSupplements(pb.ListSupplementsRequest(tax_year=year)).supplements
    shown = table(
        "", "supplement", "year", "number", "state", "events", "bills", "tax", "from",
        right=("number", "events", "bills", "tax"),
    )  # fmt: skip
    for one in found:
        shown.add_row(
            one.supplement_id, str(one.tax_year), str(one.supplement_number), one.state,
            str(one.item_count), str(one.new_bills + one.changed_bills),
            money(one.difference_cents, signed=True), one.source,
        )  # fmt: skip
    run.out.answer([plain(one) for one in found], shown)


@command(supplement)
def preview(run: Invocation, supplement_id: SupplementId, on: BilledOn = "") -> None:
    """Show what billing would make of each event, before and after; nothing is billed."""
    service, asked = _service(run), pb.PreviewSupplementRequest(supplement_id=supplement_id)
    asked.billed_on, asked.page_size = typed.day(on, "--on"), _PAGE
    found, *others = pages(service.PreviewSupplement, asked)
    found.items.extend(item for page in others for item in page.items)
    found.next_page_token = ""
    run.out.answer(
        found,
        facts(
            ("new bills", found.new_bills),
            ("changed bills", found.changed_bills),
            ("tax changed by", money(found.difference_cents, signed=True)),
            ("gives back", money(found.refund_cents)),
        ),
        _items(found.items),
    )


@command(supplement)
def bill(run: Invocation, supplement_id: SupplementId, on: BilledOn = "", key: Key = "") -> None:
    """Create the bills; cut off, the same command goes on where it stopped."""
    asked = pb.CreateSupplementBillsRequest(
        idempotency_key=key_or_new(key), supplement_id=supplement_id,
        billed_on=typed.day(on, "--on"),
    )  # fmt: skip

    def follow() -> pb.Supplement:
        found = pb.Supplement()
        with run.out.progress("events billed", None) as reach:
            for step in _service(run).CreateSupplementBills(asked):
                reach(step.items_done)
                found = step.supplement
        return found

    answer = retried(follow)
    run.out.answer(answer, _shown(answer))


@command(supplement)
def show(run: Invocation, supplement_id: SupplementId) -> None:
    """Show a supplement and the bills that were made of its events."""
    service = _service(run)
    head = service.GetSupplement(pb.GetSupplementRequest(supplement_id=supplement_id))
    asked = pb.ListSupplementItemsRequest(supplement_id=supplement_id, page_size=_PAGE)
    items = [one for page in pages(service.ListSupplementItems, asked) for one in page.items]
    told = {"supplement": plain(head), "items": [plain(one) for one in items]}
    run.out.answer(told, _shown(head), _items(items))


@command(supplement)
def discard(
    run: Invocation,
    supplement_id: SupplementId,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    key: Key = "",
) -> None:
    """Say that a supplement is not to be billed."""
    answer = _service(run).DiscardSupplement(
        pb.DiscardSupplementRequest(
            idempotency_key=key_or_new(key), supplement_id=supplement_id, reason=reason
        )
    )
    run.out.answer(answer, _shown(answer))


def _shown(one: pb.Supplement) -> RenderableType:
    return facts(
        ("supplement", one.supplement_id),
        ("number", f"{one.supplement_number} of {one.tax_year}"),
        ("state", one.state),
        ("events", one.item_count),
        ("billed on", one.billed_on),
        ("new bills", one.new_bills),
        ("changed bills", one.changed_bills),
        ("wait for a payment file", one.held_items),
        ("tax changed by", money(one.difference_cents, signed=True)),
        ("gives back", f"{money(one.refund_cents)}, {money(one.refunded_cents)} of it done"),
    )


def _items(items: Iterable[pb.SupplementItem]) -> RenderableType:
    shown = table(
        "", "parcel", "event", "on", "net value", "is", "bill", "was", "is to ask",
        right=("net value", "is", "was", "is to ask"),
    )  # fmt: skip
    for item in items:
        for one in item.bills or (pb.SupplementBill(bill_number="held" if item.held else "none"),):
            shown.add_row(
                item.parcel_number, item.kind, item.event_on, f"${item.net_value_before_dollars:,}",
                f"${item.net_value_dollars:,}", one.bill_number, money(one.total_before_cents),
                money(one.total_cents),
            )  # fmt: skip
    return shown


def _row(line: Line) -> pb.SupplementEvent:
    named = (
        "parcel_number", "kind", "event_on", "owner_name", "owner_email", "tax_code",
        "property_class", "township", "note",
    )  # fmt: skip
    row = pb.SupplementEvent(exemptions=line.exemptions("exemptions"))
    for name in named:
        setattr(row, name, line.text(name))
    roll_values.put_caps(line.text("value_caps"), row)
    batch_files.put_values(line, row)
    return row


def _service(run: Invocation) -> SupplementServiceStub:
    return SupplementServiceStub(run.client.channel("levy"))
