"""How `millage pack check` says what a pack's worked cases tell of its law, and what not."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from millage_cli.output import table
from millage_cli.packs import files
from taxkit import packs
from taxkit.packcover import Covered
from taxkit.packvalues import PackError


def of_pack(directory: Path) -> list[dict[str, Any]]:
    """What is told of each section; nothing where the pack cannot be read, which is told apart."""
    try:
        return [_plain(each) for each in packs.covered(directory, files())]
    except PackError:
        return []


def _plain(one: Covered) -> dict[str, Any]:
    untold = [{"value": path, "why": why} for path, why in one.untold]
    return asdict(one) | {"untold": untold}


def sections(told: Iterable[Mapping[str, Any]]) -> Table:
    """Each section of a pack: by which cases it is told, on how many sides."""
    counts = ("Told", "Excused", "Untold")
    view = table("What the cases tell", "File", "Section", "Of", "Cases", *counts, right=counts)
    for one in told:
        numbers = (str(one["told"]), str(one["excused"]), str(len(one["untold"])))
        view.add_row(one["file"], one["section"], one["folder"], one["cases"] or "none", *numbers)
    return view


def untold(told: Iterable[Mapping[str, Any]]) -> Iterator[Text]:
    """What no case tells in any of the packs, each with its reason: there is no gap besides."""
    found: Counter[tuple[str, str, str]] = Counter()
    for one in told:
        for each in one["untold"]:
            value = ".".join(filter(None, (one["section"], each["value"])))
            found[one["file"], each["why"], value] += 1
    by_reason: dict[tuple[str, str], list[str]] = {}
    for file, why, value in sorted(found):
        by_reason.setdefault((file, why), []).append(value)
    if by_reason:
        yield Text("\nNot told by a case, and why", "bold")
    for (file, why), values in by_reason.items():
        yield Text.assemble((f"{file}: ", "bold"), ", ".join(values), (f"\n  {why}", "dim"))
