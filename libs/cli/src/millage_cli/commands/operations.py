"""`millage parked …`, `lag` and `token`."""

import os
from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from millage_cli import parked as parking
from millage_cli.addresses import SERVICES, find_addresses
from millage_cli.invocation import Invocation, Key, command, user_name
from millage_cli.parked import STATES, Parked
from millage_cli.plain import plain
from millage_cli.problems import Problem, usage
from millage_cli.tokens import RIGHTS_OF_ROLES, make_token, rights_of
from millage_cli.views import lag_view, parked_message_view, parked_view

parked = typer.Typer(no_args_is_help=True, help="Messages that no retry could mend.")

Service = Annotated[str, typer.Option("--service", help="Only this service; all when not given.")]
ParkedIds = Annotated[list[str], typer.Argument(help="Ids as `parked list` shows them.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the message.")]


def register(app: typer.Typer) -> None:
    for function in (lag, token):
        command(app)(function)


@command(parked, "list")
def list_(
    run: Invocation,
    service: Service = "",
    state: Annotated[str, typer.Option(help=f"One of {', '.join(STATES)}.")] = "parked",
) -> None:
    """List parked messages of all services."""
    if state not in STATES:
        raise usage("STATE_UNKNOWN", f"--state {state}: there are {', '.join(STATES)}")
    answers = parking.list_parked(run.client, _services(service), state)
    found = [one for some in answers.given.values() for one in some]
    # Who got no answer does not know that nothing is there.
    shown = [parked_view(found)] if answers.given else []
    run.out.answer([one.as_json() for one in found], *shown)
    _report(run, answers.problems)


@command(parked)
def show(
    run: Invocation,
    parked_id: Annotated[str, typer.Argument(help="The message's id.")],
    service: Service = "",
) -> None:
    """Show a parked message with its reason and the body as it came."""
    found = parking.find(run.client, parked_id, _services(service))
    run.out.answer(found.as_json(), parked_message_view(found))


@command(parked)
def replay(
    run: Invocation,
    parked_ids: ParkedIds,
    reason: Reason = "",
    service: Service = "",
    key: Key = "",
) -> None:
    """Put parked messages back on their queues."""
    _settle(run, parked_ids, service, key, lambda *each: parking.replay(run.client, *each), reason)


@command(parked)
def discard(
    run: Invocation, parked_ids: ParkedIds, reason: Reason, service: Service = "", key: Key = ""
) -> None:
    """Give parked messages up."""
    _settle(run, parked_ids, service, key, lambda *each: parking.discard(run.client, *each), reason)


def lag(run: Invocation, service: Service = "") -> None:
    """Show what waits in each service: unpublished events, gaps, parked messages, queues."""
    answers = parking.lag(run.client, _services(service))
    told = [plain(one) for one in answers.given.values()]
    shown = [lag_view(answers.given.values())] if answers.given else []
    run.out.answer(told, *shown)
    _report(run, answers.problems)


def token(
    run: Invocation,
    role: Annotated[
        list[str] | None, typer.Option(help=f"One or more of {', '.join(RIGHTS_OF_ROLES)}.")
    ] = None,
    right: Annotated[list[str] | None, typer.Option(help="A right by name, in addition.")] = None,
    user: Annotated[str, typer.Option(help="Whose; yours when not given.")] = "",
    till: Annotated[str, typer.Option(help="The till it is for.")] = "",
    hours: Annotated[int, typer.Option(min=1, help="How long it is good.")] = 12,
) -> None:
    """Sign a development token with a local stack's key."""
    key_file = find_addresses(run.stack, run.given_addresses, os.environ).private_key_file
    roles, user = role or ["cashier"], user or user_name()
    made = make_token(key_file, user, roles, rights=right or (), till=till, hours=hours)
    if not run.out.as_json:
        print(made)
        return
    rights = list(rights_of(roles, right or ()))
    told = {"token": made, "user": user, "roles": roles, "rights": rights, "till": till}
    run.out.answer(told)


def _settle(
    run: Invocation,
    parked_ids: list[str],
    service: str,
    key: str,
    settle: Callable[[Parked, str, str], Parked],
    reason: str,
) -> None:
    done: list[Parked] = []
    for place, parked_id in enumerate(parked_ids):
        found = parking.find(run.client, parked_id, _services(service))
        done.append(settle(found, reason, f"{key}-{place}" if key else ""))
    run.out.answer([one.as_json() for one in done], parked_view(done))


def _services(service: str) -> tuple[str, ...]:
    if service and service not in SERVICES:
        raise usage("SERVICE_UNKNOWN", f"--service {service}: there are {', '.join(SERVICES)}")
    return (service,) if service else SERVICES


def _report(run: Invocation, problems: Mapping[str, Problem]) -> None:
    """Say who gave no answer; the command then has not done all of what was asked."""
    if problems:
        run.out.problems(problems)
        raise typer.Exit(int(max(problem.exit_code for problem in problems.values())))
