"""Pages of a printed report: head, foot, table head, and rows that go on where there is room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from reportlab.lib.pagesizes import landscape, letter
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from reportkit import lettering
from reportkit.lettering import BOLD, REGULAR, SEMIBOLD
from reportkit.shape import Cell, Column, Kind, Sheet

_MARGIN: Final = 40
_FOOT: Final = 52
_SIZE: Final = 8.5
_LEADING: Final = 10.5
_PADDING: Final = 3.2
_GUTTER: Final = 10
# Letters sit a little lower than their line, midway between two rules.
_SINK: Final = 0.9
_CHARACTER: Final = 4.6
_INK: Final = 0.1
_SOFT: Final = 0.42
_HAIR: Final = 0.82


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column stands on the page."""

    column: Column
    index: int
    left: float
    right: float

    @property
    def width(self) -> float:
        return self.right - self.left


class Paper:
    """The document being written: knows where the next line goes."""

    def __init__(self, sheet: Sheet, out: BinaryIO) -> None:
        lettering.load()
        self._sheet = sheet
        group = sheet.report.group_index
        shown = [(i, each) for i, each in enumerate(sheet.report.columns) if i != group]
        wanted = sum(each.width * _CHARACTER + _GUTTER for _, each in shown)
        upright = wanted <= letter[0] - 2 * _MARGIN
        self._size: tuple[float, float] = letter if upright else landscape(letter)
        self.places = _places(shown, self._size[0] - 2 * _MARGIN, wanted)
        # Invariant: the same run printed twice is the same file, byte for byte.
        self._canvas: Any = Canvas(out, pagesize=self._size, invariant=1, pageCompression=1)
        self._canvas.setTitle(sheet.report.title)
        self._canvas.setAuthor(sheet.issuer)
        self._canvas.setSubject(f"Run {sheet.run_id}, rows {sheet.rows_sha256}")
        self._page = 0
        self._y = 0.0
        self._group = ""
        self._fresh = False

    def start(self) -> None:
        """Begin the first page: title, what was asked, the table's head."""
        self._turn()
        self._y -= 8
        heading = {each.name: each for each in self._sheet.report.parameters}
        for name, value in self._sheet.parameters.items():
            if value in (None, "") or name not in heading or not heading[name].on_paper:
                continue
            self._text(_MARGIN, heading[name].heading, REGULAR, 9, _SOFT)
            self._text(_MARGIN + 110, lettering.read_as(value, heading[name].kind), SEMIBOLD, 9)
            self._y -= 12.5
        self._y -= 3
        for line in self._wrapped(self._sheet.report.note):
            self._text(_MARGIN, line, REGULAR, 8.5, _SOFT)
            self._y -= 11
        self._y -= 8
        self._table_head()

    def group(self, cell: Cell) -> None:
        """Begin the rows that stand under one value; never at the very foot of a page."""
        column = self._sheet.report.columns[self._sheet.report.group_index or 0]
        said = f"{column.heading} {lettering.read_as(cell, column.kind) or 'none'}"
        self._room(3.4 * _LEADING + 4 * _PADDING)
        self._group = said
        self._group_head(said)

    def row(self, cells: Sequence[Cell]) -> None:
        texts = [self._lines(place, cells[place.index]) for place in self.places]
        height = max(map(len, texts)) * _LEADING + 2 * _PADDING
        if self._room(height) and self._group:
            self._group_head(f"{self._group} (continued)")
        if not self._fresh:
            self._rule(self._y, 0.35, _HAIR)
        self._cells(texts, REGULAR)
        self._y -= height
        self._fresh = False

    def sums(self, label: str, of: Mapping[str, int], *, final: bool = False) -> None:
        """Write a line of sums below the columns they add up."""
        font = BOLD if final else SEMIBOLD
        self._room(_LEADING + 4 * _PADDING)
        self._y -= 1
        texts = [
            [lettering.read_as(of[place.column.name], place.column.kind)]
            if place.column.name in of
            else [""]
            for place in self.places
        ]
        self._rule(self._y, 0.9 if final else 0.6, _INK)
        if final:
            self._rule(self._y - 2, 0.4, _INK)
            self._y -= 2
        self._cells(texts, font)
        free = next((p.left - _GUTTER for p in self.places if p.column.name in of), 9e9)
        size = lettering.size_for(label, font, _SIZE, free - _MARGIN)
        self._text(_MARGIN, label, font, size, drop=_LEADING + _SINK)
        self._y -= _LEADING + 2 * _PADDING + (0 if final else 6)
        self._fresh = True

    def end(self, closing: str) -> None:
        """Say how many rows there were, and write the number of pages onto each of them."""
        self._group = ""
        self._room(30)
        self._y -= 8
        self._text(_MARGIN, closing, REGULAR, 8.5, _SOFT, drop=_LEADING)
        self._canvas.showPage()
        # Each page has a place for it; only now is it known.
        self._canvas.beginForm("pages")
        self._canvas.setFont(REGULAR, 8)
        self._canvas.setFillGray(_SOFT)
        self._canvas.drawString(0, 0, str(self._page))
        self._canvas.endForm()
        self._canvas.save()

    def _room(self, height: float) -> bool:
        """Turn the page when there is no room left for what comes next."""
        if self._y - height >= _FOOT:
            return False
        self._canvas.showPage()
        self._turn()
        self._y -= 8
        self._table_head()
        return True

    def _turn(self) -> None:
        self._page += 1
        first = self._page == 1
        wide = self._size[0]
        self._y = self._size[1] - 50
        self._text(_MARGIN, self._sheet.issuer, REGULAR, 9, _SOFT)
        if first:
            self._y -= 22
            self._text(_MARGIN, self._sheet.report.title, BOLD, 18)
            self._y -= 8
        else:
            said = self._sheet.report.title
            self._text(wide - _MARGIN - stringWidth(said, SEMIBOLD, 9), said, SEMIBOLD, 9)
            self._y -= 6
        self._rule(self._y, 0.9, _INK)
        self._y -= 10
        self._foot()

    def _foot(self) -> None:
        wide, sheet = self._size[0], self._sheet
        at, self._y = self._y, 30.0
        self._rule(self._y + 11, 0.35, _HAIR)
        said = (
            f"Run {sheet.run_id} by {sheet.asked_by}, {sheet.recorded_at}"
            f"   ·   sealed {sheet.rows_sha256[:16]}"
        )
        of = f"Page {self._page} of "
        room = stringWidth("0000" if sheet.row_count > 2000 else "00", REGULAR, 8)
        size = lettering.size_for(said, REGULAR, 8, wide - 2 * _MARGIN - room - 90)
        self._text(_MARGIN, said, REGULAR, size, _SOFT)
        left = wide - _MARGIN - room
        self._text(left - stringWidth(of, REGULAR, 8), of, REGULAR, 8, _SOFT)
        self._canvas.saveState()
        self._canvas.translate(left, self._y)
        self._canvas.doForm("pages")
        self._canvas.restoreState()
        self._y = at

    def _table_head(self) -> None:
        texts = [
            lettering.lines_of(place.column.heading, SEMIBOLD, 8, place.width)
            for place in self.places
        ]
        deepest = max(map(len, texts))
        # Short headings stand at the foot of the head, beside the last line of long ones.
        self._cells([[""] * (deepest - len(each)) + each for each in texts], SEMIBOLD, 8, _SOFT)
        self._y -= deepest * _LEADING + _PADDING
        self._rule(self._y, 0.6, _INK)
        self._fresh = True

    def _group_head(self, said: str) -> None:
        self._y -= 4
        self._text(_MARGIN, said, SEMIBOLD, 9.5, drop=_LEADING)
        self._y -= _LEADING + _PADDING
        self._fresh = True

    def _lines(self, place: Place, cell: Cell) -> list[str]:
        column = place.column
        if column.total and cell == 0:
            # Among amounts, what is nothing should not look like one.
            return ["\u2013"]
        said = lettering.read_as(cell, column.kind)
        if column.kind is not Kind.TEXT:
            return [said]
        return lettering.lines_of(said, REGULAR, _SIZE, place.width)

    def _cells(
        self, texts: Sequence[Sequence[str]], font: str, size: float = _SIZE, gray: float = _INK
    ) -> None:
        self._canvas.setFillGray(gray)
        for place, lines in zip(self.places, texts, strict=True):
            right = place.column.kind in (Kind.MONEY, Kind.NUMBER)
            for number, line in enumerate(lines, start=1):
                if not line:
                    continue
                fit = lettering.size_for(line, font, size, place.width)
                self._canvas.setFont(font, fit)
                y = self._y - number * _LEADING - _SINK
                if right:
                    self._canvas.drawRightString(place.right, y, line)
                else:
                    self._canvas.drawString(place.left, y, line)

    def _text(
        self, x: float, said: str, font: str, size: float, gray: float = _INK, *, drop: float = 0
    ) -> None:
        self._canvas.setFillGray(gray)
        self._canvas.setFont(font, size)
        self._canvas.drawString(x, self._y - drop, said)

    def _rule(self, y: float, thick: float, gray: float) -> None:
        self._canvas.setStrokeGray(gray)
        self._canvas.setLineWidth(thick)
        self._canvas.line(_MARGIN, y, self._size[0] - _MARGIN, y)

    def _wrapped(self, said: str) -> list[str]:
        wide = self._size[0] - 2 * _MARGIN
        return lettering.lines_of(said, REGULAR, 8.5, wide) if said else []


def _places(shown: Sequence[tuple[int, Column]], width: float, wanted: float) -> list[Place]:
    """Share the page's width by what each column wants."""
    places = []
    left = float(_MARGIN)
    for index, column in shown:
        whole = (column.width * _CHARACTER + _GUTTER) * width / wanted
        places.append(Place(column, index, left, left + whole - _GUTTER))
        left += whole
    # The last column ends at the margin, not a gutter before it.
    last = places[-1]
    return [*places[:-1], Place(last.column, last.index, last.left, _MARGIN + width)]
