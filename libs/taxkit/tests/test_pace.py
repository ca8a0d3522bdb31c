"""Waiting for company: what comes alone is taken at once, a stream is gathered."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from taxkit.pace import Pace

COUNTS = st.lists(st.tuples(st.floats(0, 5), st.integers(1, 200)), max_size=30)


def test_a_lone_message_hardly_waits():
    """One every 70 ms, as on an idle counter: a fraction of the longest."""
    pace = Pace(0.06)
    waits = []
    for beat in range(50):
        pace.note(1, beat * 0.07)
        waits.append(pace.wait(beat * 0.07))

    assert waits[0] < 0.002
    assert max(waits) < 0.012


def test_a_stream_waits_longest():
    pace = Pace(0.06)
    for beat in range(400):
        pace.note(1, beat * 0.005)

    assert pace.wait(399 * 0.005) == 0.06


def test_what_came_long_ago_is_forgotten():
    pace = Pace(0.06)
    pace.note(1000, 0)

    assert pace.wait(0) == 0.06
    assert pace.wait(10) < 0.0001


@given(COUNTS)
def test_no_wait_is_negative_or_beyond_the_longest(steps: list[tuple[float, int]]):
    pace, now = Pace(0.06), 0.0
    for pause, count in steps:
        now += pause
        pace.note(count, now)
        assert 0 <= pace.wait(now) <= 0.06


@given(st.lists(st.integers(1, 50), min_size=2, max_size=10))
def test_more_at_once_waits_no_shorter(counts: list[int]):
    waits = []
    for count in sorted(counts):
        pace = Pace(0.06)
        pace.note(count, 1)
        waits.append(pace.wait(1))

    assert all(less <= more for less, more in pairwise(waits))
