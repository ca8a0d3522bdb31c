"""A port belongs to whoever was given it, listening or not yet."""

import os
import subprocess
import sys

import pytest

from devkit import ports
from devkit.environment import Addresses
from devkit.roster import usual_ports

TAKE = """
import sys
from devkit import ports
print(*ports.free_ports(40), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_notes(monkeypatch, tmp_path) -> None:
    """What this machine's other processes took is not this test's."""
    monkeypatch.setenv("MILLAGE_CACHE", str(tmp_path))


@pytest.fixture
def takers():
    """Processes that take forty ports each at the same time, and hold them until they are ended."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", TAKE],
            env=dict(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    yield started
    for process in started:
        process.communicate()


def taken_by(process) -> set[int]:
    return {int(port) for port in process.stdout.readline().split()}


def test_processes_that_start_together_get_different_ports(takers):
    """None of them listens yet."""
    found = [taken_by(process) for process in takers]

    assert [len(one) for one in found] == [40] * 4
    assert len(set.union(*found)) == 160


def test_a_port_somebody_holds_is_not_taken_until_he_has_ended(takers):
    """All or none; afterwards nobody has to give it back."""
    held = taken_by(takers[0])
    mine = ports.free_ports(1)
    assert not ports.take([*mine, min(held)])
    takers[0].communicate()

    assert ports.take([*mine, min(held)])


def test_a_stack_leaves_the_usual_ports_to_the_one_that_starts_beside_it(takers):
    """Its processes are not there yet, but its ports are its own."""
    known = dict(zip(usual_ports(), sorted(taken_by(takers[0])), strict=False))

    assert not set(Addresses.choose(known).ports.values()) & set(known.values())


def test_one_process_may_take_its_own_ports_again():
    """As a server does that is restarted."""
    mine = ports.free_ports(3)

    assert ports.take_again(mine)
    assert not set(mine) & set(ports.free_ports(50))
