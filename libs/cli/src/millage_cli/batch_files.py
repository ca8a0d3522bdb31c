"""CSV files of a batch: which columns they may have, and their figures read or refused by line."""

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millage.levy.v1 import levy_pb2
from millage_cli.problems import usage

# More than any property is worth, and less than a message can hold.
_WHOLE = re.compile("-?[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a file; a column that it has not is empty."""

    path: Path
    number: int
    values: Mapping[str, str]

    def text(self, name: str) -> str:
        return (self.values.get(name) or "").strip()

    def whole(self, name: str) -> int | None:
        """A whole number; None where there is nothing."""
        text = self.text(name)
        if not text:
            return None
        digits = text.replace(",", "")
        if _WHOLE.fullmatch(digits) is None:
            raise self._refused(f"{name} is {text!r}, a whole number is needed")
        return int(digits)

    def exemptions(self, name: str) -> list[levy_pb2.Exemption]:
        """Codes, as `homeowner senior=5000` writes them."""
        found = []
        for each in self.text(name).split():
            code, _, dollars = each.partition("=")
            exemption = levy_pb2.Exemption(code=code)
            if dollars:
                if _WHOLE.fullmatch(dollars) is None:
                    raise self._refused(f"{name} has {each!r}: write CODE or CODE=DOLLARS")
                exemption.amount_dollars = int(dollars)
            found.append(exemption)
        return found

    def _refused(self, what: str) -> Exception:
        return usage("ROW_INVALID", f"{self.path} line {self.number}: {what}")


def read(path: Path, needed: Sequence[str], allowed: Sequence[str]) -> list[Line]:
    """Read a file whole; a column nobody knows is a slip, not something to pass over."""
    return list(lines(path, needed, allowed))


def lines(path: Path, needed: Sequence[str], allowed: Sequence[str]) -> Iterator[Line]:
    """Read a file line by line, as far as whoever asks goes on."""
    try:
        file = path.open(encoding="utf-8", newline="")
    except OSError as error:
        raise usage("FILE_UNREADABLE", f"{path}: {error.strerror}") from error
    with file:
        try:
            rows = csv.DictReader(file)
            columns = set(rows.fieldnames or ())
            if not columns >= set(needed) or not columns <= {*needed, *allowed}:
                raise usage(
                    "COLUMNS_UNKNOWN",
                    f"{path} needs {', '.join(needed)} and may have {', '.join(allowed)}",
                )
            for row in rows:
                yield Line(path, rows.line_num, {name: row[name] or "" for name in columns})
        except UnicodeDecodeError as error:
            raise usage("BAD_ENCODING", f"{path} is not UTF-8: {error.reason}") from error
        except csv.Error as error:
            raise usage("FILE_UNREADABLE", f"{path}: {error}") from error


def put_values(line: Line, row: Any) -> None:
    """Put a line's values into a row of levy; a net value that is not given is computed there."""
    if (value := line.whole("value_dollars")) is not None:
        row.value_dollars = value
    net = line.whole("net_value_dollars")
    if net is None:
        row.compute_net_value = True
    else:
        row.net_value_dollars = net


def digest(path: Path, *more: object) -> str:
    """Tell this content apart from any other: the same file is done once."""
    made = hashlib.sha256(path.read_bytes())
    made.update(repr(more).encode())
    return made.hexdigest()
