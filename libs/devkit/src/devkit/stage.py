"""What every demo does on a running stack: announce, follow a receipt, and tie a day out."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from millage_cli.client import Client
from millage_cli.tieout import TieOut, breaks, tie_out_within
from millage_cli.trail import Trail, follow_until_done, outstanding
from millage_cli.trail_view import trail_tree
from millage_cli.views import tieout_view

FEW = 2
_POLL_SECONDS = 0.1
_PATIENCE_SECONDS = 30


class DemoProblem(RuntimeError):
    """Something the demo promises did not come true."""


@dataclass(slots=True)
class Stage:
    """Where scenes are played: a clerk at the counter, and an office that looks on."""

    console: Console
    clerk: Client
    office: Client
    trails: list[Trail] = field(default_factory=list)

    def tie_out(self, days: Iterable[str]) -> None:
        self.title("Received = allocated + surplus + suspense = shared + undistributed")
        broken = []
        for day in days:
            result = self.tied_out(day)
            found = () if result.holds else list(breaks(self.office, day))
            self.console.print(tieout_view(result, found))
            if not result.holds:
                broken.append(day)
        if broken:
            raise DemoProblem(f"the tie-out of {' and '.join(broken)} does not hold")

    def tied_out(self, day: str) -> TieOut:
        """A day's tie-out once distribution has heard of its deposit."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            result = tie_out_within(self.office, day, _PATIENCE_SECONDS)
            if result.releasable_cents or time.monotonic() > deadline:
                return result
            time.sleep(_POLL_SECONDS)

    def followed(self, receipt_id: str) -> Trail:
        """The receipt's trail once every service is done; late ones end the demo."""
        trail = follow_until_done(self.office, receipt_id, _PATIENCE_SECONDS)
        if late := outstanding(trail):
            self.show(trail, FEW)
            raise DemoProblem(
                f"receipt {trail.receipt.receipt_number}: {', '.join(late)} not done"
                f" after {_PATIENCE_SECONDS} s"
            )
        if not trail.is_reversed:
            self.trails.append(trail)
        return trail

    def show(self, trail: Trail, shares_shown: int) -> None:
        self.console.print()
        self.console.print(trail_tree(trail, shares_shown=shares_shown))

    def title(self, text: str) -> None:
        self.console.print()
        self.console.print(Rule(Text(text, "bold"), align="left", style="dim"))

    def say(self, text: str) -> None:
        self.console.print(text, markup=False)
