"""`millage basket print|jump`: bills of a basket on paper, and where else to go from a line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from millage.cashiering.v1 import basket_pb2 as pb
from millage.reports.v1 import reports_pb2
from millage_cli import jumping
from millage_cli.client import Client
from millage_cli.commands.basket import BasketId, Lines, basket
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, table
from millage_cli.problems import usage

__all__ = ["basket"]

_PRINT = "print_bills"


@command(basket, "print")
def print_(
    run: Invocation,
    basket_id: BasketId,
    out: Annotated[Path, typer.Option("--out", help="Where to: one PDF of all of them.")],
    line: Lines = [],  # noqa: B006 - typer reads it, nobody changes it
    key: Key = "",
) -> None:
    """Print a basket's bills, or those of some lines, in one document."""
    found = _get(run.client, basket_id)
    chosen = _chosen(found, line)
    link = next((one for one in found.links if one.action == _PRINT), None)
    if link is None or not chosen:
        raise usage("NOTHING_TO_PRINT", "no line of the basket is for a bill")
    wanted = {"parameters.bill_ids": ",".join(chosen), "idempotency_key": key_or_new(key)}
    done = jumping.follow(run.client, link, wanted)
    assert isinstance(done, reports_pb2.ReportRun)
    asked = reports_pb2.ReadReportRequest(run_id=done.run_id, format="pdf")
    parts = run.client.reports(link.service).ReadReport(asked)
    head = next(iter(parts)).run
    with out.open("wb") as file:
        for part in parts:
            file.write(part.content)
    run.out.answer(head, facts(("bills", len(chosen)), ("run", head.run_id), ("written to", out)))


@command(basket, "jump")
def jump(
    run: Invocation,
    basket_id: BasketId,
    action: Annotated[str, typer.Argument(metavar="[ACTION]", help="None: list them.")] = "",
    line: Annotated[int, typer.Option("--line", help="The line's number.")] = 1,
    given: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=TEXT, more of the request.")
    ] = None,
) -> None:
    """Go on from a line: the action's method is called with the line's parcel and bill."""
    found = _get(run.client, basket_id)
    links = next((one.links for one in found.lines if one.line_number == line), ())
    if not action:
        shown = table("Actions", "action", "calls")
        for one in links:
            shown.add_row(one.action, one.method)
        run.out.answer(pb.BasketLine(links=links), shown)
        return
    link = next((one for one in links if one.action == action), None)
    if link is None:
        raise usage("ACTION_UNKNOWN", f"line {line} has no action {action}")
    pairs = [text.partition("=") for text in given or ()]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise usage("FIELD_INVALID", f"{wrong[0]}: write FIELD=TEXT")
    answer = jumping.follow(run.client, link, {name: value for name, _, value in pairs})
    run.out.answer(answer, facts(("called", link.method)))


def _get(client: Client, basket_id: str) -> pb.Basket:
    return client.baskets.GetBasket(pb.GetBasketRequest(basket_id=basket_id))


def _chosen(found: pb.Basket, lines: Sequence[int]) -> list[str]:
    numbers = {one.line_number for one in found.lines}
    if missing := [one for one in lines if one not in numbers]:
        raise usage("LINE_NOT_FOUND", f"the basket has no line {missing[0]}")
    return [
        one.bill_id
        for one in found.lines
        if one.bill_id and (not lines or one.line_number in lines)
    ]
