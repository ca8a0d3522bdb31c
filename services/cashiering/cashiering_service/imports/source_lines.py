"""Lines of files that pay miscellaneous sources: judged and posted at the sources' own prices."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.domain.file_entry import price_line
from cashiering_service.domain.sources import Priced
from cashiering_service.sources import store as sources_store
from taxkit.errors import Refusal
from taxkit.rows import Columns

_AT_ONCE = 1000
_UNPLACED = "SOURCE_NOT_IN_FORCE"
_JUDGED = Columns({"line_number": "bigint", "outcome": "text", "reason": "text", "message": "text"})
Answer = Priced | Refusal


def prices(connection: Connection, lines: Sequence[Any], day: date) -> Iterator[tuple[Any, Answer]]:
    """Price lines by the sources in force on their file's day, or say why not."""
    codes = sorted({line.source_code for line in lines})
    sources = sources_store.in_force(connection, day, codes) if codes else {}
    for line in lines:
        try:
            yield line, price_line(
                sources.get(line.source_code), line.source_code, line.amount_cents,
                line.parcel_number, line.fields,
            )  # fmt: skip
        except Refusal as refusal:
            yield line, refusal


def judge(connection: Connection, run_id: UUID, day: date, *, suspense: bool) -> None:
    """Take lines out that no source would take; money for no source may wait in suspense."""
    after = 0
    while lines := connection.exec_driver_sql(
        "select line_number, source_code, amount_cents, parcel_number, fields from import_lines"
        " where run_id = %s and kind = 'misc' and outcome = 'post' and line_number > %s"
        " order by line_number limit %s",
        (run_id, after, _AT_ONCE),
    ).all():
        after = lines[-1].line_number
        refused = [
            (line.line_number, _outcome(found, suspense=suspense), found.reason, found.message)
            for line, found in prices(connection, lines, day)
            if isinstance(found, Refusal)
        ]
        park(connection, run_id, refused)


def _outcome(refusal: Refusal, *, suspense: bool) -> str:
    return "suspense" if suspense and refusal.reason == _UNPLACED else "rejected"


def park(connection: Connection, run_id: UUID, rows: Sequence[tuple[int, str, str, str]]) -> None:
    """Give lines another outcome: (line number, outcome, reason, message)."""
    if rows:
        connection.exec_driver_sql(
            "update import_lines l set outcome = v.outcome, reason = v.reason,"
            f" message = v.message, bill_id = null from {_JUDGED.source}"
            " where l.run_id = %(run)s and l.line_number = v.line_number",
            {**_JUDGED.params(rows), "run": run_id},
        )
