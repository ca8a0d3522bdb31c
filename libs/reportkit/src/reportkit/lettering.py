"""The letters of a printed report: its typeface, how cells read, and how text fits its column."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files

from reportlab.pdfbase.pdfmetrics import getFont, registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont

from reportkit.shape import Cell, Kind

# Digits of equal width, so that amounts stand under one another, and the letters of Europe.
REGULAR = "SourceSansPro-Regular"
SEMIBOLD = "SourceSansPro-Semibold"
BOLD = "SourceSansPro-Bold"


@cache
def load() -> None:
    """Make the typeface known to reportlab, once in a process."""
    folder = files("font_source_sans_pro") / "files"
    for name in (REGULAR, SEMIBOLD, BOLD):
        registerFont(TTFont(name, str(folder / f"{name}.ttf")))


def unset(text: str) -> str:
    """What of a text the typeface has no letter for, each once: Chinese, Arabic, Hebrew."""
    if text.isascii():
        return ""
    load()
    known = getFont(REGULAR).face.charToGlyph
    return "".join(dict.fromkeys(one for one in text if one != "\n" and ord(one) not in known))


def read_as(cell: Cell, kind: Kind) -> str:
    """A cell as a clerk reads it: 1,234.56 and 03/31/2023."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell:%m/%d/%Y}"
    if kind is Kind.MONEY and isinstance(cell, int):
        dollars, cents = divmod(abs(cell), 100)
        return f"{'-' if cell < 0 else ''}{dollars:,}.{cents:02d}"
    if kind is Kind.NUMBER and isinstance(cell, int):
        return f"{cell:,}"
    # Line breaks would leave the row.
    return " ".join(str(cell).split())


def lines_of(text: str, font: str, size: float, width: float) -> list[str]:
    """Break text at its spaces, and within a word only where the word alone is too long."""
    if stringWidth(text, font, size) <= width:
        return [text]
    lines = [""]
    for word in _pieces(text, font, size, width):
        longer = f"{lines[-1]} {word}".lstrip()
        if stringWidth(longer, font, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]


def size_for(text: str, font: str, size: float, width: float) -> float:
    """The size at which text that may not be broken, an amount, still fits."""
    wide = stringWidth(text, font, size)
    return size if wide <= width else size * width / wide


def _pieces(text: str, font: str, size: float, width: float) -> Iterator[str]:
    for word in text.split():
        rest = word
        while stringWidth(rest, font, size) > width and len(rest) > 1:
            fits = next(
                end
                for end in range(len(rest) - 1, 0, -1)
                if end == 1 or stringWidth(rest[:end], font, size) <= width
            )
            yield rest[:fits]
            rest = rest[fits:]
        yield rest
