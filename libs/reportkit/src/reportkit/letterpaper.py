"""Letters as a typeset PDF: one a page or more, the address where a window envelope shows it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from reportlab.lib.pagesizes import letter
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from reportkit import lettering
from reportkit.lettering import BOLD, REGULAR, SEMIBOLD

_MARGIN: Final = 64
_WIDTH: Final = letter[0] - 2 * _MARGIN
_SIZE: Final = 10.5
_SMALL: Final = 9.0
_LEADING: Final = 14.5
_FOOT: Final = 76
_SOFT: Final = 0.42
# Of a sheet folded in three in a No. 10 envelope, its window shows from here downwards.
_WINDOW: Final = letter[1] - 158
_BODY: Final = letter[1] - 270


@dataclass(frozen=True, slots=True)
class PrintedLetter:
    """A letter as it is put on paper."""

    reference: str
    # As people write it: March 1, 2023.
    dated: str
    # The addressee's name, then the lines of the address; without these somebody writes them.
    address: tuple[str, ...]
    subject: str
    # Lines as the words have them; an empty one ends a paragraph.
    body: str

    @property
    def unset(self) -> str:
        """The letters that are boxes on its paper, as the typeface has none of them."""
        return lettering.unset("".join((*self.address, self.subject, self.body)))


def write_letters(out: BinaryIO, issuer: str, letters: Iterable[PrintedLetter]) -> int:
    """Write letters one after the other; gives how many pages they take.

    The same letters give the same bytes.
    """
    lettering.load()
    canvas: Any = Canvas(out, pagesize=letter, invariant=1, pageCompression=1)
    canvas.setTitle("Letters")
    canvas.setAuthor(issuer)
    pages = sum(_Sheet(canvas, issuer, each).write() for each in letters)
    canvas.save()
    return pages


class _Sheet:
    """One letter being written: knows where its next line goes."""

    def __init__(self, canvas: Any, issuer: str, letter_: PrintedLetter) -> None:
        self._canvas = canvas
        self._issuer = issuer
        self._letter = letter_
        self._y = 0.0
        self._page = 0

    def write(self) -> int:
        self._turn()
        self._head()
        size = _size_of(self._letter.body)
        for line in _lines(self._letter.body, size):
            if self._y < _FOOT:
                self._canvas.showPage()
                self._turn()
            self._say(_MARGIN, self._y, line, REGULAR, size)
            self._y -= _LEADING
        self._canvas.showPage()
        return self._page

    def _turn(self) -> None:
        self._page += 1
        top = letter[1] - 56
        self._say(_MARGIN, top, self._issuer, BOLD, 13)
        reference = f"{self._letter.reference}  ·  {self._page}"
        self._say(_MARGIN, 40, reference, REGULAR, 7.5, _SOFT)
        self._y = top - 40

    def _head(self) -> None:
        y = float(_WINDOW)
        for line in self._letter.address:
            self._say(_MARGIN, y, line, REGULAR, _SIZE)
            y -= _LEADING
        dated = self._letter.dated
        right = _MARGIN + _WIDTH - stringWidth(dated, REGULAR, _SIZE)
        self._say(right, _WINDOW, dated, REGULAR, _SIZE)
        self._y = float(_BODY)
        for line in lettering.lines_of(self._letter.subject, SEMIBOLD, 12, _WIDTH):
            self._say(_MARGIN, self._y, line, SEMIBOLD, 12)
            self._y -= _LEADING + 1
        self._y -= _LEADING / 2

    def _say(
        self, x: float, y: float, said: str, font: str, size: float, gray: float = 0.1
    ) -> None:
        fit = lettering.size_for(said, font, size, _WIDTH)
        self._canvas.setFillGray(gray)
        self._canvas.setFont(font, fit)
        self._canvas.drawString(x, y, said)


def _size_of(body: str) -> float:
    """The size at which each line of the words fits; of lines far too long, one they break at."""
    sizes = [lettering.size_for(line, REGULAR, _SIZE, _WIDTH) for line in body.splitlines()]
    return max(_SMALL, min(sizes, default=_SIZE))


def _lines(body: str, size: float) -> Sequence[str]:
    """The words of a letter in lines that fit; what stood on a line of its own stays so."""
    found: list[str] = []
    for line in body.strip("\n").splitlines():
        found += lettering.lines_of(line, REGULAR, size, _WIDTH) if line.strip() else [""]
    return found
