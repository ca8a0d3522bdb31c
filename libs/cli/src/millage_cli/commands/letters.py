"""`millage letters …`: what waits for paper is printed in batches, and told of as it goes out."""

from pathlib import Path
from typing import Annotated

import typer

from millage.notifications.v1 import printing_pb2 as pb
from millage.notifications.v1.printing_pb2_grpc import PrintServiceStub
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import table
from millage_cli.paging import pages

letters = typer.Typer(no_args_is_help=True, help="Letters on paper.")

Batch = Annotated[str, typer.Argument(metavar="BATCH", help="The batch's id.")]
Out = Annotated[Path, typer.Option("--out", help="The PDF to write.", dir_okay=False)]


@command(letters, "print")
def print_(
    run: Invocation,
    out: Out,
    kind: Annotated[str, typer.Option("--kind", help="As delinquent_final; all if empty.")] = "",
    limit: Annotated[int, typer.Option("--limit", help="At most so many.")] = 0,
    *,
    failed: Annotated[bool, typer.Option("--failed", help="And what mail failed for.")] = False,
    key: Key = "",
) -> None:
    """Put waiting letters into a batch, and write it as a PDF."""
    request = pb.StartPrintRequest(
        idempotency_key=key_or_new(key), template=kind, limit=limit, failed_too=failed
    )
    batch = _stub(run).StartPrint(request)
    _write(run, batch.batch_id, out)
    _show(run, [batch])
    for one in batch.unset:
        run.out.say(
            f"to be written by hand: {one.characters} in the letter to {one.recipient_name}"
        )


@command(letters)
def read(run: Invocation, batch: Batch, out: Out) -> None:
    """Write a batch's PDF again."""
    _write(run, batch, out)
    run.out.answer({"batch_id": batch, "out": str(out)}, f"written to {out}")


@command(letters)
def confirm(run: Invocation, batch: Batch, key: Key = "") -> None:
    """Say that a batch's letters went out."""
    request = pb.ConfirmPrintRequest(idempotency_key=key_or_new(key), batch_id=batch)
    _show(run, [_stub(run).ConfirmPrint(request)])


@command(letters)
def discard(run: Invocation, batch: Batch, key: Key = "") -> None:
    """Say that they did not: another batch may print them."""
    request = pb.DiscardPrintRequest(idempotency_key=key_or_new(key), batch_id=batch)
    _show(run, [_stub(run).DiscardPrint(request)])


@command(letters, "list")
def list_(run: Invocation) -> None:
    """List batches, the newest first."""
    answers = pages(_stub(run).ListPrints, pb.ListPrintsRequest())
    _show(run, [one for answer in answers for one in answer.batches])


def _write(run: Invocation, batch_id: str, out: Path) -> None:
    """What is not there yet is not written over what is."""
    parts = _stub(run).ReadPrint(pb.ReadPrintRequest(batch_id=batch_id))
    content = b"".join(part.content for part in parts)
    out.write_bytes(content)


def _show(run: Invocation, found: list[pb.PrintBatch]) -> None:
    made = table("", "batch", "kind", "letters", "state", "asked by", right=("letters",))
    for one in found:
        made.add_row(
            one.batch_id, one.template or "all", str(one.letter_count), one.state, one.asked_by
        )
    run.out.answer(pb.ListPrintsResponse(batches=found), made)


def _stub(run: Invocation) -> PrintServiceStub:
    return PrintServiceStub(run.client.channel("notifications"))
