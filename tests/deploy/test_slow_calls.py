"""Which calls the alert on slow ones leaves out: those that are long by nature, and no others."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
METHODS = {
    name: (ask, answer)
    for path in sorted((ROOT / "proto").rglob("*.proto"))
    for name, ask, answer in re.findall(
        r"rpc (\w+)\((stream )?[\w.]+\) returns \((stream )?", path.read_text(encoding="utf-8")
    )
}
AT_THE_COUNTER = ("PostPayment", "Quote", "PostBasket", "OpenSession", "CloseSession", "GetBill")


@pytest.fixture(scope="module")
def left_out() -> re.Pattern[str]:
    rules = yaml.safe_load((ROOT / "deploy/observability/rules/processes.yml").read_text())
    (slow,) = [
        rule for group in rules["groups"] for rule in group["rules"] if rule["alert"] == "RpcSlow"
    ]
    (pattern,) = re.findall(r'method!~"([^"]*)"', slow["expr"])
    return re.compile(pattern)


def test_what_streams_or_runs_over_a_county_is_left_out(left_out):
    """A levy run of the night must not wake anybody for being what it is."""
    long = {name for name, streams in METHODS.items() if any(streams)}
    long |= {name for name in METHODS if name.startswith("Run")}

    assert len(long) > 15
    assert {name for name in long if not left_out.fullmatch(name)} == set()


def test_every_word_of_the_pattern_leaves_something_out(left_out):
    """A method that is gone takes its word with it."""
    words = re.findall(r"[A-Z]\w+", left_out.pattern)

    assert {word for word in words if not any(word in name for name in METHODS)} == set()


@pytest.mark.parametrize("method", AT_THE_COUNTER)
def test_what_a_payer_waits_for_is_watched(left_out, method):
    assert method in METHODS
    assert not left_out.fullmatch(method)
