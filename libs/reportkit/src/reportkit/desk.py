"""Runs a service's reports, seals each run, and gives it out again as it was."""

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast
from uuid import UUID

from sqlalchemy import Connection

from reportkit import asking, cursor
from reportkit.pdfform import write_pdf
from reportkit.plainforms import write_csv, write_json
from reportkit.shape import Cell, Report, Row, Sheet, plain
from reportkit.tally import Tally
from taxkit import ids
from taxkit.app import App
from taxkit.errors import Refusal, invalid, not_found

_IN_MEMORY_BYTES: Final = 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024
Writer = Callable[[Sheet, Iterator[Row], BinaryIO], None]
FORMATS: Final[Mapping[str, Writer]] = {
    "json": write_json,
    "csv": write_csv,
    "pdf": write_pdf,
}


@dataclass(frozen=True, slots=True)
class Run:
    """A sealed run, as it is kept."""

    row: Any
    report: Report


class ReportDesk:
    """A service's reports by name; `issuer` is who hands them over."""

    def __init__(self, app: App, reports: Sequence[Report], issuer: str) -> None:
        self._app = app
        self._issuer = issuer
        self.reports = {report.name: report for report in reports}

    def run(
        self, connection: Connection, name: str, given: Mapping[str, str], asked_by: str
    ) -> Run:
        """Run a report on what is committed by now: count, add up, hash, and keep that."""
        report = self.reports.get(name)
        if report is None:
            raise not_found("REPORT_UNKNOWN", f"no report {name}: there are {list(self.reports)}")
        parameters = asking.read(report, given)
        if report.check is not None:
            parameters = report.check(connection, parameters)
        seen = cursor.watermark(connection)
        tally = Tally(report)
        for _ in tally.through(report.rows(connection, parameters, seen)):
            pass
        kept = connection.exec_driver_sql(
            "insert into report_runs (run_id, report, layout_version, parameters, watermark,"
            " row_count, rows_sha256, totals, asked_by, recorded_at)"
            " values (%s, %s, %s, %s::jsonb, %s::pg_snapshot, %s, decode(%s, 'hex'), %s::jsonb,"
            " %s, %s) returning *",
            (
                ids.new_id(),
                report.name,
                report.layout_version,
                json.dumps({key: plain(value) for key, value in parameters.items()}),
                seen,
                tally.row_count,
                tally.rows_sha256,
                json.dumps(tally.totals),
                asked_by,
                self._app.clock.now(),
            ),
        ).one()
        return Run(kept, report)

    def find(self, run_id: UUID) -> Run:
        with self._app.database.begin() as connection:
            row = connection.exec_driver_sql(
                "select * from report_runs where run_id = %s", (run_id,)
            ).one_or_none()
        report = self.reports.get(row.report) if row else None
        if row is None or report is None:
            raise not_found("REPORT_RUN_NOT_FOUND", f"no report was run as {run_id} here")
        if row.layout_version != report.layout_version:
            raise Refusal(
                "REPORT_CHANGED",
                f"{run_id} was run by version {row.layout_version} of {report.name}, this release"
                f" has {report.layout_version}: run it again, or read it with the release it was",
            )
        return Run(row, report)

    def runs(self, report: str, before: UUID | None, limit: int) -> list[Run]:
        """Earlier runs, the newest first."""
        with self._app.database.begin() as connection:
            rows = connection.exec_driver_sql(
                "select * from report_runs where report = any(%s::text[])"
                " and (%s::uuid is null or run_id < %s) order by run_id desc limit %s",
                ([report] if report else list(self.reports), before, before, limit),
            ).all()
        return [Run(row, self.reports[row.report]) for row in rows if row.report in self.reports]

    @contextmanager
    def written(self, run: Run, form: str) -> Iterator[Iterator[bytes]]:
        """A run's document, whole and proved against its seal before its first byte is given."""
        write = FORMATS.get(form)
        if write is None:
            raise invalid("FORMAT_UNKNOWN", f"{form!r}: there are {', '.join(FORMATS)}", "format")
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spool:
            # Squeezed: a container has little room for files, and a county has many rows.
            with gzip.open(spool, "wb", compresslevel=1) as file:
                self._write(run, write, cast("BinaryIO", file))
            spool.seek(0)
            with gzip.open(spool) as file:
                yield iter(lambda: file.read(_PIECE_BYTES), b"")

    def _write(self, run: Run, write: Writer, file: BinaryIO) -> None:
        tally = Tally(run.report)
        kept = asking.stored(run.report, run.row.parameters)
        with self._app.database.begin() as connection:
            rows = run.report.rows(connection, kept, run.row.watermark)
            write(self._sheet(run, kept), tally.through(rows), file)
        _prove(run, tally)

    def _sheet(self, run: Run, parameters: Mapping[str, Cell]) -> Sheet:
        row = run.row
        return Sheet(
            report=run.report,
            issuer=self._issuer,
            run_id=str(row.run_id),
            parameters=parameters,
            watermark=row.watermark,
            asked_by=row.asked_by,
            recorded_at=f"{row.recorded_at.astimezone(self._app.clock.zone):%Y-%m-%d %H:%M %Z}",
            row_count=row.row_count,
            rows_sha256=row.rows_sha256.hex(),
            totals=row.totals,
        )


def _prove(run: Run, tally: Tally) -> None:
    if tally.rows_sha256 != run.row.rows_sha256.hex():
        raise Refusal(
            "SEAL_BROKEN",
            f"run {run.row.run_id} of {run.report.name} had {run.row.row_count} rows, now there are"
            f" {tally.row_count}, or they are others: what the report is made of was changed",
            metadata={"rows_sha256": tally.rows_sha256},
        )
