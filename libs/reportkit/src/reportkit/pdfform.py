"""A report as a typeset PDF: what a clerk hands over."""

from collections.abc import Iterable
from typing import BinaryIO

from reportkit.lettering import read_as
from reportkit.paper import Paper
from reportkit.shape import Cell, Kind, Row, Sheet
from reportkit.tally import Sums
from taxkit.errors import Refusal

ROWS_MAX = 50_000
"""A thousand pages; a document's pages are held until it is whole."""


def write_pdf(sheet: Sheet, rows: Iterable[Row], out: BinaryIO) -> None:
    """Write pages with repeated heads, subtotals where groups end, and the sums at the end."""
    if sheet.row_count > ROWS_MAX:
        raise Refusal(
            "REPORT_TOO_LONG",
            f"{sheet.row_count} rows do not go on paper, {ROWS_MAX} do: read it as csv or json,"
            " or ask for less",
        )
    report = sheet.report
    paper = Paper(sheet, out)
    paper.start()
    if report.group_index is None:
        for row in rows:
            paper.row(row)
    else:
        _grouped(sheet, rows, paper, report.group_index)
    if report.summed:
        paper.sums("Total", sheet.totals, final=True)
    many = "1 row" if sheet.row_count == 1 else f"{sheet.row_count:,} rows"
    paper.end(f"{many}. End of report.")


def _grouped(sheet: Sheet, rows: Iterable[Row], paper: Paper, group: int) -> None:
    columns = sheet.report.columns
    totalled = sheet.report.summed
    sums = Sums(sheet.report)
    before: list[Cell] = []
    for row in rows:
        if before != [row[group]]:
            if before and totalled:
                paper.sums(_subtotal(before[0], columns[group].kind), sums.of)
            before, sums = [row[group]], Sums(sheet.report)
            paper.group(row[group])
        sums.add(row)
        paper.row(row)
    if before and totalled:
        paper.sums(_subtotal(before[0], columns[group].kind), sums.of)


def _subtotal(cell: Cell, kind: Kind) -> str:
    return f"Subtotal {read_as(cell, kind)}".rstrip()
