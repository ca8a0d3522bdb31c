"""Nobody has to read the code to know what to type: every command and every word of it says."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from millage_cli.main import app
from millage_cli.problems import ExitCode


def commands(found: Any, path: str = "millage") -> Iterator[Any]:
    """Every group and command below this one, each with its path."""
    yield pytest.param(found, id=path)
    for name, below in getattr(found, "commands", {}).items():
        yield from commands(below, f"{path} {name}")


ALL = list(commands(get_command(app)))


@pytest.mark.parametrize("found", ALL)
def test_a_command_says_what_it_does_and_what_each_word_means(found):
    assert (found.help or "").strip()
    unsaid = [each.name for each in found.params if not (getattr(each, "help", "") or "").strip()]
    assert unsaid == []


@pytest.mark.parametrize("found", ALL)
def test_every_command_answers_in_json_when_asked(found):
    """`--json` is an option of each, so that a script need not know which have it."""
    if not hasattr(found, "commands"):
        assert "--json" in {word for each in found.params for word in each.opts}


def test_the_first_page_explains_every_exit_code():
    told = get_command(app).epilog

    assert [int(code) for code in re.findall(r"\b(\d):", told)] == list(ExitCode)


def test_there_are_many():
    """Guards the two above: a walk that finds nothing would find everything well."""
    assert len(ALL) > 200
