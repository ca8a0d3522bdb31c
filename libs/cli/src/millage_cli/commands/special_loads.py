"""`millage special load`: a file of special assessments, sent as batches."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import RenderableType

from millage.levy.v1 import special_loads_pb2 as pb
from millage.levy.v1.special_loads_pb2_grpc import SpecialLoadServiceStub
from millage.levy.v1.specials_pb2 import SpecialTract
from millage_cli import batch_files, typed
from millage_cli.batch_files import Line
from millage_cli.client import retried
from millage_cli.commands.special_payoffs import special
from millage_cli.commands.specials import METHODS
from millage_cli.invocation import Invocation, command
from millage_cli.output import facts, money, table
from millage_cli.problems import ExitCode, Problem, usage

__all__ = ["special"]

_NEEDED: Final = (
    "assessment_number", "parcel_number", "agency_code", "agency_name", "project", "principal",
    "years", "rate_percent", "first_year", "interest_from",
)  # fmt: skip
_COLUMNS: Final = ("level", "days_in_year", "tracts")
_AT_ONCE: Final = 20_000
_Refused = pb.RefusedSpecialLine


@command(special, "load")
def load(
    run: Invocation,
    file: Annotated[
        Path,
        typer.Argument(help=f"CSV: {', '.join(_NEEDED)}, and of {', '.join(_COLUMNS)} what is."),
    ],
) -> None:
    """Open a file's assessments, line by line; wrong lines are listed, and hold up no other.

    Load the file again once they are put right: what is on file already is passed over.
    """
    found = pb.LoadSpecialsResponse()
    with run.out.progress("lines sent", None) as reach:
        sent = 0
        for lines in _batches(batch_files.lines(file, _NEEDED, _COLUMNS)):
            refused: list[_Refused] = []
            rows = list(_rows(lines, refused))
            if rows:
                _add(found, _send(run, file.name, rows))
            found.refused.extend(refused)
            found.refused_count += len(refused)
            sent += len(lines)
            reach(sent)
    run.out.answer(found, *_shown(found))
    if found.refused_count:
        raise typer.Exit(int(ExitCode.DIFFERENCE))


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, _AT_ONCE)):
        yield batch


def _rows(lines: Sequence[Line], refused: list[_Refused]) -> Iterator[pb.SpecialLine]:
    """The lines that can be read; levy judges them, the others are refused here."""
    for line in lines:
        try:
            yield _row(line)
        except Problem as problem:
            refused.append(
                _Refused(
                    line_number=line.number, assessment_number=line.text("assessment_number"),
                    reason=problem.reason, message=problem.message,
                )
            )  # fmt: skip


def _row(line: Line) -> pb.SpecialLine:
    level = line.text("level") or "principal"
    if level not in METHODS:
        raise usage("METHOD_UNKNOWN", f"level {level}: principal or payment")
    names = ("assessment_number", "parcel_number", "agency_code", "agency_name", "project")
    return pb.SpecialLine(
        line_number=line.number,
        **{name: line.text(name) for name in names},
        principal_cents=typed.cents(line.text("principal"), "principal"),
        years=_number(line, "years"),
        rate_percent=line.text("rate_percent"),
        method=METHODS[level],
        first_year=_number(line, "first_year"),
        interest_from=line.text("interest_from"),
        days_in_year=_number(line, "days_in_year"),
        tracts=_tracts(line.text("tracts")),
    )


def _number(line: Line, name: str) -> int:
    found = line.whole(name) or 0
    if abs(found) > 2**31 - 1:
        raise usage("ROW_INVALID", f"{name} is out of range")
    return found


def _tracts(text: str) -> list[SpecialTract]:
    """A ditch's, as `A=1,500.00; B=1,500.00` writes them."""
    found = []
    for each in filter(None, map(str.strip, text.split(";"))):
        name, given, dollars = each.partition("=")
        if not given:
            raise usage("PAIR_INVALID", f"tracts {each}: NAME=DOLLARS, parted by ;")
        cents = typed.cents(dollars.strip(), "tracts")
        found.append(SpecialTract(tract=name.strip(), principal_cents=cents))
    return found


def _send(run: Invocation, source: str, rows: Sequence[pb.SpecialLine]) -> pb.LoadSpecialsResponse:
    """A batch under its content's key: cut off, it is sent again and done once."""
    made = hashlib.sha256(source.encode())
    for row in rows:
        made.update(row.SerializeToString(deterministic=True))
    header = pb.SpecialsHeader(idempotency_key=f"specials-{made.hexdigest()}", source=source)

    def stream() -> Iterator[pb.LoadSpecialsRequest]:
        yield pb.LoadSpecialsRequest(header=header)
        for row in rows:
            yield pb.LoadSpecialsRequest(row=row)
        yield pb.LoadSpecialsRequest(end=pb.SpecialsEnd(row_count=len(rows)))

    service = SpecialLoadServiceStub(run.client.channel("levy"))
    ask: Callable[[], pb.LoadSpecialsResponse] = lambda: service.LoadSpecials(stream())  # noqa: E731
    return retried(ask)


def _add(found: pb.LoadSpecialsResponse, more: pb.LoadSpecialsResponse) -> None:
    found.opened_count += more.opened_count
    found.opened_principal_cents += more.opened_principal_cents
    found.known_count += more.known_count
    found.refused_count += more.refused_count
    found.refused.extend(more.refused)


def _shown(found: pb.LoadSpecialsResponse) -> list[RenderableType]:
    head = facts(
        ("opened", f"{found.opened_count} of {money(found.opened_principal_cents)}"),
        ("on file already", found.known_count),
        ("refused", found.refused_count),
    )
    if not found.refused:
        return [head]
    lines = table("Refused", "line", "assessment", "reason", "message", right=("line",))
    for one in sorted(found.refused, key=lambda each: each.line_number):
        lines.add_row(str(one.line_number), one.assessment_number, one.reason, one.message)
    return [head, lines]
