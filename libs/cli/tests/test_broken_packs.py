"""A wrong pack is refused, whatever is wrong in it: each file, broken one value at a time."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from levy_service import worked_examples as levy_examples
from levy_service.supplements import worked as supplements
from millage_cli.packs import files
from receivables_service import rulebook as receivables_rulebook
from receivables_service import worked_examples as receivables_examples
from receivables_service.discounts import worked_days
from taxkit import jurisdiction, lawpack, packcases, packproof, packvalues
from taxkit.packcover import Told
from taxkit.packmoves import Untold
from taxkit.packvalues import PackError

ROOT = Path(__file__).parents[3] / "jurisdictions"
FILES = {file.name: file for file in files()}
HERE = sorted(
    path for path in ROOT.glob("*/*.yaml") if path.name in FILES or path.match("jurisdiction.yaml")
)
# So many of a file's breaks are tried, spread over it: all of them take an hour.
TRIED, FEW = 12, 4
_TAG = "tag:yaml.org,2002:"


def at(root: yaml.Node, path: tuple[int, ...]) -> yaml.Node:
    """The node of a path: places in lists, and in mappings' values."""
    for place in path:
        value = root.value[place]
        root = value[1] if isinstance(root, yaml.MappingNode) else value
    return root


def walk(
    node: yaml.Node, path: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[int, ...], yaml.Node]]:
    yield path, node
    if isinstance(node, yaml.MappingNode):
        for place, (_, value) in enumerate(node.value):
            yield from walk(value, (*path, place))
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            yield from walk(value, (*path, place))


def scalar(node: yaml.Node, kind: str, value: str) -> yaml.ScalarNode:
    return yaml.ScalarNode(_TAG + kind, value, node.start_mark, node.end_mark)


def breaks(node: yaml.Node) -> Iterator[tuple[str, Any]]:
    """What may be wrong with a value: a name for it, and what changes a copy of the node."""
    if isinstance(node, yaml.MappingNode):
        extra = (scalar(node, "str", "surely_unknown"), scalar(node, "bool", "true"))
        yield "an unknown name", lambda one: one.value.append(extra)
        if node.value:
            yield "a name twice", lambda one: one.value.append(one.value[0])
        yield "a list for names", None
    elif isinstance(node, yaml.SequenceNode):
        yield "one value for a list", None
    else:
        yield "a mapping for one value", None
        kind = str(node.tag).removeprefix(_TAG)
        if kind == "timestamp":
            yield "a day no month has", lambda one: setattr(one, "value", "2023-02-30")
        if kind == "int":
            yield "a number with a point", lambda one: _become(one, "float", f"{one.value}.5")
        if kind == "bool":
            yield "yes for true", lambda one: setattr(one, "value", "yes")
        if (
            kind == "str"
            and node.value.replace(".", "", 1).lstrip("-").isdigit()
            and "." in node.value
        ):
            yield "a rate as a number", lambda one: _become(one, "float", one.value)
            yield "a rate in percent", lambda one: setattr(one, "value", one.value + "%")
            yield (
                "a rate of a thousand",
                lambda one: setattr(one, "value", "1" + one.value.replace(".", "0") + "00.5"),
            )


def _become(node: yaml.ScalarNode, kind: str, value: str) -> None:
    node.tag, node.value = _TAG + kind, value


def broken(
    root: yaml.MappingNode, path: tuple[int, ...], what: str, change: Any
) -> yaml.MappingNode:
    made = copy.deepcopy(root)
    node = at(made, path)
    if change is not None:
        change(node)
        return made
    other: yaml.Node
    if isinstance(node, yaml.MappingNode):
        other = yaml.SequenceNode(_TAG + "seq", [], node.start_mark, node.end_mark)
    elif isinstance(node, yaml.SequenceNode):
        other = scalar(node, "str", "surely no list")
    else:
        pair = (scalar(node, "str", "a"), scalar(node, "str", "b"))
        other = yaml.MappingNode(_TAG + "map", [pair], node.start_mark, node.end_mark)
    parent = at(made, path[:-1])
    if isinstance(parent, yaml.MappingNode):
        parent.value[path[-1]] = (parent.value[path[-1]][0], other)
    else:
        parent.value[path[-1]] = other
    return made


def field_of(root: yaml.Node, path: tuple[int, ...]) -> str:
    said = ""
    for place in path:
        value = root.value[place]
        if isinstance(root, yaml.MappingNode):
            said += f".{value[0].value}"
            root = value[1]
        else:
            said += f"[{place}]"
            root = value
    return said.lstrip(".")


def all_breaks(root: yaml.MappingNode) -> list[tuple[tuple[int, ...], str, Any]]:
    return [
        (path, what, change)
        for path, node in walk(root)
        if path and field_of(root, path) != "declared_version"
        for what, change in breaks(node)
    ]


def reader_of(directory: Path, name: str) -> Path:
    """The pack that reads a folder's file: of the office's, one that leans on it and has none."""
    if (directory / "jurisdiction.yaml").exists():
        return directory
    leaning = (each.parent for each in sorted(ROOT.glob("*/jurisdiction.yaml")))
    return next(
        each for each in leaning if not (each / name).exists() and each.name != "us-il-cook"
    )


class Reading:
    """Loads a file as its service does, with another tree in the place of what stands in it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
        self.path = path
        self.tree: yaml.MappingNode | None = None
        real = packvalues.compose
        cached: dict[Path, yaml.MappingNode] = {}

        def compose(file: Path) -> yaml.MappingNode:
            if file.resolve() == self.path.resolve() and self.tree is not None:
                return self.tree
            if file not in cached:
                cached[file] = real(file)
            return copy.deepcopy(cached[file])

        monkeypatch.setattr(lawpack, "compose", compose)
        monkeypatch.setattr(jurisdiction, "compose", compose)
        monkeypatch.setattr(lawpack, "pack_version", lambda *_: "tried")
        # What is kept by content would not notice that another tree stands in the file's place.
        for module, name in ((jurisdiction, "_read_once"), (lawpack, "_load_once")):
            monkeypatch.setattr(module, name, getattr(module, name).__wrapped__)
        self.root = real(path)

    def load(self, tree: yaml.MappingNode) -> None:
        self.tree = tree
        if self.path.name == "jurisdiction.yaml":
            lawpack.load_jurisdiction(self.path.parent)
            return
        FILES[self.path.name].load(self.directory)

    @property
    def directory(self) -> Path:
        """The pack that reads the file."""
        return reader_of(self.path.parent, self.path.name)


def wrongly_taken(reading: Reading, tried: list[tuple[tuple[int, ...], str, Any]]) -> list[str]:
    found = []
    for path, what, change in tried:
        field = field_of(reading.root, path)
        try:
            reading.load(broken(reading.root, path, what, change))
        except PackError as error:
            whole = (
                all((error.field, error.found, error.expected, error.remedy)) and error.line >= 1
            )
            if not whole or error.file.name != reading.path.name:
                found.append(f"{field}: {what}: told as {error}")
        except Exception as error:
            found.append(f"{field}: {what}: broke with {error!r}")
        else:
            found.append(f"{field}: {what}: taken")
    return found


@pytest.mark.parametrize("path", HERE, ids=lambda each: f"{each.parent.name}/{each.stem}")
def test_a_broken_value_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With file, line, field, what is there, what was expected, and what to do."""
    reading = Reading(monkeypatch, path)
    every = all_breaks(reading.root)
    step = max(1, len(every) // TRIED) if TRIED else 1

    assert wrongly_taken(reading, every[::step]) == []


# How a debt is carried and its rows are named are no figures of a case; and what a step would do to
# other installments than its own, their own steps have done already. A discount's cases tell the
# rate of a day, not what it is taken of. Names, words, and how a surcharge of names is set up.
# Which event brings a parcel that no roll had is told by the tests of supplements.
UNTOLD_NAMES = (
    "note", "notes", "carried", "code", "installments", "specials", "collection_types", "name",
    "services", "kinds", "adds_parcel",
)  # fmt: skip
PROVED = [path for path in HERE if path.name in FILES and FILES[path.name].told.sections]


def mistakes(root: yaml.MappingNode, told: Told) -> Iterator[tuple[tuple[int, ...], str, Any]]:
    """What may be wrong though of the right type: left out, below zero, out of order, twice."""
    untold = {name for name, one in told.special.items() if isinstance(one, Untold)}
    for path, node in walk(root):
        field = field_of(root, path)
        names = re.split(r"[.\[]", field)
        if names[0] not in told.sections or untold & {*names}:
            continue
        if isinstance(node, yaml.MappingNode):
            for place, (name, _) in enumerate(node.value):
                if name.value not in {*UNTOLD_NAMES, *untold}:
                    yield path, f"without {name.value}", lambda one, at=place: one.value.pop(at)
        elif isinstance(node, yaml.SequenceNode) and field.endswith(".terms"):
            yield path, "a term twice", lambda one: one.value.append(one.value[-1])
            if len(node.value) > 1:
                yield path, "terms out of order", lambda one: one.value.reverse()
        elif isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "int":
            yield path, "below zero", lambda one: setattr(one, "value", "-1")
        elif isinstance(node, yaml.ScalarNode) and _is_rate(node):
            yield path, "a rate below zero", lambda one: setattr(one, "value", "-" + one.value)


def _is_rate(node: yaml.ScalarNode) -> bool:
    return (
        "." in node.value and node.value.replace(".", "", 1).isdigit() and node.tag == _TAG + "str"
    )


def silent(reading: Reading, tried: list[tuple[tuple[int, ...], str, Any]]) -> list[str]:
    """Mistakes that neither the loader refuses nor the check tells."""
    found = []
    as_it_is = packs_value(reading, reading.root)
    for path, what, change in tried:
        field = field_of(reading.root, path)
        tree = broken(reading.root, path, what, change)
        try:
            if packs_value(reading, tree) == as_it_is:
                continue  # what was left out is what is so by default
            if next(iter(FILES[reading.path.name].prove(reading.directory)), None) is not None:
                continue
        except PackError:
            continue
        except Exception as error:
            found.append(f"{field}: {what}: broke with {error!r}")
        else:
            found.append(f"{field}: {what}: taken")
    return found


def packs_value(reading: Reading, tree: yaml.MappingNode) -> dict[str, Any]:
    """Everything a file says, loaded as its service loads it."""
    reading.load(tree)
    law = FILES[reading.path.name].read(reading.directory)
    assert law is not None
    return {
        f"{name}/{key}": term.value for name, terms in law.sections.items() for key, term in terms
    }


@pytest.mark.parametrize("path", PROVED, ids=lambda each: f"{each.parent.name}/{each.stem}")
def test_a_mistake_of_the_right_type_is_refused_or_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the loader, by a case that comes out otherwise, or by a boundary that has none."""
    reading = Reading(monkeypatch, path)
    every = list(mistakes(reading.root, FILES[path.name].told))
    step = max(1, len(every) // FEW) if FEW else 1

    assert silent(reading, every[::step]) == []


EXAMPLES = sorted(ROOT.glob("*/examples*.yaml"))
BY_CASES = {file.told.cases: file for file in files() if file.told.cases}


def told(path: Path) -> list[PackError]:
    """What the checks say of a file of worked cases, whatever else of it would be proved."""
    file = BY_CASES[path.name]
    directory = reader_of(path.parent, file.name)
    if path.name == "examples.yaml":
        terms = receivables_rulebook.load(directory)
        return [*receivables_examples.check(directory, terms), *_excused(path)]
    if path.name == "examples_levy.yaml":
        return [*levy_examples.check(directory), *_excused(path)]
    return list(file.prove(directory))


def _excused(path: Path) -> list[PackError]:
    packproof.excused(path)
    return []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda each: f"{each.parent.name}/{each.stem}")
def test_a_broken_worked_case_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a pack's own error, never as a crash; and a break that nothing tells proves nothing."""
    reading = Reading(monkeypatch, path)
    modules = (receivables_examples, levy_examples, worked_days, supplements, packproof, packcases)
    for module in modules:
        monkeypatch.setattr(module, "compose", lawpack.compose)
    # A case that is refused for one rate may be refused for another.
    every = [each for each in all_breaks(reading.root) if not each[1].startswith("a rate")]
    step = max(1, len(every) // TRIED) if TRIED else 1
    untold = []
    for break_path, what, change in every[::step]:
        reading.tree = broken(reading.root, break_path, what, change)
        try:
            found = told(path)
        except PackError as error:
            found = [error]
        if not found:
            untold.append(f"{field_of(reading.root, break_path)}: {what}")

    assert untold == []
