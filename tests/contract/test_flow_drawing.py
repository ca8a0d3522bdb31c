"""The drawing of the flow in docs/architecture.md, held against what the services subscribe to."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs/architecture.md"
_EDGE = re.compile(r'^\s*(\w+) -- "?([\w, ]+?)"? --> ([\w& ]+)$', re.MULTILINE)
Arrow = tuple[str, str, str]


def drawn(services: set[str]) -> Iterator[Arrow]:
    """Who tells whom of what, arrow by arrow; people and mail are left out."""
    text = PAGE.read_text(encoding="utf-8")
    drawing = text.partition("flowchart LR")[2].partition("```")[0]
    for owner, events, consumers in _EDGE.findall(drawing):
        for consumer in consumers.split(" & "):
            if {owner, consumer} <= services:
                yield from ((owner, event, consumer) for event in events.split(", "))


@pytest.fixture
def told(specs) -> set[Arrow]:
    """What is really listened to."""
    return {
        (one.owner, one.event.partition(".")[0], service)
        for service, spec in specs.items()
        for one in spec.subscriptions
    }


def test_every_arrow_is_a_subscription_and_every_subscription_an_arrow(specs, told):
    arrows = list(drawn(set(specs)))

    assert sorted(set(arrows) - told) == []
    assert sorted(told - set(arrows)) == []
    assert len(arrows) == len(set(arrows))
