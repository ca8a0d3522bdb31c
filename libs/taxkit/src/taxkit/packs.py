"""A jurisdiction's pack as a whole: whose file is which, what is in force, what has changed.

`taxkit.lawpack` reads one service's file. Here each service says once which files it reads
(`<service>.law.FILES`), so that a pack can be checked, shown and compared with nothing running.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from taxkit.dated import Dated, NoTermInForce
from taxkit.lawpack import LawFile, Section, Term, has_file, load_jurisdiction, load_terms
from taxkit.packcover import NOTHING_TOLD, Covered, Told, coverage
from taxkit.packvalues import PackError, PackText

_OWN = "jurisdiction.yaml"
_EXAMPLES = "examples*.yaml"


def _nothing_more(_: Path) -> Iterable[PackError]:
    return ()


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file of packs that a service reads, and what of a folder the service can prove.

    `load` is the service's own loader, which may ask more of the values than their schema does.
    """

    service: str
    name: str
    schema: Mapping[str, Section]
    load: Callable[[Path], object]
    prove: Callable[[Path], Iterable[PackError]] = _nothing_more
    # Which of its values worked cases tell, and why not the others.
    told: Told = NOTHING_TOLD

    def read(self, directory: Path) -> LawFile | None:
        """Read the file's terms; none where the pack has no such file."""
        if not has_file(directory, self.name):
            return None
        return load_terms(directory, self.name, self.schema)


@dataclass(frozen=True, slots=True)
class InForce:
    """What a section says on a day; no term where the law on file says nothing about it.

    `since` is the key the term is in force from, `until` that of the one after it.
    """

    file: PackFile
    section: str
    key: int | date
    term: Term[Any] | None
    since: int | date | None = None
    until: int | date | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A value by its path; none on the side where it is not there."""

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class TermChange:
    """A term that two versions of a pack have otherwise, or that one of them has not."""

    rule_id: str
    kind: str  # added, removed, changed
    fields: tuple[FieldChange, ...]
    old_citation: str
    new_citation: str


def check(directory: Path, known: Sequence[PackFile]) -> Iterator[PackError]:
    """Find what is wrong in a pack: the first thing in each file, and each example that differs."""
    try:
        load_jurisdiction(directory)
    except PackError as error:
        yield error
        return
    yield from _unread(directory, known)
    for file in known:
        try:
            # A file that a pack need not have is none to its loader, and any other is missed.
            file.load(directory)
            if has_file(directory, file.name):
                yield from file.prove(directory)
        except PackError as error:
            yield error


def _unread(directory: Path, known: Sequence[PackFile]) -> Iterator[PackError]:
    """A file whose name is mistyped would be law that nobody reads."""
    names = {file.name for file in known} | {_OWN}
    for path in sorted(directory.glob("*.y*ml")):
        if path.name not in names and not path.match(_EXAMPLES):
            yield PackError(
                (path, 1), "file", f"{path.name}, which no service reads",
                f"one of {', '.join(sorted(names))}", "rename it or delete it",
            )  # fmt: skip


def covered(directory: Path, known: Sequence[PackFile]) -> Iterator[Covered]:
    """Say of each section of a pack what its worked cases tell, and what not; PackError."""
    for file in known:
        if (law := file.read(directory)) is not None:
            yield from coverage(directory, file.name, law, file.told)


def in_force(
    directory: Path, known: Sequence[PackFile], on: date, tax_year: int
) -> Iterator[InForce]:
    """List the law of a day, section by section; PackError where a file cannot be read."""
    for file in known:
        if (law := file.read(directory)) is None:
            continue
        for name, terms in law.sections.items():
            key = tax_year if file.schema[name].key_type is int else on
            yield _at(file, name, terms, key)


def _at(file: PackFile, name: str, terms: Dated[Any, Term[Any]], key: int | date) -> InForce:
    try:
        term = terms.at(key)
    except NoTermInForce:
        return InForce(file, name, key, None)
    place = terms.values.index(term)
    after = None if terms.exact else next(iter(terms.keys[place + 1 :]), None)
    return InForce(file, name, key, term, terms.keys[place], after)


def changes(old: Path, new: Path, known: Sequence[PackFile]) -> Iterator[TermChange]:
    """Compare two versions of a pack term by term, in the order of the newer one's files.

    What days off, clocks and office they go by comes first; what a place is called is no law.
    """
    if moved := _differing(*map(_place, (old, new))):
        yield TermChange("jurisdiction", "changed", moved, "", "")
    for file in known:
        before, after = _terms(file.read(old)), _terms(file.read(new))
        for rule_id in [*after, *(each for each in before if each not in after)]:
            changed = _change(rule_id, before.get(rule_id), after.get(rule_id))
            if changed is not None:
                yield changed


def _place(directory: Path) -> dict[str, str]:
    law = load_jurisdiction(directory)
    clocks = {"time_zone": law.time_zone, "office": law.office or "none"}
    return {**flat(law.calendar, "calendar"), **clocks}


def _terms(law: LawFile | None) -> dict[str, Term[Any]]:
    """A file's terms by the rule's name without the pack's, which may be another one's."""
    if law is None:
        return {}
    found = [term for terms in law.sections.values() for _, term in terms]
    return {term.rule_id.split("/", 1)[1]: term for term in found}


def _change(rule_id: str, old: Term[Any] | None, new: Term[Any] | None) -> TermChange | None:
    before = flat(old.value) if old else {}
    after = flat(new.value) if new else {}
    differing = _differing(before, after)
    if old is not None and new is not None:
        differing += _differing(*({"certainty": str(each.certainty)} for each in (old, new)))
        if not differing and old.citation == new.citation:
            return None
    kind = "added" if old is None else "removed" if new is None else "changed"
    return TermChange(
        rule_id, kind, differing, old.citation if old else "", new.citation if new else ""
    )


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(path, before.get(path), after.get(path))
        for path in dict.fromkeys([*after, *before])
        if before.get(path) != after.get(path)
    )


def _called(entry: object) -> object:
    return getattr(entry, "code", "") or getattr(entry, "year", "")


def flat(value: object, path: str = "") -> dict[str, str]:
    """Write a term's value as texts by path: `steps[0].rate` is "0.03"; what is empty is left out.

    A list's entries go by their code or year where they have one, so that a new one moves no other.
    """
    if value is None:
        return {}
    found: dict[str, str] = {}
    if isinstance(value, tuple):
        if not any(_has_parts(each) for each in value):
            return {path or "value": ", ".join(_text(each) for each in value) or "none"}
        for place, each in enumerate(value):
            found |= flat(each, f"{path}[{_called(each) or place}]")
    elif isinstance(value, Mapping):
        for name, each in value.items():
            found |= flat(each, f"{path}.{name}".lstrip("."))
    elif is_dataclass(value) and not isinstance(value, PackText):
        for one in fields(value):
            found |= flat(getattr(value, one.name), f"{path}.{one.name}".lstrip("."))
    else:
        return {path or "value": _text(value)}
    return found


def _has_parts(value: object) -> bool:
    return isinstance(value, tuple | Mapping) or (
        is_dataclass(value) and not isinstance(value, PackText)
    )


def _text(value: object) -> str:
    if isinstance(value, PackText):
        return f"{value.name}, {len(value.text)} characters"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
