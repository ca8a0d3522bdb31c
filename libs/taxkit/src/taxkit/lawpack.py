"""Loads a jurisdiction's law: dated terms, each with its citation, frozen once loaded.

A pack is a folder: jurisdiction.yaml, and one file for each service that needs one. A service
file holds named sections. A section says by which key the statute itself dates it, and lists its
terms in ascending order of that key: `from:` holds until the next term, `for:` for that key only.

    interest:
      keyed_by: tax_year
      terms:
        - from: 2010
          citation: "35 ILCS 200/21-25"
          certainty: statute
          monthly_rate: "0.015"

What a term may hold is said by the service, as one frozen dataclass a section.

What every office decides for itself need not stand in each pack: jurisdiction.yaml may name an
`office`, a folder beside the pack. A section, or a whole file, that the pack has not is read there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar, cast

import yaml

from taxkit.dated import Dated
from taxkit.jurisdiction import (
    Jurisdiction,
    folders,
    has_file,
    load_jurisdiction,
    pack_version,
)
from taxkit.packvalues import NodeReader, compose, describe

__all__ = [
    "Certainty",
    "Jurisdiction",
    "LawFile",
    "Section",
    "Term",
    "has_file",
    "load_jurisdiction",
    "load_terms",
    "outline",
    "pack_version",
]

V = TypeVar("V")

# No county bills by a law before; no calendar reaches further.
_FIRST_YEAR, _LAST_YEAR = 1700, 9000
_HEAD = frozenset({"from", "for", "citation", "certainty", "note"})


class Certainty(StrEnum):
    """How a value is known; only the first is the law's own text."""

    STATUTE = "statute"
    AGENCY = "agency page"
    THIRD_PARTY = "third party"
    RECOMPUTED = "recomputed"
    GENERAL_KNOWLEDGE = "general knowledge"
    HOUSE_RULE = "house rule"


@dataclass(frozen=True, slots=True)
class Term(Generic[V]):
    """One value of the law, with the place where it can be pointed at."""

    rule_id: str
    citation: str
    certainty: Certainty
    note: str
    value: V


@dataclass(frozen=True, slots=True)
class Section:
    """What a service expects of a section: its key, its row type, and whether years carry on.

    An optional one may be left out where another section says the same in another way.
    """

    keyed_by: str
    row: type
    exact: bool = False
    optional: bool = False

    @property
    def key_type(self) -> type:
        return int if self.keyed_by.endswith("_year") else date


@dataclass(frozen=True, slots=True)
class LawFile:
    """One service's law in one jurisdiction."""

    jurisdiction: Jurisdiction
    pack_version: str
    sections: Mapping[str, Dated[Any, Term[Any]]]
    notes: tuple[str, ...]

    def by_year(self, section: str, row: type[V]) -> Dated[int, Term[V]]:
        """Give a section keyed by tax year, whose values are of the row type it was loaded as."""
        return cast("Dated[int, Term[V]]", self._checked(section, row))

    def by_year_if_there(self, section: str, row: type[V]) -> Dated[int, Term[V]] | None:
        """Give an optional section, if the file has it."""
        return self.by_year(section, row) if section in self.sections else None

    def by_date(self, section: str, row: type[V]) -> Dated[date, Term[V]]:
        """Give a section keyed by a date, whose values are of the row type it was loaded as."""
        return cast("Dated[date, Term[V]]", self._checked(section, row))

    def _checked(self, section: str, row: type) -> Dated[Any, Term[Any]]:
        terms = self.sections[section]
        assert all(isinstance(term.value, row) for _, term in terms), (section, row)
        return terms


def load_terms(directory: Path, service_file: str, schema: Mapping[str, Section]) -> LawFile:
    """Read one service's file: every section of the schema, and no others."""
    jurisdiction = load_jurisdiction(directory)
    version = pack_version(directory, jurisdiction.declared_version)
    return _load_once(directory, service_file, tuple(schema.items()), version)


# By content, which the version names: what is loaded is frozen, and the same for whoever asks.
@lru_cache(maxsize=256)
def _load_once(
    directory: Path, service_file: str, expected: tuple[tuple[str, Section], ...], version: str
) -> LawFile:
    schema, jurisdiction = dict(expected), load_jurisdiction(directory)
    files = [folder / service_file for folder in folders(directory)]
    there = [file for file in files if file.is_file()] or files[:1]
    found: dict[str, tuple[NodeReader, yaml.Node]] = {}
    notes: list[str] = []
    for file in there:
        notes += _add_sections(found, file, schema)
    for name, section in schema.items():
        if name not in found and not section.optional:
            raise NodeReader(there[0]).error(
                compose(there[0]), name, "nothing", "this section",
                "add it: a law that knows no such thing says so as a term with its citation",
            )  # fmt: skip
    prefix = f"{jurisdiction.jurisdiction_id}/{Path(service_file).stem}"
    sections = {
        name: _SectionReader(reader, f"{prefix}/{name}", name, schema[name]).read(node)
        for name, (reader, node) in found.items()
    }
    return LawFile(jurisdiction, version, MappingProxyType(sections), tuple(notes))


def _add_sections(
    found: dict[str, tuple[NodeReader, yaml.Node]], file: Path, schema: Mapping[str, Section]
) -> tuple[str, ...]:
    """Add the sections of a file that none before it had; give its notes."""
    reader = NodeReader(file)
    entries = reader.entries(compose(file), file.name)
    notes_node = entries.pop("notes", None)
    for name, node in entries.items():
        if name not in schema:
            raise reader.error(
                node, name, "an unknown section", f"one of {', '.join(sorted(schema))}",
                "correct the name, or delete the section",
            )  # fmt: skip
        found.setdefault(name, (reader, node))
    return () if notes_node is None else reader.read(notes_node, tuple[str, ...], "notes")


def outline(directory: Path, service_file: str) -> tuple[Term[int | date], ...]:
    """List a file's terms with their citations, knowing nothing of what they hold."""
    file = directory / service_file
    reader = NodeReader(file)
    prefix = f"{directory.name}/{file.stem}"
    found: list[Term[int | date]] = []
    for name, node in reader.entries(compose(file), service_file).items():
        if name == "notes":
            continue
        keyed_by = reader.entries(node, name).get("keyed_by")
        if keyed_by is None:
            raise reader.error(node, f"{name}.keyed_by", "nothing", "the key the statute goes by")
        section = Section(reader.read(keyed_by, str, f"{name}.keyed_by"), object)
        heads = _SectionReader(reader, f"{prefix}/{name}", name, section)
        found += [heads.head(term, at) for at, term in heads.term_nodes(node)]
    return tuple(found)


class _SectionReader:
    def __init__(self, reader: NodeReader, rule_id: str, name: str, section: Section) -> None:
        self._reader = reader
        self._rule_id = rule_id
        self._name = name
        self._section = section

    def read(self, node: yaml.Node) -> Dated[Any, Term[Any]]:
        keys: list[Any] = []
        terms: list[Term[Any]] = []
        for at, term_node in self.term_nodes(node):
            head = self.head(term_node, at)
            if keys and head.value <= keys[-1]:
                raise self._reader.error(
                    term_node, at, f"{head.value} after {keys[-1]}", "terms in ascending order",
                    "move the term to its place, or correct its key",
                )  # fmt: skip
            value = self._reader.record(term_node, self._section.row, at, ignoring=_HEAD)
            self._want("for" if self._section.exact else "from", term_node, at)
            keys.append(head.value)
            terms.append(Term(head.rule_id, head.citation, head.certainty, head.note, value))
        return Dated(self._rule_id, tuple(keys), tuple(terms), self._section.exact)

    def term_nodes(self, node: yaml.Node) -> list[tuple[str, yaml.Node]]:
        """Check a section's heading and give its terms."""
        entries = self._reader.entries(node, self._name)
        for name in ("keyed_by", "terms"):
            if name not in entries:
                raise self._reader.error(node, f"{self._name}.{name}", "nothing", "a value")
        for name in entries.keys() - {"keyed_by", "terms"}:
            raise self._reader.error(
                entries[name], f"{self._name}.{name}", "an unknown name", "keyed_by and terms"
            )
        keyed_by = self._reader.read(entries["keyed_by"], str, f"{self._name}.keyed_by")
        if keyed_by != self._section.keyed_by:
            raise self._reader.error(
                entries["keyed_by"], f"{self._name}.keyed_by", keyed_by, self._section.keyed_by
            )
        terms = self._reader.items(entries["terms"], f"{self._name}.terms")
        if not terms:
            raise self._reader.error(node, f"{self._name}.terms", "an empty list", "a term")
        return terms

    def head(self, node: yaml.Node, at: str) -> Term[Any]:
        """Read what every term has: its key, its citation and how certain it is."""
        entries = self._reader.entries(node, at)
        names = [name for name in ("from", "for") if name in entries]
        if len(names) != 1:
            raise self._reader.error(
                node, at, " and ".join(names) or "no key", "one `from` or `for`"
            )
        key = self._reader.read(entries[names[0]], self._section.key_type, f"{at}.{names[0]}")
        if isinstance(key, int) and not _FIRST_YEAR <= key <= _LAST_YEAR:
            raise self._reader.error(
                entries[names[0]], f"{at}.{names[0]}", str(key),
                f"a year from {_FIRST_YEAR} to {_LAST_YEAR}", "write all four digits",
            )  # fmt: skip
        for name in ("citation", "certainty"):
            if name not in entries:
                raise self._reader.error(
                    node, f"{at}.{name}", "nothing", "where the value is from",
                    f"add `{name}:` to this term; what was not read is `general knowledge`",
                )  # fmt: skip
        citation = self._reader.read(entries["citation"], str, f"{at}.citation")
        if not citation.strip():
            raise self._reader.error(
                entries["citation"], f"{at}.citation", describe(entries["citation"]), "a citation"
            )
        certainty = self._reader.read(entries["certainty"], Certainty, f"{at}.certainty")
        note = self._reader.read(entries["note"], str, f"{at}.note") if "note" in entries else ""
        return Term(f"{self._rule_id}/{key}", citation, certainty, note, key)

    def _want(self, name: str, node: yaml.Node, at: str) -> None:
        if name not in self._reader.entries(node, at):
            carried = "holds for its key only" if name == "for" else "holds until the next"
            raise self._reader.error(
                node, at, "the other kind of key", f"`{name}:`: a term {carried}"
            )
