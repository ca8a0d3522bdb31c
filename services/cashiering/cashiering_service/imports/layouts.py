"""Layouts of files as the county sets them up, each in force from a day on (CASH-068)."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.domain.payment_source import misfit
from cashiering_service.domain.remittance import GRAMMARS, STANDARD, LayoutDocument
from cashiering_service.imports import layout_store as store
from millage.cashiering.v1 import imports_pb2 as pb
from taxkit import ids
from taxkit.errors import FieldViolation, Refusal, RefusalKind, conflict, invalid
from taxkit.packvalues import NodeReader, PackError
from taxkit.telemetry import trace_id_of

DOCUMENT_MAX = 65_536
# Reading time grows with the square of it.
_DEPTH_MAX = 20
_WHERE = Path("layout")


def read_document(text: str) -> LayoutDocument:
    """Read a layout; one that is wrong is refused with field, what was found and what is wanted."""
    try:
        return _read(text)
    except PackError as error:
        raise _unfit(error.field, error.found, error.expected, error.line) from error


def _unfit(field: str, found: str, expected: str, line: int) -> Refusal:
    said = f"line {line}: {field}: found {found}; expected {expected}"
    return Refusal(
        "LAYOUT_INVALID",
        said,
        kind=RefusalKind.INVALID,
        fields=(FieldViolation(field, said),),
        metadata={"field": field, "found": found, "expected": expected, "line": str(line)},
    )


def _read(text: str) -> LayoutDocument:
    if len(text) > DOCUMENT_MAX:
        raise _unfit("document", f"{len(text)} characters", f"at most {DOCUMENT_MAX}", 1)
    reader = NodeReader(_WHERE)
    try:
        _check_events(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        found = " ".join(str(getattr(error, "problem", None) or error).split())[:200]
        line = mark.line + 1 if mark else 1
        raise _unfit("document", found, "well-formed YAML or JSON", line) from error
    if root is None:
        raise _unfit("document", "nothing", "a layout", 1)
    layout: LayoutDocument = reader.record(root, LayoutDocument, "layout")
    return layout


def _check_events(text: str) -> None:
    """Before anything is built: an alias may stand for more than any memory holds."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise _unfit("document", f"*{event.anchor}", "every value written out", line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEPTH_MAX:
            raise _unfit("document", "values too deep inside each other", "a layout", line)


def add(
    app: CashieringApp, connection: Connection, asked: Asked, document: str, effective_on: date
) -> pb.ImportLayout:
    """Add a layout, or its next version; what is in force already is never changed."""
    layout = read_document(document)
    if layout.name in GRAMMARS:
        raise conflict("LAYOUT_RESERVED", f"{layout.name} is a format of the banks, not a document")
    sources = app.law.payment_sources(effective_on)
    if layout.source not in sources:
        raise _unfit("layout.source", layout.source, f"one of {', '.join(sorted(sources))}", 1)
    if (wrong := misfit(layout, sources[layout.source])) is not None:
        raise _unfit(f"layout.{wrong.field}", wrong.found, wrong.expected, 1)
    stored = store.insert(
        connection,
        {
            "layout_id": ids.new_id(),
            "name": layout.name,
            "effective_on": effective_on,
            "document": document,
            "added_by": asked.user,
            "trace_id": trace_id_of(asked.traceparent),
            "recorded_at": app.clock.now(),
        },
    )
    if stored is None:
        raise conflict(
            "LAYOUT_EXISTS",
            f"layout {layout.name} has a version from {effective_on}: add one from another day",
        )
    return answer(stored)


def in_force(connection: Connection, name: str, day: date) -> tuple[str | LayoutDocument, str]:
    """The layout of a name on a day, and the source its payments come from."""
    if name in GRAMMARS:
        return name, GRAMMARS[name].source
    row = store.in_force(connection, name, day)
    layout = read_document(row.document) if row is not None else STANDARD.get(name)
    if layout is None:
        known = sorted({*GRAMMARS, *STANDARD, *store.names(connection, day)})
        raise invalid(
            "UNKNOWN_LAYOUT", f"{name!r} is not one of {', '.join(known)} on {day}", "layout"
        )
    return layout, layout.source


def listed(connection: Connection, name: str, day: date) -> pb.ListImportLayoutsResponse:
    """Every version of one layout, or those in force on a day with the built-in ones."""
    rows = store.versions(connection, name) if name else store.all_in_force(connection, day)
    there = {row.name for row in rows}
    built_in = [
        pb.ImportLayout(name=code, source=one.source, form="bank", kind="bill")
        for code, one in GRAMMARS.items()
        if name in ("", code)
    ]
    built_in += [
        pb.ImportLayout(name=one.name, source=one.source, form=one.form, kind=one.kind)
        for one in STANDARD.values()
        if name in ("", one.name) and (name or one.name not in there)
    ]
    return pb.ListImportLayoutsResponse(layouts=[*built_in, *map(answer, rows)])


def answer(row: Any) -> pb.ImportLayout:
    layout = read_document(row.document)
    return pb.ImportLayout(
        name=row.name,
        effective_on=row.effective_on.isoformat(),
        source=layout.source,
        form=layout.form,
        kind=layout.kind,
        document=row.document,
        added_by=row.added_by,
        recorded_at=row.recorded_at.isoformat(),
    )
