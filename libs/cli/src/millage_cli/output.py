"""What a command shows: tables for people, one JSON document for programs, problems for both."""

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from millage_cli.plain import plain
from millage_cli.problems import Problem
from taxkit.money import format_cents

Reach = Callable[[int], None]
_WIDTH_IN_A_PIPE = 140


@dataclass(slots=True)
class Output:
    """Where answers go: standard output for them, standard error for all else."""

    as_json: bool = False
    out: Console = field(default_factory=lambda: _console(stderr=False))
    err: Console = field(default_factory=lambda: _console(stderr=True))

    def answer(self, value: Any, *shown: RenderableType) -> None:
        """Give the answer once: the value as JSON, or what is shown of it."""
        if self.as_json:
            document = plain(value) if isinstance(value, Message) else value
            sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
            return
        for part in shown:
            self.out.print(part)

    def say(self, text: str) -> None:
        """Tell a person something beside the answer."""
        if not self.as_json:
            self.err.print(text, markup=False, soft_wrap=True)

    def problem(self, problem: Problem) -> None:
        """Say what was asked, what stood in the way, and what to do next."""
        if self.as_json:
            sys.stderr.write(json.dumps(problem.as_json(), ensure_ascii=False) + "\n")
            return
        self.err.print(problem_text(problem), soft_wrap=True)

    def bug(self, error: Exception) -> None:
        """A fault of the command itself: where it happened for people, its name for programs."""
        said = f"the command itself failed: {type(error).__name__}: {error}"
        if not self.as_json:
            self.err.print("".join(traceback.format_exception(error)), markup=False, soft_wrap=True)
        self.problem(Problem("COMMAND_FAILED", said, "report it with all of these lines"))

    def problems(self, found: Mapping[str, Problem]) -> None:
        """Say which services gave no answer and why, a line each."""
        if self.as_json:
            told = {service: problem.as_json() for service, problem in found.items()}
            sys.stderr.write(json.dumps(told, ensure_ascii=False) + "\n")
            return
        for service, problem in found.items():
            line = Text.assemble((f"{service}: {problem.message}", "red"), f" ({problem.reason})")
            self.err.print(line, soft_wrap=True)
        for step in dict.fromkeys(one.next_step for one in found.values() if one.next_step):
            self.err.print(f"  next      {step}", markup=False, soft_wrap=True)

    @contextmanager
    def progress(self, description: str, total: int | None) -> Iterator[Reach]:
        """A bar on a terminal; gives the function that moves it to a count."""
        bar = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.err,
            disable=self.as_json or not self.err.is_terminal,
        )
        with bar:
            task = bar.add_task(description, total=total)

            def reach(done: int) -> None:
                bar.update(task, completed=done)

            yield reach
            if total is not None:
                bar.update(task, completed=total)


def problem_text(problem: Problem) -> Text:
    """A problem for people."""
    text = Text()
    asked = f"{problem.about.asked}: " if problem.about.asked else ""
    text.append(f"{asked}{problem.message}", "red")
    text.append(f"\n  reason    {problem.reason}")
    for one in problem.fields:
        text.append(f"\n  field     {one.field}: {one.description}")
    if problem.next_step:
        text.append(f"\n  next      {problem.next_step}")
    if problem.about.idempotency_key:
        text.append(f"\n  key       {problem.about.idempotency_key}")
    if problem.about.trace_id:
        text.append(f"\n  trace     {problem.about.trace_id}")
    return text


def table(title: str, *columns: str, right: Sequence[str] = ()) -> Table:
    """A borderless table; the named columns are numbers."""
    made = Table(title=title or None, title_justify="left", title_style="bold", box=None)
    for column in columns:
        side: Any = "right" if column in right else "left"
        # Identifiers are copied from the screen: they are never cut or broken.
        whole = column == "id"
        made.add_column(column, justify=side, header_style="dim", overflow="fold", no_wrap=whole)
    return made


def money(cents: int, *, signed: bool = False) -> str:
    """An amount for people; a minus is always shown, a plus on request."""
    return f"+{format_cents(cents)}" if signed and cents > 0 else format_cents(cents)


def facts(*pairs: tuple[str, object]) -> Table:
    """Names and values, one a line; empty values are left out."""
    made = Table(box=None, show_header=False, pad_edge=False)
    made.add_column(style="dim")
    made.add_column(overflow="fold")
    for name, value in pairs:
        if value not in ("", None):
            made.add_row(name, str(value))
    return made


class _Terminal(Console):
    """A console whose reader may leave: `millage … | head` has done what it was asked."""

    @override
    def on_broken_pipe(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        raise BrokenPipeError


def _console(*, stderr: bool) -> Console:
    console = _Terminal(stderr=stderr, highlight=False)
    if not console.is_terminal:
        # A pipe has no width; eighty columns would break identifiers.
        return _Terminal(stderr=stderr, highlight=False, width=_WIDTH_IN_A_PIPE)
    return console
