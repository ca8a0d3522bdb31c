"""Takes a file of assessments in: each line judged by itself, what is right opened by COPY."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.domain import amortization
from levy_service.domain.amortization import CannotAmortize, SpecialInstallment
from levy_service.domain.payoff import SpecialStatus
from levy_service.specials import asked, commands, loading_store, locking, steps, store
from levy_service.specials.commands import Opening
from levy_service.specials.steps import By
from levy_service.successors import store as successor_store
from millage.levy.v1 import special_loads_pb2 as pb
from taxkit import ids
from taxkit.errors import Refusal

REFUSED_MAX: Final = 1000


class Slip(NamedTuple):
    """Why a line is not opened."""

    line_number: int
    assessment_number: str
    reason: str
    message: str


class Line(NamedTuple):
    """A line that is right by itself, with what each year asks for by tract."""

    number: int
    opening: Opening
    installments: Mapping[str, Sequence[SpecialInstallment]]

    @property
    def assessment_number(self) -> str:
        return self.opening.names["assessment_number"]

    @property
    def parcel_number(self) -> str:
        return self.opening.names["parcel_number"]


@dataclass(frozen=True, slots=True)
class Loaded:
    opened: Sequence[Line]
    known_count: int
    slips: Sequence[Slip]


def load(app: LevyApp, connection: Connection, rows: Sequence[pb.SpecialLine], by: By) -> Loaded:
    """Open what is right and not on file yet; nothing of a line depends on another one's."""
    slips: list[Slip] = []
    lines = list(_read(rows, slips))
    locking.change(connection)
    loading_store.lock_numbers(connection)
    successor_store.one_at_a_time(connection)
    lines = list(_on_a_parcel(connection, lines, slips))
    on_file = loading_store.on_file(connection, [each.assessment_number for each in lines])
    fresh = []
    for line in lines:
        kept = on_file.get(line.assessment_number)
        if kept is None:
            fresh.append(line)
        elif not loading_store.is_same(kept, line.opening):
            slips.append(_slip(
                "ASSESSMENT_TAKEN", line,
                f"assessment {line.assessment_number} is on file with other terms: it is changed by"
                " command",
            ))  # fmt: skip
    _open(app, connection, fresh, by)
    known = len(lines) - len(fresh) - sum(each.reason == "ASSESSMENT_TAKEN" for each in slips)
    return Loaded(fresh, known, sorted(slips))


def _read(rows: Sequence[pb.SpecialLine], slips: list[Slip]) -> Iterator[Line]:
    """The lines that can be read and amortised, each number once."""
    seen: dict[str, int] = {}
    for place, row in enumerate(rows, start=1):
        number = row.line_number or place
        try:
            opening = asked.opening(row)
            parts = {
                tract: amortization.schedule(cents, opening.terms)
                for tract, cents in opening.tracts.items()
            }
        except (Refusal, CannotAmortize) as problem:
            name = row.assessment_number[:60]
            slips.append(Slip(number, name, problem.reason, problem.message))
            continue
        line = Line(number, opening, parts)
        first = seen.setdefault(line.assessment_number, number)
        if first != number:
            slips.append(_slip(
                "ASSESSMENT_TWICE", line,
                f"assessment {line.assessment_number} is on line {first} already",
            ))  # fmt: skip
            continue
        yield line


def _on_a_parcel(
    connection: Connection, lines: Sequence[Line], slips: list[Slip]
) -> Iterator[Line]:
    """Those whose parcel levy knows and that was not retired."""
    parcels = sorted({each.parcel_number for each in lines})
    known = loading_store.known_parcels(connection, parcels)
    retired = loading_store.retired_parcels(connection, parcels)
    for line in lines:
        parcel = line.parcel_number
        if parcel in retired:
            said = f"parcel {parcel} was retired: {retired[parcel]} is in its place"
            slips.append(_slip("PARCEL_RETIRED", line, said))
        elif parcel not in known:
            slips.append(_slip("PARCEL_UNKNOWN", line, f"parcel {parcel} is on no roll"))
        else:
            yield line


def _slip(reason: str, line: Line, message: str) -> Slip:
    return Slip(line.number, line.assessment_number, reason, message)


def _open(app: LevyApp, connection: Connection, lines: Sequence[Line], by: By) -> None:
    if not lines:
        return
    rows = [commands.opened_row(app, ids.new_id(), each.opening, by) for each in lines]
    opened: list[tuple[UUID, Line]] = [
        (row["assessment_id"], line) for row, line in zip(rows, lines, strict=True)
    ]
    loading_store.copy_assessments(connection, rows)
    loading_store.copy_tracts(connection, _tracts(opened))
    loading_store.copy_installments(connection, _installments(opened))
    changed: list[tuple[Any, str, SpecialStatus, int]] = [
        (commands.Opened(**row), "opened", SpecialStatus.NOT_POSTED, row["principal_cents"])
        for row in rows
    ]
    steps.keep(app, connection, changed, by)


def _tracts(opened: Iterable[tuple[UUID, Line]]) -> Iterator[tuple[object, ...]]:
    for assessment_id, line in opened:
        for tract, cents in line.opening.tracts.items():
            yield assessment_id, tract, cents


def _installments(opened: Iterable[tuple[UUID, Line]]) -> Iterator[tuple[object, ...]]:
    for assessment_id, line in opened:
        yield from store.installment_rows(assessment_id, 1, line.installments)
