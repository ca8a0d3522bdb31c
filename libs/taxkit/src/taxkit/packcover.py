"""What of a file's law its worked cases tell, and what they do not: no value goes unsaid.

A service says once which sections its cases tell (`Told`). Every value of those is moved, but for
what is declared untold with its reason; every other section is declared untold as a whole.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from taxkit.jurisdiction import folders
from taxkit.lawpack import LawFile
from taxkit.packmoves import Special, Untold, moves
from taxkit.packproof import excused, moved_laws
from taxkit.packvalues import NodeReader, PackText, compose

_PLACE: Final = re.compile(r"\[[0-9]+\]")
TEXT: Final = "a name or a text: it has no next value"
ALONE: Final = "any other value is refused when the file is loaded, or there is none"
NOT_DECLARED: Final = "NOBODY SAYS WHETHER A CASE TELLS IT"


@dataclass(frozen=True, slots=True)
class Told:
    """Which sections of a file its worked cases tell, and of the others why not."""

    cases: str = ""
    sections: tuple[str, ...] = ()
    untold: Mapping[str, str] = field(default_factory=dict)
    special: Mapping[str, Special] = field(default_factory=dict)
    # More specials, which only the law at hand can give: what it cannot charge, no case can order.
    of_law: Callable[[LawFile], Mapping[str, Special]] | None = None

    def specials(self, law: LawFile) -> Mapping[str, Special]:
        return {**self.special, **(self.of_law(law) if self.of_law else {})}


NOTHING_TOLD: Final = Told()


@dataclass(frozen=True, slots=True)
class Covered:
    """One section of a pack: how many sides of its values cases tell, and what they do not."""

    file: str
    section: str
    # The folder it stands in: the pack's own, or its office's.
    folder: str
    cases: str
    told: int
    # Sides of which the author says, under `no_case`, that no case can tell them.
    excused: int
    # Values without a case, by their path less places in lists, each with the reason.
    untold: tuple[tuple[str, str], ...]


def coverage(directory: Path, file: str, law: LawFile, told: Told) -> Iterator[Covered]:
    """Say of each section of a file what its cases tell."""
    origin = origins(directory, file)
    special = told.specials(law)
    for name in law.sections:
        folder = origin[name]
        if name not in told.sections:
            why = told.untold.get(name, NOT_DECLARED)
            yield Covered(file, name, folder.name, "", 0, 0, (("", why),))
            continue
        sides = {(one.field, one.said) for one in moved_laws(law, [name], special)}
        cases = folder / told.cases
        excuses = {(each.field, each.moved) for each in excused(cases) if cases.is_file()}
        left = len(sides & excuses)
        values = dict.fromkeys(
            each for _, term in law.sections[name] for each in untold(term.value, special)
        )
        yield Covered(file, name, folder.name, told.cases, len(sides) - left, left, tuple(values))


def origins(directory: Path, file: str) -> dict[str, Path]:
    """Tell which folder each section of a file is read from: the pack's, else its office's."""
    found: dict[str, Path] = {}
    for folder in folders(directory):
        path = folder / file
        if path.is_file():
            for name in NodeReader(path).entries(compose(path), file):
                found.setdefault(name, folder)
    return found


def untold(value: Any, special: Mapping[str, Special]) -> Iterator[tuple[str, str]]:
    """Give the values that no move reaches, by path less places in lists, and why."""
    asked = {one.path for one in moves(value, special)}
    for path, why in _untold(value, special, "", asked):
        yield _PLACE.sub("[]", path), why


def _untold(
    value: Any, special: Mapping[str, Special], path: str, asked: set[str]
) -> Iterator[tuple[str, str]]:
    if value is None or value == () or (isinstance(value, str) and not value):
        return
    if is_dataclass(value) and not isinstance(value, PackText | type):
        yield from _of_record(value, special, path, asked)
    elif isinstance(value, tuple):
        for place, each in enumerate(value):
            yield from _untold(each, special, f"{path}[{place}]", asked)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _untold(each, special, f"{path}.{name}".lstrip("."), asked)
    elif path not in asked:
        is_text = isinstance(value, str | PackText) and not isinstance(value, Enum)
        yield path, TEXT if is_text else ALONE


def _of_record(
    value: Any, special: Mapping[str, Special], path: str, asked: set[str]
) -> Iterator[tuple[str, str]]:
    is_day = path in asked and {"month", "day"} <= {each.name for each in fields(value)}
    for each in fields(value):
        at, one = f"{path}.{each.name}".lstrip("."), getattr(value, each.name)
        if (is_day and each.name in ("month", "day")) or _is_default(each, one):
            continue
        own = special.get(each.name)
        if own is None:
            yield from _untold(one, special, at, asked)
        elif isinstance(own, Untold):
            yield at, own.why
        elif not any(other == at or other.startswith((f"{at}.", f"{at}[")) for other in asked):
            yield at, (own.__doc__ or ALONE).partition("\n")[0].rstrip(".")


def _is_default(field: Any, value: Any) -> bool:
    """What a term leaves to its default it does not say."""
    made = field.default_factory() if field.default_factory is not MISSING else field.default
    return value is None or (made is not MISSING and made == value)
