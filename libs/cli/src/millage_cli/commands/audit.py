"""`millage audit verify`: whether what is append-only is as it was sealed."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from millage.ops.v1 import ops_pb2 as pb
from millage_cli.addresses import SERVICES
from millage_cli.everywhere import ask_all
from millage_cli.invocation import Invocation, command
from millage_cli.output import table
from millage_cli.plain import plain
from millage_cli.problems import ExitCode, usage

audit = typer.Typer(no_args_is_help=True, help="The chains over what is append-only.")


@audit.callback()
def _group() -> None:
    """Keeps `verify` a command of its own though there is no other."""


@command(audit)
def verify(
    run: Invocation,
    service: Annotated[str, typer.Option("--service", help="Only this one; else all.")] = "",
    heads: Annotated[
        Path | None, typer.Option("--heads", help="What an earlier --json said, kept elsewhere.")
    ] = None,
) -> None:
    """Check every chain from its first link; the exit code says whether all of them hold."""
    if service and service not in SERVICES:
        raise usage("SERVICE_UNKNOWN", f"--service {service}: there are {', '.join(SERVICES)}")
    kept = _kept(heads) if heads else {}

    def ask(name: str) -> Sequence[pb.AuditChain]:
        asked = pb.VerifyAuditRequest(heads=kept.get(name, ()))
        return list(run.client.ops(name).VerifyAudit(asked))

    answers = ask_all((service,) if service else SERVICES, ask)
    chains = [chain for some in answers.given.values() for chain in some]
    shown = table("", "service", "table", "rows", "not yet sealed", "", right=("rows",))
    for chain in chains:
        shown.add_row(
            chain.service,
            chain.head.table_name,
            str(chain.head.number),
            str(chain.unsealed or ""),
            _said(chain),
        )
    run.out.answer([plain(chain) for chain in chains], shown)
    if answers.problems:
        run.out.problems(answers.problems)
        raise typer.Exit(int(max(one.exit_code for one in answers.problems.values())))
    if any(chain.breaks for chain in chains):
        raise typer.Exit(int(ExitCode.DIFFERENCE))


def _said(chain: pb.AuditChain) -> Text:
    if not chain.breaks:
        return Text("holds", "green")
    first = chain.breaks[0]
    more = f", and {len(chain.breaks) - 1} more" if len(chain.breaks) > 1 else ""
    return Text(f"{first.kind} at {first.number} {first.row_key}{more}", "red")


def _kept(file: Path) -> dict[str, list[pb.AuditHead]]:
    """The ends of chains as an earlier run of this command told them, by service."""
    try:
        told = json.loads(file.read_text("utf-8"))
        heads: dict[str, list[pb.AuditHead]] = {}
        for one in told:
            head = one["head"]
            if int(head["number"]):
                kept = pb.AuditHead(
                    table_name=head["table_name"],
                    number=int(head["number"]),
                    chain_hash=head["chain_hash"],
                )
                heads.setdefault(one["service"], []).append(kept)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise usage("HEADS_INVALID", f"{file}: not what --json said: {error}") from error
    return heads
