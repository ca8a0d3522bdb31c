"""`millage levy holding|held|force|withdraw|release`: changes that wait for a payment file."""

from collections.abc import Sequence
from typing import Annotated

import typer

from millage.levy.v1 import guard_pb2 as pb
from millage.levy.v1.guard_pb2_grpc import GuardServiceStub
from millage_cli.commands.bills import find
from millage_cli.commands.levy_moves import levy
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, table
from millage_cli.paging import pages

__all__ = ["levy"]

_PAGE = 500

Change = Annotated[str, typer.Argument(metavar="CHANGE", help="Its id, as `levy held` lists it.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept.")]


@command(levy, "holding")
def holding(
    run: Invocation,
    all_runs: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
) -> None:
    """List the payment files that hold bills, the newest first."""
    asked = pb.ListHoldingRunsRequest(open_only=not all_runs, page_size=_PAGE)
    found = [one for page in pages(_guard(run).ListHoldingRuns, asked) for one in page.runs]
    shown = table("Payment files", "run", "file", "day", "holds", "since", "state")
    for one in found:
        shown.add_row(
            one.run_id,
            one.file_name,
            one.business_date,
            f"{one.bill_count} bills" if one.names_its_bills else "every bill",
            one.started_at,
            _state(one),
        )
    run.out.answer(pb.ListHoldingRunsResponse(runs=found), shown)


@command(levy, "held")
def held(
    run: Invocation,
    state: Annotated[
        str, typer.Option("--state", help="waiting, done, refused or withdrawn.")
    ] = "",
    bill: Annotated[str, typer.Option("--bill", help="Of one bill: id, number, or P/Y.")] = "",
) -> None:
    """List changes that were held while a payment file was open, and what became of them."""
    bill_id = find(run.client, bill).bill_id if bill else ""
    asked = pb.ListHeldChangesRequest(state=state, bill_id=bill_id, page_size=_PAGE)
    found = [one for page in pages(_guard(run).ListHeldChanges, asked) for one in page.changes]
    shown = table("Held changes", "change", "kind", "state", "asked by", "at", "reason")
    for one in found:
        said = " ".join(filter(None, (one.reason, one.message)))
        shown.add_row(one.change_id, one.kind, one.state, one.asked_by, one.asked_at, said)
    run.out.answer(pb.ListHeldChangesResponse(changes=found), shown)


@command(levy, "force")
def force(run: Invocation, change: Change, reason: Why, key: Key = "") -> None:
    """Do a held change although a payment file is open; the file then does not pay the bill."""
    asked = pb.ForceHeldChangeRequest(
        idempotency_key=key_or_new(key), change_id=change, reason=reason
    )
    answer = _guard(run).ForceHeldChange(asked)
    run.out.answer(answer, facts(*_facts(answer)))


@command(levy, "withdraw")
def withdraw(run: Invocation, change: Change, reason: Why, key: Key = "") -> None:
    """Let a held change not happen."""
    asked = pb.WithdrawHeldChangeRequest(
        idempotency_key=key_or_new(key), change_id=change, reason=reason
    )
    answer = _guard(run).WithdrawHeldChange(asked)
    run.out.answer(answer, facts(*_facts(answer)))


@command(levy, "release")
def release(
    run: Invocation,
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="As `levy holding` lists it.")],
    reason: Why,
    key: Key = "",
) -> None:
    """Let go of a payment file whose end will not be told; what waits for it then runs."""
    asked = pb.ReleaseRunRequest(idempotency_key=key_or_new(key), run_id=run_id, reason=reason)
    answer = _guard(run).ReleaseRun(asked)
    run.out.answer(answer, facts(("released", answer.run_id)))


def _facts(change: pb.HeldChange) -> Sequence[tuple[str, object]]:
    """A held change as label and value."""
    return (
        ("change", change.change_id),
        ("state", change.state),
        ("reason", change.reason),
        ("payment files", ", ".join(change.run_ids)),
    )


def _state(one: pb.HoldingRun) -> str:
    if one.is_open:
        return "open"
    if one.released_by:
        return f"released by {one.released_by}: {one.release_reason}"
    return one.finished_state


def _guard(run: Invocation) -> GuardServiceStub:
    return GuardServiceStub(run.client.channel("levy"))
