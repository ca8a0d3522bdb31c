"""`make demo` as a newcomer runs it, and README.md, which shows what it printed."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHANGING = (
    (re.compile(r"[\d,]+ ms"), "N ms"),
    (re.compile(r"\d+\.\d s\b"), "N s"),
    (re.compile(r"\S+\.eml"), "FILE.eml"),
)
_OF_THE_CALLER = ("MILLAGE_STACK", "MILLAGE_JURISDICTION", "MILLAGE_COUNTY", "MILLAGE_TOKEN")


def lines_of(text: str) -> list[str]:
    """The lines without what differs from run to run: times, and names made of them."""
    for pattern, instead in CHANGING:
        text = pattern.sub(instead, text)
    return [re.sub(r" +", " ", line).rstrip() for line in text.splitlines()]


def shown() -> Iterator[str]:
    """What README.md says the demo prints."""
    _, _, after = (ROOT / "README.md").read_text(encoding="utf-8").partition("`make demo`\n")
    section, _, _ = after.partition("\n## ")
    for block in re.findall(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
        yield from lines_of(block)


def absent(wanted: Iterator[str], printed: list[str]) -> list[str]:
    """Lines that are not printed, in their order; `…` stands for lines left out."""
    missing, at = [], 0
    for line in wanted:
        if not line.strip() or "…" in line:
            continue
        if line in printed[at:]:
            at += printed[at:].index(line) + 1
        else:
            missing.append(line)
    return missing


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    given = {name: value for name, value in os.environ.items() if name not in _OF_THE_CALLER}
    given["MILLAGE_STATE_DIR"] = str(tmp_path_factory.mktemp("state"))
    done = subprocess.run(
        [sys.executable, "-m", "devkit.demo"],
        check=False,
        capture_output=True,
        text=True,
        env=given,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return lines_of(done.stdout)


def test_the_demo_ends_well(printed: list[str]):
    """It fails by itself when a bill, a line of a file or the tie-out comes out otherwise."""
    assert sum(line.startswith("It holds, to the cent") for line in printed) == 2


def test_the_readme_shows_what_is_printed(printed: list[str]):
    """Every line and amount, in the order of the run; only times may differ."""
    wanted = list(shown())
    assert len(wanted) > 40
    assert absent(iter(wanted), printed) == []


def test_an_amount_that_is_another_would_be_seen(printed: list[str]):
    """Guards the test above."""
    spoiled = [line.replace("$8,025.13 from", "$8,025.14 from") for line in shown()]
    assert len(absent(iter(spoiled), printed)) == 1
