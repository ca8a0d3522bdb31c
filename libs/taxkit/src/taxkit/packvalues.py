"""From a YAML node to a typed, frozen value, or an error that says where and what to do."""

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import yaml

_TAG = "tag:yaml.org,2002:"
# Where PyYAML was built without libyaml, its own.
_QUICK: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")


class PackError(Exception):
    """A rule pack that cannot be trusted: nothing of it is used.

    Says where, which field, what is there, what has to be there, and what to do about it.
    """

    def __init__(
        self, where: tuple[Path, int], field: str, found: str, expected: str, remedy: str = ""
    ) -> None:
        self.file, self.line = where
        self.field, self.found, self.expected = field, found, expected
        self.remedy = remedy or "correct it there, then see `millage pack check`"
        super().__init__(
            f"{self.file}:{self.line}: {field}: found {found}; expected {expected}; "
            f"to do: {self.remedy}"
        )


@dataclass(frozen=True, slots=True)
class PackText:
    """A text kept in a file of its own inside the pack, as a notice template is."""

    name: str
    text: str


def compose(file: Path) -> yaml.MappingNode:
    """Parse a file into nodes that remember their lines; no value is built yet."""
    try:
        root = _composed(file.read_bytes().decode("utf-8"))
    except FileNotFoundError as error:
        raise PackError((file, 0), "file", "no such file", "a file of this name") from error
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise PackError((file, line), "file", "bytes that are not UTF-8", "UTF-8 text") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise PackError((file, line), "file", _one_line(error), "well-formed YAML") from error
    if not isinstance(root, yaml.MappingNode):
        raise PackError((file, 1), "file", "no sections", "named sections, as `interest:`")
    return root


@lru_cache(maxsize=512)
def _composed(text: str) -> yaml.Node | None:
    """Parse by libyaml, a tenth of the time; what it refuses is told by the parser that says more.

    Kept by content: a service reads its pack's head a dozen times, and nobody changes a node but by
    giving it its name's line.
    """
    try:
        return yaml.compose(text, Loader=_QUICK)
    except yaml.YAMLError:
        return yaml.compose(text, Loader=yaml.SafeLoader)


def line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


class NodeReader:
    """Reads the nodes of one file into the types a schema names."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def error(
        self, node: yaml.Node, field: str, found: str, expected: str, remedy: str = ""
    ) -> PackError:
        return PackError((self.file, line_of(node)), field, found, expected, remedy)

    def entries(self, node: yaml.Node, field: str) -> dict[str, yaml.Node]:
        """Give a mapping's entries by name; a name given twice is refused, not overwritten."""
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, field, describe(node), "a mapping of named values")
        entries: dict[str, yaml.Node] = {}
        for name_node, value_node in node.value:
            name = self.read(name_node, str, f"{field} (a name)")
            if name in entries:
                raise self.error(
                    name_node, f"{field}.{name}",
                    f"the name a second time, after line {line_of(entries[name])}", "it once",
                    "take one of the two out; with a list in both, make them one",
                )  # fmt: skip
            if not isinstance(value_node, yaml.ScalarNode):
                value_node.start_mark = name_node.start_mark  # report a block where its name is
            entries[name] = value_node
        return entries

    def items(self, node: yaml.Node, field: str) -> list[tuple[str, yaml.Node]]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(node, field, describe(node), "a list")
        return [(f"{field}[{place}]", item) for place, item in enumerate(node.value)]

    def read(self, node: yaml.Node, hint: Any, field: str) -> Any:
        """Read one value of the type a schema names."""
        origin, args = get_origin(hint), get_args(hint)
        if origin is types.UnionType:
            empty = isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "null"
            return None if empty else self.read(node, args[0], field)
        if origin is tuple:
            return tuple(self.read(item, args[0], at) for at, item in self.items(node, field))
        if origin is Mapping:
            entries = self.entries(node, field)
            return types.MappingProxyType(
                {
                    name: self.read(each, args[1], f"{field}.{name}")
                    for name, each in entries.items()
                }
            )
        if hint is PackText:
            return self._pack_text(node, field)
        if is_dataclass(hint):
            return self.record(node, hint, field)
        return self._scalar(node, hint, field)

    def record(
        self, node: yaml.Node, row: Any, field: str, ignoring: frozenset[str] = frozenset()
    ) -> Any:
        """Read a mapping into a frozen dataclass: all its fields, and no others."""
        entries = self.entries(node, field)
        hints = get_type_hints(row)
        known = {each.name: each for each in fields(row)}
        for name, value_node in entries.items():
            if name not in known and name not in ignoring:
                near = get_close_matches(name, known, 1)
                meant = f" (did you mean {near[0]}?)" if near else ""
                raise self.error(
                    value_node, f"{field}.{name}", f"the unknown name {name}{meant}",
                    f"one of {', '.join(sorted(known.keys() | ignoring))}",
                    "correct the name, or delete the line",
                )  # fmt: skip
        missing = [
            each.name
            for each in known.values()
            if each.name not in entries and each.default is MISSING
        ]
        if missing:
            raise self.error(
                node, f"{field}.{missing[0]}", "nothing", "a value: it has no default",
                f"add `{missing[0]}:` to this entry",
            )  # fmt: skip
        values = {
            name: self.read(entries[name], hints[name], f"{field}.{name}")
            for name in known
            if name in entries
        }
        try:
            return row(**values)
        except ValueError as error:
            raise self.error(node, field, str(error), "values that go together") from error

    def plain(self, node: yaml.Node, field: str) -> Any:
        """Read a node as what it looks like: a text, whole number, day, list, named values."""
        if isinstance(node, yaml.MappingNode):
            entries = self.entries(node, field)
            return {name: self.plain(each, f"{field}.{name}") for name, each in entries.items()}
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(each, at) for at, each in self.items(node, field)]
        hint = _PLAIN.get(str(node.tag).removeprefix(_TAG), str)
        return None if hint is None else self._scalar(node, hint, field)

    def _pack_text(self, node: yaml.Node, field: str) -> PackText:
        name = self.read(node, str, field)
        folder = self.file.parent.resolve()
        target = (folder / name).resolve()
        if not target.is_relative_to(folder) or not target.is_file():
            raise self.error(node, field, f"no file {name} in the pack", "a file inside the pack")
        return PackText(name, target.read_text(encoding="utf-8"))

    def _scalar(self, node: yaml.Node, hint: Any, field: str) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(node, field, describe(node), f"a single value ({_kind_of(hint)})")
        if issubclass(hint, StrEnum):
            try:
                return hint(node.value)
            except ValueError as error:
                choices = ", ".join(hint)
                raise self.error(node, field, describe(node), f"one of {choices}") from error
        expected, read = _SCALARS[hint]
        try:
            return read(node)
        except ValueError as error:
            raise self.error(node, field, describe(node), expected) from error


def describe(node: yaml.Node) -> str:
    """Say what a node is, in words for the person who wrote it."""
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    kind = str(node.tag).removeprefix(_TAG)
    return "nothing" if kind == "null" else f"{node.value} (YAML reads it as {kind})"


def _one_line(error: yaml.YAMLError) -> str:
    return " ".join(str(getattr(error, "problem", None) or error).split())


def _kind_of(hint: Any) -> str:
    return getattr(hint, "__name__", str(hint))


def _tagged(node: yaml.ScalarNode, kind: str) -> str:
    if node.tag != _TAG + kind:
        raise ValueError(node.tag)
    return str(node.value)


def _text(node: yaml.ScalarNode) -> str:
    return _tagged(node, "str")


def _whole_number(node: yaml.ScalarNode) -> int:
    text = _tagged(node, "int")
    if _INTEGER.fullmatch(text) is None:
        raise ValueError(text)
    return int(text)


def _rate(node: yaml.ScalarNode) -> Decimal:
    text = _tagged(node, "str")
    if DECIMAL.fullmatch(text) is None:
        raise ValueError(text)
    return Decimal(text)


def _day(node: yaml.ScalarNode) -> date:
    return date.fromisoformat(_tagged(node, "timestamp"))


def _yes_or_no(node: yaml.ScalarNode) -> bool:
    text = _tagged(node, "bool")
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


_SCALARS: dict[type, tuple[str, Callable[[yaml.ScalarNode], object]]] = {
    str: ('text; put it in quotes, as "010010000"', _text),
    int: ("a whole number in digits, without quotes or leading zero", _whole_number),
    Decimal: ('a rate as text, digits and a point; put it in quotes, as "0.015"', _rate),
    date: ("a date without quotes, as 2019-03-01", _day),
    bool: ("true or false", _yes_or_no),
}

# By what YAML takes a scalar for; what is none of these has to be text in quotes.
_PLAIN: dict[str, type | None] = {"int": int, "bool": bool, "timestamp": date, "null": None}
