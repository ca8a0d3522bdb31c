"""Waiting for company: what comes alone is taken at once, a stream is gathered."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from taxkit.pace import Leisure, Pace, Patience

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


def _waits(patience: Patience, *, came_late: bool, times: int, start: float = 0.0) -> list[float]:
    """Wait as often as told, in a stream of 200 a second, with somebody coming late or not."""
    found, now = [], start
    for _ in range(times):
        patience.note(4, now)
        found.append(patience.wait(now))
        now += 0.02
        if found[-1]:
            patience.judge(now, came_late=came_late)
    return found


def test_waiting_goes_on_as_long_as_it_brings_somebody():
    waits = _waits(Patience(Pace(0.02)), came_late=True, times=500)

    assert min(waits[50:]) == 0.02


def test_waiting_for_callers_who_are_kept_waiting_themselves_is_given_up():
    """They ask again only when answered: a handful of futile waits, then none for a long time."""
    waits = _waits(Patience(Pace(0.02)), came_late=False, times=700)

    assert 0 < len([wait for wait in waits if wait]) <= 6


def test_what_was_given_up_is_tried_again_later():
    patience = Patience(Pace(0.02))
    _waits(patience, came_late=False, times=20)

    assert _waits(patience, came_late=True, times=5, start=100.0)[-1] > 0


def test_what_can_wait_waits_for_a_stream_to_be_over():
    leisure = Leisure()
    assert leisure.is_there(0.0)
    for tick in range(100):
        leisure.note(20, tick / 10)
    assert not leisure.is_there(10.0)

    assert leisure.is_there(15.0)


def test_what_can_wait_does_not_wait_for_ever():
    """A stream of a whole day: once in ten minutes all the same."""
    leisure, done = Leisure(), []
    for second in range(3600):
        leisure.note(400, float(second))
        if leisure.is_there(float(second)):
            done.append(second)

    assert [later - before for before, later in pairwise(done)] == [600] * 4
    assert done[0] == 600


def test_a_lone_event_now_and_then_is_no_stream():
    leisure = Leisure()
    leisure.note(1, 0.0)

    assert leisure.is_there(0.1)
