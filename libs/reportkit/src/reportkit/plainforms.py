"""A report as JSON and as CSV: for programs and for spreadsheets."""

import csv
import io
import json
from collections.abc import Iterable
from typing import BinaryIO

from reportkit.shape import Cell, Kind, Row, Sheet, plain

# A spreadsheet would take such text for a formula; the last four are signs as wide as two letters.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_json(sheet: Sheet, rows: Iterable[Row], out: BinaryIO) -> None:
    """Write one object: what was asked, `rows` as objects with cents, then what seals them."""
    report = sheet.report
    names = [column.name for column in report.columns]
    head = {
        "report": report.name,
        "title": report.title,
        "issuer": sheet.issuer,
        "run_id": sheet.run_id,
        "asked_by": sheet.asked_by,
        "recorded_at": sheet.recorded_at,
        "watermark": sheet.watermark,
        "parameters": {name: plain(value) for name, value in sheet.parameters.items()},
        "columns": [
            {"name": each.name, "heading": each.heading, "kind": each.kind.value}
            for each in report.columns
        ],
    }
    tail = {
        "totals": dict(sheet.totals),
        "row_count": sheet.row_count,
        "rows_sha256": sheet.rows_sha256,
    }
    out.write(_json(head)[:-1] + b',"rows":[')
    for number, row in enumerate(rows):
        cells = zip(names, map(plain, row), strict=True)
        out.write((b",\n" if number else b"\n") + _json(dict(cells)))
    out.write(b"\n]," + _json(tail)[1:] + b"\n")


def write_csv(sheet: Sheet, rows: Iterable[Row], out: BinaryIO) -> None:
    """Write a header line and the rows, amounts in dollars; sums are left to who reads it."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    columns = sheet.report.columns
    writer.writerow([each.name.removesuffix("_cents") for each in columns])
    for row in rows:
        writer.writerow([_csv(cell, each.kind) for cell, each in zip(row, columns, strict=True)])
    text.detach()


def _csv(cell: Cell, kind: Kind) -> str | int:
    value = plain(cell)
    if value is None:
        return ""
    if kind is Kind.MONEY:
        assert isinstance(value, int)
        dollars, cents = divmod(abs(value), 100)
        return f"{'-' if value < 0 else ''}{dollars}.{cents:02d}"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
