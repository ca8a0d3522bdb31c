"""`python -m devkit`: start, watch and stop a stack."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from devkit.logs import LogFollower, prefixed
from devkit.paths import REPOSITORY, read_json
from devkit.place import PlaceProblem
from devkit.processes import ProcessMark, end, until
from devkit.roster import ALL_ROLES, ROLES, SERVICES, Role
from devkit.servers import ServerProblem
from devkit.stack import Stack
from devkit.steps import Steps
from devkit.supervisor import State, SupervisionProblem, answers_ready

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
StackName = Annotated[str, typer.Option("--stack", help="Stacks live side by side, by name.")]
_READY_SECONDS = 300


@app.command()
def up(
    stack: StackName = "dev",
    *,
    fresh: Annotated[bool, typer.Option(help="Forget all earlier data first.")] = False,
    foreground: Annotated[bool, typer.Option(help="Stay, and show the logs.")] = False,
) -> None:
    """Start servers and every role of every service; return when all are ready."""
    steps = Steps()
    chosen = Stack(stack, fresh=fresh, steps=steps, keep_servers=not foreground)
    if (mark := chosen.supervised_by()) is not None:
        steps.say(f"stack {stack} is already running under process {mark.pid}")
        return
    if foreground:
        _stay(chosen, steps)
        return
    with steps:
        chosen.prepare()
        supervisor = _launch_supervisor(chosen)
        with steps.step("processes ready", len(ALL_ROLES) + 1) as step:
            _wait_ready(chosen, supervisor, step.reach)
    steps.say(f"addresses: {chosen.paths.addresses}\nlogs:      {chosen.paths.logs}")


@app.command()
def down(
    stack: StackName = "dev",
    *,
    destroy: Annotated[bool, typer.Option(help="Delete all data of the stack, too.")] = False,
) -> None:
    """Stop every process, then the servers; the data stay."""
    chosen = Stack(stack)
    there, running = chosen.paths.root.exists(), chosen.supervised_by()
    end(running, patience=40)
    chosen.end_leftovers()
    chosen.paths.supervisor.unlink(missing_ok=True)
    if destroy:
        chosen.destroy()
        shutil.rmtree(chosen.paths.root, ignore_errors=True)
    elif there:
        chosen.servers.stop()
    sys.stdout.write(_ended(chosen, there=there, ran=running is not None, destroyed=destroy) + "\n")


def _ended(stack: Stack, *, there: bool, ran: bool, destroyed: bool) -> str:
    """Somebody who misspelt a name must not believe that it is stopped."""
    name, root = stack.paths.name, stack.paths.root
    if not there:
        others = ", ".join(sorted(path.parent.name for path in root.parent.glob("*/stack.json")))
        return f"there is no stack {name} here; there are: {others or 'none'}"
    if destroyed:
        return f"stack {name} is stopped and its data are deleted"
    how = "is stopped" if ran else "was not running; its servers are stopped"
    return f"stack {name} {how}. Its data stay in {root}; go on with: make up STACK={name}"


@app.command()
def status(stack: StackName = "dev") -> None:
    """Show every process, asking each whether it is ready now."""
    chosen, console = Stack(stack), Console(highlight=False)
    described = read_json(chosen.paths.processes)
    if not described or chosen.supervised_by() is None:
        console.print(f"stack {stack} is not running; start it with: make up STACK={stack}")
        raise typer.Exit(1)
    table = Table(title=f"stack {stack}", box=None)
    for title in ("process", "pid", "address", "state", "restarts", "ready after"):
        table.add_column(title)
    addresses = chosen.environment.addresses
    for name in sorted(described):
        entry, address = described[name], addresses.smtp
        state = entry["state"]
        if name in addresses.ports:
            address = f"127.0.0.1:{addresses.ports[name]}"
            if state == State.READY and not answers_ready(address)():
                state = "not ready"
        colour = "green" if state == State.READY else "red"
        seconds = f"{entry['ready_seconds']} s" if entry["ready_seconds"] else ""
        row = (name, str(entry.get("pid", "")), address, f"[{colour}]{state}[/]")
        table.add_row(*row, str(entry["restarts"]), seconds)
    console.print(table)
    for server in (chosen.servers.postgres, chosen.servers.rabbitmq):
        console.print(f"{type(server).__name__}: {'running' if server.is_running() else 'ended'}")


@app.command()
def env(
    service: str,
    role: Annotated[str, typer.Argument(help="Leave out for tasks such as migrate.")] = "",
    stack: StackName = "dev",
) -> None:
    """Print a service's variables as shell lines: eval "$(python -m devkit env levy api)"."""
    if service not in SERVICES or (role and role not in ROLES):
        raise typer.BadParameter(f"services: {', '.join(SERVICES)}; roles: {', '.join(ROLES)}")
    environment = Stack(stack).environment
    variables = (
        environment.of_role(Role(service, role)) if role else environment.of_service(service)
    )
    for name, value in sorted(variables.items()):
        if name.startswith("MILLAGE_"):
            print(f"export {name}={shlex.quote(value)}")


@app.command()
def servers(stack: StackName = "dev") -> None:
    """Start only PostgreSQL and RabbitMQ, and print administrators' addresses as shell lines."""
    steps = Steps()
    chosen = Stack(stack, steps=steps)
    started = chosen.servers.start()
    steps.say(f"PostgreSQL: {started.postgres.kind} ({started.postgres.why})")
    steps.say(f"RabbitMQ:   {started.rabbitmq.kind} ({started.rabbitmq.why})")
    for name, value in started.environment().items():
        print(f"export {name}={shlex.quote(value)}")


@app.command()
def logs(
    stack: StackName = "dev",
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C.")] = False,
) -> None:
    """Show the logs of all processes, each line with its process's name."""
    follower = LogFollower(
        Stack(stack).paths.logs, prefixed(Console(highlight=False)), from_end=follow
    )
    if follow:
        follower.run()
    else:
        follower.show_new()


@app.command(hidden=True)
def supervise(stack: StackName = "dev") -> None:
    """Look after the processes of a prepared stack until SIGTERM."""
    chosen, ended = Stack(stack, keep_servers=True), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    chosen.launch()
    while not ended.wait(0.5):
        pass
    chosen.stop()


def _stay(chosen: Stack, steps: Steps) -> None:
    follower = LogFollower(chosen.paths.logs, prefixed(steps.console), from_end=True)
    follower.start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        chosen.start()
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        steps.say("stopping")
    finally:
        chosen.stop()
        follower.stop()


def _launch_supervisor(chosen: Stack) -> ProcessMark:
    chosen.paths.processes.unlink(missing_ok=True)
    log = chosen.paths.root / "supervisor.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "devkit", "supervise", "--stack", chosen.paths.name],
            cwd=REPOSITORY,
            env=dict(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return ProcessMark.of(process.pid)


def _wait_ready(chosen: Stack, supervisor: ProcessMark, reach: Callable[[int], None]) -> None:
    total = len(ALL_ROLES) + 1

    def all_ready() -> bool:
        if not supervisor.is_alive():
            raise SupervisionProblem(f"supervisor ended; see {chosen.paths.root}/supervisor.log")
        described = read_json(chosen.paths.processes)
        ready = sum(entry["state"] == State.READY for entry in described.values())
        reach(ready)
        return bool(ready == total)

    if not until(all_ready, _READY_SECONDS, every=0.15):
        described = read_json(chosen.paths.processes)
        late = [name for name in described if described[name]["state"] != State.READY]
        raise SupervisionProblem(
            f"not ready after {_READY_SECONDS} s: {', '.join(late)}; they go on trying, and "
            f"{chosen.paths.logs} says why"
        )


def main() -> None:
    """Run the command; known trouble is one message, not a stack trace."""
    try:
        app()
    except (PlaceProblem, ServerProblem, SupervisionProblem) as problem:
        Console(stderr=True, highlight=False).print(str(problem), style="red", markup=False)
        sys.exit(1)
