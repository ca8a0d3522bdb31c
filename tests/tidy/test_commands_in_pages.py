"""A command that a page shows can be typed: `millage` and `make` know its every word."""

import re
import shlex
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from millage_cli.main import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    {
        path
        for pattern in ("*.md", "docs/**/*.md", "services/*/README.md", "libs/*/README.md",
                        "deploy/**/*.md", "examples/**/*.md")
        for path in ROOT.glob(pattern)
    }
)  # fmt: skip
_MILLAGE = get_command(app)
_WORD = re.compile(r"[a-z][a-z-]*")
_ALTERNATIVES = re.compile(r"[a-z-]+(\|[a-z-]+)+")


def shown(text: str, program: str) -> Iterator[list[str]]:
    """The words of each command in code blocks and code marks, without what follows as a remark."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`([^`\n]+)`", text)
    for line in lines:
        if line.removeprefix("$ ").startswith(f"{program} "):
            typed = re.split(r"\s#\s|\s[|>]\s", line.removeprefix("$ "))[0]
            yield shlex.split(typed.replace("'", ""))[1:]


def meant(words: list[str]) -> Iterator[list[str]]:
    """`fees add|show` is two commands."""
    choices = [one.split("|") if _ALTERNATIVES.fullmatch(one) else [one] for one in words]
    yield from (list(one) for one in product(*choices))


def unknown(words: list[str]) -> list[str]:
    """What of a command the command line would not take."""
    found: Any = _MILLAGE
    left = list(words)
    while left and hasattr(found, "commands") and left[0] in found.commands:
        found = found.commands[left.pop(0)]
    if hasattr(found, "commands"):
        # A group as such, or with a word of its help.
        return [one for one in left[:1] if _WORD.fullmatch(one)]
    options = {word for each in found.params for word in (*each.opts, *each.secondary_opts)}
    typed = {one.split("=")[0] for one in left if one.startswith("--")}
    return sorted(typed - options - {"--help"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_tells_to_type_can_be_typed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    wrong = {
        " ".join(["millage", *words]): lost
        for line in shown(text, "millage")
        for words in meant(line)
        if (lost := unknown(words))
    }
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    made = {word for words in shown(text, "make") for word in words if _WORD.fullmatch(word)}

    assert wrong == {}
    assert made - targets == set()


def test_there_is_something_to_try() -> None:
    """Guards the test above, and that it sees what is wrong."""
    found = [words for page in PAGES for words in shown(page.read_text("utf-8"), "millage")]

    assert len(found) > 100
    assert unknown(["parked", "lost"]) == ["lost"]
    assert unknown(["pay", "--gold", "5"]) == ["--gold"]
    assert list(meant(["fees", "add|show"])) == [["fees", "add"], ["fees", "show"]]
