"""Whether a pack's worked cases stand on both sides of every boundary of its law."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from taxkit.dated import Dated
from taxkit.lawpack import LawFile, Section, Term
from taxkit.packmoves import Special, moves
from taxkit.packvalues import NodeReader, PackError, compose, line_of

NO_CASE: Final = "no_case"
_STEP = re.compile(r"\[([0-9]+)\]|([^.\[]+)")
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moved:
    """A law with one boundary moved: where it is, how, and for which of its keys that counts."""

    field: str
    said: str
    law: LawFile
    section: str = ""
    first: Any = None
    # The first key after those that it counts for.
    end: Any = None

    def counts_for(self, key: object) -> bool:
        """Tell whether a case with this key of the section may notice."""
        if key is None or not isinstance(key, type(self.first)):
            return True
        return bool(self.first <= key and (self.end is None or key < self.end))


@dataclass(frozen=True, slots=True)
class NoCase:
    """A boundary that its author says no case can tell, and why."""

    field: str
    moved: str
    why: str


def moved_laws(
    law: LawFile, names: Sequence[str], special: Mapping[str, Special]
) -> Iterator[Moved]:
    """Give the law with each value of some sections moved, and each start of a regime."""
    for name in names:
        if name not in law.sections:
            continue
        terms = law.sections[name]
        for place, (key, term) in enumerate(terms):
            end = _end(terms, place)
            for one in moves(term.value, special):
                with_it = _with(terms, place, replace(term, value=one.value))
                dot = "." if one.path else ""
                field = f"{name}.terms[{place}]{dot}{one.path}"
                yield Moved(field, one.said, _put(law, name, with_it), name, key, end)
            if place and not terms.exact and terms.values[place - 1].value != term.value:
                yield from _starts(law, name, place)


def _end(terms: Dated[Any, Term[Any]], place: int) -> Any:
    if terms.exact:
        return terms.keys[place] + 1
    return terms.keys[place + 1] if place + 1 < len(terms.keys) else None


def _starts(law: LawFile, name: str, place: int) -> Iterator[Moved]:
    terms = law.sections[name]
    key = terms.keys[place]
    step: Any = _A_DAY if isinstance(key, date) else 1
    unit = "day" if isinstance(key, date) else "year"
    field = f"{name}.terms[{place}].from"
    for said, other in ((f"a {unit} earlier", key - step), (f"a {unit} later", key + step)):
        keys = (*terms.keys[:place], other, *terms.keys[place + 1 :])
        if list(keys) == sorted(set(keys)):
            moved = Dated(terms.name, keys, terms.values, terms.exact)
            first = min(key, other)
            yield Moved(field, said, _put(law, name, moved), name, first, first + step)


def first_years(law: LawFile, schema: Mapping[str, Section]) -> Iterator[Moved]:
    """Move the first year of all law by tax year, which is the last of its sections' first."""
    by_year = {
        name: terms
        for name, terms in law.sections.items()
        if schema[name].key_type is int and not schema[name].exact
    }
    first = max(terms.keys[0] for terms in by_year.values())
    for said, step in (("a year earlier", -1), ("a year later", 1)):
        moved = law
        for name, terms in by_year.items():
            if terms.keys[0] == first and first + step not in terms.keys:
                keys = (first + step, *terms.keys[1:])
                there = Dated(terms.name, keys, terms.values, terms.exact)
                moved = _put(moved, name, there)
        low = min(first, first + step)
        # The line of whichever stands first in the file.
        name = next(name for name, terms in by_year.items() if terms.keys[0] == first)
        yield Moved(f"{name}.terms[0].from", said, moved, name, low, low + 1)


def _with(terms: Dated[Any, Term[Any]], place: int, term: Term[Any]) -> Dated[Any, Term[Any]]:
    values = (*terms.values[:place], term, *terms.values[place + 1 :])
    return Dated(terms.name, terms.keys, values, terms.exact)


def _put(law: LawFile, name: str, terms: Dated[Any, Term[Any]]) -> LawFile:
    return replace(law, sections={**law.sections, name: terms})


def excused(file: Path) -> list[NoCase]:
    """Read which boundaries the author says no case can tell."""
    if not file.is_file():
        return []
    reader = NodeReader(file)
    node = reader.entries(compose(file), file.name).get(NO_CASE)
    if node is None:
        return []
    found: list[NoCase] = []
    for at, item in reader.items(node, NO_CASE):
        one: NoCase = reader.record(item, NoCase, at)
        if not one.why.strip():
            raise reader.error(item, f"{at}.why", "nothing", "why no case can tell")
        found.append(one)
    return found


def unproven(
    file: Path, cases: Path, found: Iterable[Moved], is_noticed: Callable[[Moved], bool]
) -> Iterator[PackError]:
    """Give an error for each boundary that may be moved without any case coming out otherwise."""
    excuses = {(each.field, each.moved): each for each in excused(cases)}
    root = compose(file)
    used = set()
    for one in found:
        key = (one.field, one.said)
        if key in excuses:
            used.add(key)
            if is_noticed(one):
                yield _unneeded(cases, key)
            continue
        if not is_noticed(one):
            yield PackError(
                (file, line_at(root, one.field)), one.field,
                f"no worked case that comes out otherwise with {one.said}",
                "a case on each side of it",
                f"work one out from the law and add it to {cases.name}; where none can tell, say"
                f" why under {NO_CASE} there",
            )  # fmt: skip
    for key in excuses.keys() - used:
        yield _unneeded(cases, key)


def _unneeded(cases: Path, key: tuple[str, str]) -> PackError:
    return PackError(
        (cases, line_at(compose(cases), NO_CASE)), f"{NO_CASE}: {key[0]}",
        f"an excuse for {key[1]}, though a case tells it or it is no boundary",
        "only what no case can tell", "delete the entry",
    )  # fmt: skip


def line_at(root: yaml.MappingNode, field: str) -> int:
    """Find the line of a field by its path; as far as the file has it."""
    node: yaml.Node = root
    line = line_of(root)
    for place, name in _STEP.findall(field):
        if name and isinstance(node, yaml.MappingNode):
            entry = next((each for each in node.value if each[0].value == name), None)
            if entry is None:
                return line
            line, node = line_of(entry[0]), entry[1]
        elif place and isinstance(node, yaml.SequenceNode) and int(place) < len(node.value):
            node = node.value[int(place)]
            line = line_of(node)
        else:
            return line
    return line
