"""`python -m devkit.demo`: real bills, real payments, followed through all seven services."""

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Annotated

import typer
from filelock import FileLock, Timeout
from rich.console import Console

from devkit import cli, county_example, demo_bills, demo_money
from devkit.county_demo import CountyDemo
from devkit.demo_money import Scene
from devkit.paths import stack_paths
from devkit.place import Place, PlaceProblem, place_of
from devkit.roster import SERVICES
from devkit.servers import ServerProblem
from devkit.stack import Stack
from devkit.stage import FEW, DemoProblem, Stage
from devkit.steps import Steps
from devkit.supervisor import SupervisionProblem
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage_cli import remittance
from millage_cli.addresses import Addresses
from millage_cli.client import Client, Credentials
from millage_cli.counter import open_session
from millage_cli.output import money
from millage_cli.problems import Problem
from millage_cli.tokens import make_token
from millage_cli.trail_view import summary, timeline
from millage_cli.views import run_view, session_view

NAME = "demo"
_ALL = 1000
_WIDTH_IN_A_PIPE = 120


_WELCOME = (
    "Millage: one payment at a counter, followed through seven services on real PostgreSQL and"
    " RabbitMQ."
)


@dataclass(slots=True)
class Demo(Stage):
    """The scenes of Cook County, in order, on a running stack."""

    runs: list[pb.ImportRun] = field(default_factory=list)

    def play(self) -> None:
        self.roll()
        self.remittance(demo_money.LOCKBOX)
        session = open_session(self.clerk, demo_money.WINDOW, demo_money.COUNTER_DAY)
        scenes = self.window(session)
        self.remittance(demo_money.LENDER)
        self.times()
        self.reversal(scenes[-1].receipt)
        self.closing(session)
        self.tie_out(demo_money.BUSINESS_DATES)

    def roll(self) -> None:
        self.title("A real roll: 24 bills of Cook County, tax years 2018 to 2021")
        loaded = demo_bills.load_roll(self.office)
        if loaded.differences:
            raise DemoProblem("the bills differ from print:\n" + "\n".join(loaded.differences))
        self.console.print(demo_bills.bills_view(loaded))
        self.say(
            f"✓ {len(loaded.bills)} bills and {loaded.line_count} lines agree with the printed"
            f" bills to the cent; issued in {loaded.load_seconds:.1f} s, known to all services"
            f" {loaded.fan_out_seconds:.1f} s later"
        )

    def window(self, session: pb.Session) -> list[Scene]:
        self.title(f"At the window on {session.business_date}")
        scenes = []
        for place, scene in enumerate(demo_money.pay_at_window(self.clerk, session)):
            self.say(f"\n▸ {scene.title}")
            first = place == 0
            trail = self.followed(scene.receipt.receipt_id)
            self.show(trail, _ALL if first else FEW)
            if first:
                self.say("its trace, step by step, from the cashier's call to the mail server:")
                self.console.print(timeline(trail))
            scenes.append(scene)
        return scenes

    def remittance(self, file: remittance.Remittance) -> None:
        self.title(f"{file.path.name} ({file.layout}), streamed on {file.business_date}")
        run = demo_money.send(self.clerk, file)
        self.console.print(run_view(run))
        if missing := demo_money.missing_outcomes([run]):
            raise DemoProblem("; ".join(sorted(missing)))
        for receipt_id in remittance.receipt_ids(run):
            self.show(self.followed(receipt_id), FEW)

    def times(self) -> None:
        self.title("After each commit, the services were done in")
        self.console.print(summary(self.trails))

    def reversal(self, receipt: pb.Receipt) -> None:
        self.title("The check is returned: one receipt is reversed, nothing is deleted")
        demo_money.take_back(self.clerk, receipt)
        self.show(self.followed(receipt.receipt_id), FEW)

    def closing(self, session: pb.Session) -> None:
        self.title("The drawer is counted, the session closed")
        self.console.print(session_view(demo_money.close(self.clerk, session)))
        for day in demo_money.BUSINESS_DATES:
            made = demo_money.deposit(self.clerk, day)
            self.say(f"{day}: {money(made.total_cents)} go to the bank as {made.deposit_number}")


@contextmanager
def running(*, keep: bool) -> Iterator[Stack]:
    """The stack of the demo with nothing in it yet; stopped at the end unless it is to stay."""
    stack_paths(NAME).make()
    with FileLock(stack_paths(NAME).root / "demo.lock", timeout=0), ExitStack() as clean_up:
        if Stack(NAME).supervised_by() is not None:
            # An earlier demo was told to stay.
            cli.down(NAME)
        if keep:
            cli.up(NAME, fresh=True)
            yield Stack(NAME)
            return
        yield clean_up.enter_context(Stack(NAME, fresh=True, steps=Steps()))


def client_of(stack: Stack, user: str, roles: Sequence[str]) -> Client:
    """A client with a person's token, signed with the stack's own key."""
    key_file = stack.paths.token_private_key
    addresses = Addresses({service: stack.grpc(service) for service in SERVICES}, key_file)
    token = make_token(key_file, user, roles)
    return Client(addresses, Credentials(lambda: token))


def demo(
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack running.")] = False,
) -> None:
    """Load a real roll, take money three ways, follow every receipt, reverse one, tie out."""
    began = time.monotonic()
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH_IN_A_PIPE)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)
    place = place_of(stack_paths(NAME), fresh=True)
    _check_there_is_one(place)
    console.print(_WELCOME)
    with running(keep=keep) as stack:
        started = time.monotonic()
        with (
            client_of(stack, "casey", ["supervisor"]) as clerk,
            client_of(stack, "olive", ["operator", "auditor"]) as office,
        ):
            _scenes_of(place, console, clerk, office).play()
        played = time.monotonic()
        if keep:
            console.print(f"\nStill running. Try: millage --help, and --stack {NAME}.")
            console.print(f"Stop it with: make down STACK={NAME}")
    console.print(
        f"\nStarted in {started - began:.0f} s, played in {played - started:.0f} s,"
        f" stopped in {time.monotonic() - played:.0f} s."
    )


def _check_there_is_one(place: Place) -> None:
    if not place.is_usual and place.jurisdiction not in county_example.known():
        raise DemoProblem(
            f"there is no example of {place.jurisdiction} in {county_example.EXAMPLES}; there are"
            f" {', '.join(county_example.known())}. Without one: make up JURISDICTION=..."
        )


def _scenes_of(place: Place, console: Console, clerk: Client, office: Client) -> Demo | CountyDemo:
    if place.is_usual:
        return Demo(console, clerk, office)
    return CountyDemo(console, clerk, office, example=county_example.read(place.jurisdiction))


def _interrupted(number: int, frame: FrameType | None) -> None:
    """Say that it was heard: processes and servers take some seconds to end in order."""
    sys.stderr.write("\nstopping …\n")
    signal.default_int_handler(number, frame)


def main() -> None:
    """Run the demo; known trouble is one message, not a stack trace."""
    problems = Console(stderr=True, highlight=False)
    try:
        typer.run(demo)
    except Timeout:
        problems.print("another demo is running at this moment", style="red")
    except Problem as problem:
        problems.print(f"{problem.about.asked}: {problem}", style="red", markup=False)
    except (DemoProblem, PlaceProblem, ServerProblem, SupervisionProblem) as problem:
        problems.print(str(problem), style="red", markup=False)
    else:
        return
    problems.print(f"logs: {stack_paths(NAME).logs}", markup=False)
    sys.exit(1)


if __name__ == "__main__":
    main()
