"""`millage session open`, `show` and `close`."""

from typing import Annotated

import typer

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage_cli import counter, typed
from millage_cli.invocation import Invocation, Key, command
from millage_cli.problems import usage
from millage_cli.views import session_view

app = typer.Typer(no_args_is_help=True, help="A till's drawer, from opening to count.")

SessionId = Annotated[
    str, typer.Argument(envvar="MILLAGE_SESSION", help="The session's id.", show_default=False)
]
Till = Annotated[str, typer.Option("--till", help="Instead of an id: the till's open session.")]


@command(app, "open")
def open_(
    run: Invocation,
    till: Annotated[str, typer.Option(help="The till's code.")],
    business_date: Annotated[str, typer.Option(help="The day the drawer's money belongs to.")],
    effective_on: Annotated[
        str, typer.Option(help="The payments' usual date; the business date when not given.")
    ] = "",
    key: Key = "",
) -> None:
    """Open a session on a till that has none open."""
    session = counter.open_session(
        run.client,
        till,
        typed.day(business_date, "--business-date"),
        typed.day(effective_on, "--effective-on"),
        key,
    )
    run.out.answer(session, session_view(session))
    run.out.say(f"use it: export MILLAGE_SESSION={session.session_id}")


@command(app)
def show(run: Invocation, session: SessionId = "", till: Till = "") -> None:
    """Show a session with what its drawer should hold."""
    found = _find(run, session, till)
    run.out.answer(found, session_view(found))


@command(app)
def close(
    run: Invocation,
    session: SessionId = "",
    till: Till = "",
    count: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=AMOUNT", help="What was counted, for each kind of tender."),
    ] = None,
    *,
    as_expected: Annotated[
        bool, typer.Option("--as-expected", help="The count agrees with what is expected.")
    ] = False,
    key: Key = "",
) -> None:
    """Close a session with its count; what is over or short is kept."""
    if bool(count) == as_expected:
        raise usage(
            "COUNT_MISSING", "say what was counted with --count KIND=AMOUNT, or --as-expected"
        )
    found = _find(run, session, till)
    counted = counter.as_expected(found) if as_expected else typed.counts(count or ())
    closed = counter.close_session(run.client, found.session_id, counted, key)
    run.out.answer(closed, session_view(closed))


def _find(run: Invocation, session: str, till: str) -> pb.Session:
    if till:
        return counter.session_of_till(run.client, till)
    if not session:
        raise usage("SESSION_MISSING", "name the session, or its till with --till")
    return counter.show_session(run.client, session)
