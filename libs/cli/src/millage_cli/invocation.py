"""What all commands have in common: the same options, one client, one way to fail."""

import functools
import getpass
import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from millage_cli.addresses import find_addresses
from millage_cli.client import CALL_SECONDS, Client, Credentials, new_key, one_trace
from millage_cli.output import Output
from millage_cli.problems import ExitCode, Problem, usage
from millage_cli.tokens import make_token

_PANEL = "For every command"
_NUMBER_MAX = 2**31 - 1

Json = Annotated[
    bool, typer.Option("--json", help="Answer, and fail, in JSON.", rich_help_panel=_PANEL)
]
StackName = Annotated[
    str,
    typer.Option(
        "--stack",
        envvar="MILLAGE_STACK",
        help="The local stack to talk to.",
        rich_help_panel=_PANEL,
    ),
]
Addr = Annotated[
    list[str] | None,
    typer.Option(
        "--addr",
        metavar="SERVICE=HOST:PORT",
        help="Where a service is; also MILLAGE_<SERVICE>_ADDR.",
        rich_help_panel=_PANEL,
    ),
]
Token = Annotated[
    str,
    typer.Option(
        "--token",
        envvar="MILLAGE_TOKEN",
        help="Who asks. For a local stack one is made when none is given.",
        show_envvar=True,
        rich_help_panel=_PANEL,
    ),
]
AsRole = Annotated[
    str,
    typer.Option("--as", help="The role of a token made here.", rich_help_panel=_PANEL),
]
Timeout = Annotated[
    float,
    typer.Option("--timeout", help="Seconds to wait for an answer.", rich_help_panel=_PANEL),
]
CaFile = Annotated[
    str,
    typer.Option(
        "--ca-file",
        envvar="MILLAGE_CA_FILE",
        help="Who signed the servers' certificates; turns TLS on.",
        rich_help_panel=_PANEL,
    ),
]
Key = Annotated[
    str,
    typer.Option(
        "--key", help="Idempotency key: the same key is never done twice. Made when not given."
    ),
]


def shared_options(
    *,
    json: Json = False,
    stack: StackName = "dev",
    addr: Addr = None,
    token: Token = "",
    as_role: AsRole = "admin",
    timeout: Timeout = CALL_SECONDS,
    ca_file: CaFile = "",
) -> "Invocation":
    """Read the options every command takes; their names and defaults are this signature."""
    return Invocation(Output(json), stack, tuple(addr or ()), token, as_role, timeout, ca_file)


@dataclass(slots=True)
class Invocation:
    """One run of one command."""

    out: Output
    stack: str = "dev"
    given_addresses: tuple[str, ...] = ()
    token: str = ""
    as_role: str = "admin"
    timeout: float = CALL_SECONDS
    ca_file: str = ""
    _client: Client | None = field(default=None)

    @property
    def client(self) -> Client:
        """The client, connected when a service is first asked."""
        if self._client is None:
            addresses = find_addresses(self.stack, self.given_addresses, os.environ)

            @functools.cache
            def token() -> str:
                return self.token or make_token(
                    addresses.private_key_file, user_name(), [self.as_role]
                )

            root = Path(self.ca_file).read_bytes() if self.ca_file else None
            self._client = Client(addresses, Credentials(token, root), self.timeout)
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()


def key_or_new(key: str) -> str:
    return key or new_key()


def user_name() -> str:
    """Who is at this terminal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def grouped(
    **readers: Callable[..., Any],
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command take options in groups: each group's function reads its own into one argument.

    What the command is shown as taking is its own options and, after them, every group's.
    """

    def wrap(function: Callable[..., None]) -> Callable[..., None]:
        keyword = inspect.Parameter.KEYWORD_ONLY
        own = list(inspect.signature(function, eval_str=True).parameters.values())
        groups = {
            name: list(inspect.signature(reader, eval_str=True).parameters.values())
            for name, reader in readers.items()
        }

        @functools.wraps(function)
        def run(invocation: Invocation, **given: Any) -> None:
            read = {
                name: readers[name](**{one.name: given.pop(one.name) for one in parameters})
                for name, parameters in groups.items()
            }
            function(invocation, **read, **given)

        plain = [one.replace(kind=keyword) for one in own[1:] if one.name not in readers]
        shown = [own[0], *plain, *(one for each in groups.values() for one in each)]
        run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
        return run

    return wrap


def command(
    app: typer.Typer, name: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function of an invocation as a command that takes the shared options, too."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        shared = list(inspect.signature(shared_options, eval_str=True).parameters.values())

        @functools.wraps(function)
        def run(**given: Any) -> None:
            invocation = shared_options(**{one.name: given.pop(one.name) for one in shared})
            try:
                _check_typed(given)
                with one_trace():
                    function(invocation, **given)
            except Problem as problem:
                invocation.out.problem(problem)
                raise typer.Exit(int(problem.exit_code)) from problem
            except BrokenPipeError:
                raise typer.Exit(int(ExitCode.DONE)) from None
            except (typer.Exit, typer.Abort, TyperException):
                raise
            except Exception as error:
                raise typer.Exit(_told(invocation.out, error)) from error
            finally:
                invocation.close()

        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [one.replace(kind=keyword) for one in (*own, *shared)]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        app.command(name)(run)
        return function

    return register


def _told(out: Output, error: Exception) -> int:
    """Say what nobody foresaw. A fault of ours must not end as 1 does, which is an answer."""
    if isinstance(error, OSError) and error.filename is not None:
        problem = usage("FILE_UNUSABLE", f"{error.filename}: {error.strerror}", "name another file")
        out.problem(problem)
        return int(problem.exit_code)
    out.bug(error)
    return int(ExitCode.BUG)


def _check_typed(given: Mapping[str, object]) -> None:
    """Refuse what no message can hold, before one is made of it."""
    for name, value in given.items():
        if isinstance(value, int) and abs(value) > _NUMBER_MAX:
            raise usage("NUMBER_TOO_LARGE", f"{name} is {value}: at most {_NUMBER_MAX:,}")
        for text in value if isinstance(value, list) else [value]:
            # What a terminal sent that is no UTF-8 comes as lone surrogates.
            if isinstance(text, str) and text != text.encode(errors="ignore").decode():
                raise usage("TEXT_NOT_UTF8", f"{name} holds bytes that are no text in UTF-8")
