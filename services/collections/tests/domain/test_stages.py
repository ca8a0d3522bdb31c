"""COLL-014: a letter is due by age, sum and the letter before it, and by nothing else."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collections_service.domain.coded import CodeOnBill, Purpose
from collections_service.domain.stages import Debt, Fate, Stage, Verdict, judged, stayed

TODAY = date(2023, 3, 31)
FIRST = Stage("first", "First notice", 31, 2_500)
FINAL = Stage("final", "Final notice", 61, 2_500, after="first", wait_days=30)


@given(st.integers(-400, 400), st.integers(-100, 10_000), st.sampled_from([FIRST, FINAL]))
def test_coll_014_no_letter_before_its_time_or_about_too_little(days, cents, stage) -> None:
    """COLL-014: whatever else is so."""
    verdict = judged(Debt(cents, days, sent={}), stage, 2_500, TODAY)
    if stage is FINAL or days < 31 or cents < 2_500:
        assert verdict is None
    else:
        assert verdict == Verdict(Fate.SELECTED)


@given(st.integers(0, 90))
def test_coll_014_the_last_letter_waits_from_the_first(waited: int) -> None:
    """COLL-014: so many days after it went out; not at all while nobody told that it did."""
    gone = {"first": TODAY - timedelta(days=waited)}
    due = judged(Debt(5_000, 200, sent=gone), FINAL, 2_500, TODAY)
    assert (due is not None) == (waited >= 30)
    assert judged(Debt(5_000, 200, sent={"first": None}), FINAL, 2_500, TODAY) is None


def test_coll_015_a_stage_is_written_once() -> None:
    """COLL-015: even where its letter has not gone out yet."""
    assert judged(Debt(5_000, 200, sent={"first": None}), FIRST, 2_500, TODAY) is None


def test_noti_005_what_stays_a_letter_comes_in_order() -> None:
    """NOTI-005: the code before the hold, the hold before the payment; looking is always free."""
    quiet = (CodeOnBill("Q", frozenset(), "exclude"),)
    assert stayed(quiet, Purpose.NOTICE, "dispute", "odd") == ("Q", "delinquent_notices")
    assert stayed((), Purpose.NOTICE, "dispute", "odd") == ("dispute", "hold")
    assert stayed((), Purpose.NOTICE, None, "odd") == ("odd", "unposted_payment")
    assert stayed((), Purpose.EXPORT, None, "odd") is None
    assert stayed(quiet, Purpose.VIEW, "dispute", "odd") is None
