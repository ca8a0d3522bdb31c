"""Which payment qualifies for which program: each condition on both sides of its boundary."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.discount_checks import Proof, Standing, judge, together
from receivables_service.domain.discount_terms import (
    Approval,
    DiscountType,
    Period,
    Program,
    Timing,
    WeekendRule,
    YearDay,
    calendar_of,
    rate_on,
)

ISSUED = date(2019, 11, 1)
UNTIL_JAN_31 = Period(Decimal("0.05"), YearDay(1, 1, 1), YearDay(1, 31, 1))


def roll(day: date) -> date:
    """Weekends alone; holidays are the calendar's own matter."""
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def program(**changes):
    given_ = {
        "code": "early",
        "name": "Early",
        "discount_type": DiscountType.EARLY,
        "periods": (UNTIL_JAN_31,),
        "gl_account": "4190",
    }
    return Program(**given_ | changes)


def timing(paid_on, *, mailed=False, at=None, corrected=(), issued=ISSUED):
    return Timing(2019, issued, tuple(corrected), paid_on, mailed, at)


def rate(one, *args, **changes):
    found = rate_on(one, timing(*args, **changes), roll)
    return None if found is None else str(found.rate)


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        (date(2019, 12, 31), None),
        (date(2020, 1, 1), "0.05"),
        (date(2020, 1, 31), "0.05"),
        (date(2020, 2, 1), None),
    ],
)
def test_recv_023_the_deadline_itself_is_in_time(day, wanted):
    """RECV-023: the first and the last day count, the days beside them do not."""
    assert rate(program(), day) == wanted


def test_recv_023_a_cut_off_closes_the_last_day_for_what_is_handed_in():
    """RECV-023: on the last day only, and never for mail: that has its postmark."""
    one, last = program(cut_off="17:00"), date(2020, 1, 31)
    assert rate(one, last, at=time(17, 0)) == "0.05"
    assert rate(one, last, at=time(17, 0, 1)) is None
    assert rate(one, last, at=time(23, 0), mailed=True) == "0.05"
    assert rate(one, last - timedelta(days=1), at=time(23, 0)) == "0.05"
    assert rate(one, last) == "0.05"


def test_recv_023_a_last_day_on_a_weekend_moves_for_whom_the_law_says():
    """RECV-023: 2026-01-31 is a Saturday; Monday counts at the office, for mail only where said."""
    monday = date(2026, 2, 2)
    delivered, anyone = program(weekend=WeekendRule.DELIVERED), program(weekend=WeekendRule.ANY)

    def on(one, day, *, mailed):
        found = rate_on(one, Timing(2025, ISSUED, (), day, mailed), roll)
        return found is not None and found.last_day == monday

    assert on(delivered, monday, mailed=False)
    assert not on(delivered, monday, mailed=True)
    assert on(anyone, monday, mailed=True)
    assert not on(anyone, monday + timedelta(days=1), mailed=True)
    assert not on(program(), monday, mailed=False)


def test_recv_021_a_time_after_the_notice_is_counted_from_it():
    """RECV-021: thirty days, or two months, from the day the bill was issued."""
    days = program(periods=(Period(Decimal("0.04"), days_after_notice=30),))
    assert rate(days, ISSUED + timedelta(days=30)) == "0.04"
    assert rate(days, ISSUED + timedelta(days=31)) is None
    months = program(periods=(Period(Decimal("0.02"), months_after_notice=2),))
    assert rate(months, date(2020, 1, 1)) == "0.02"
    assert rate(months, date(2020, 1, 2)) is None


def test_recv_021_a_correction_keeps_its_days_rate_open():
    """The rate of the day a bill was corrected on holds thirty days from it, the better of two."""
    steps = tuple(
        Period(Decimal(part), YearDay(month, 1, later), YearDay(month, 31, later),
               days_after_correction=30)
        for part, month, later in (("0.04", 11, 0), ("0.03", 12, 0), ("0.02", 1, 1))
    )  # fmt: skip
    one = program(periods=steps)
    corrected = [date(2019, 12, 20)]
    assert rate(one, date(2020, 1, 19)) == "0.02"
    assert rate(one, date(2020, 1, 19), corrected=corrected) == "0.03"
    assert rate(one, date(2020, 1, 20), corrected=corrected) == "0.02"
    assert rate(one, date(2020, 2, 5), corrected=[date(2020, 1, 7)]) == "0.02"
    assert rate(one, date(2020, 2, 7), corrected=[date(2020, 1, 7)]) is None


def test_recv_024_every_check_is_made_and_told():
    """RECV-024: one failing does not hide the next; what was seen is kept."""
    one = program(classes=("residential",), excluded_flags=("dnap",), proofs=("age", "income"))
    day = date(2020, 2, 1)
    proofs = (
        Proof("age", "ID 1", date(2010, 1, 1)),
        Proof("income", "return 2018", date(2019, 1, 1), date(2020, 1, 31)),
    )
    standing = Standing("farm", (2017, 2018), ("dnap", "seen"), proofs)
    verdict = judge(one, timing(day), standing, roll)
    assert [(each.name, each.passed) for each in verdict.checks] == [
        ("timely", False),
        ("tax_class", False),
        ("prior_years", False),
        ("flags", False),
        ("proof_age", True),
        ("proof_income", False),
    ]
    assert "2017, 2018" in verdict.checks[2].seen
    assert "out of date" in verdict.checks[5].seen
    assert not verdict.eligible
    good = Standing("residential", (), ("seen",), proofs)
    assert judge(one, timing(date(2020, 1, 31)), good, roll).eligible
    assert "none on file" in judge(one, timing(day), Standing(), roll).failing[-1].seen


def test_recv_024_standing_is_asked_only_where_the_program_asks():
    """A program that does not mind earlier years grants to who owes them."""
    late = Standing(delinquent_years=(2018,))
    day = timing(date(2020, 1, 15))
    assert not judge(program(), day, late, roll).eligible
    assert judge(program(good_standing=False), day, late, roll).eligible


def test_recv_021_stacking_needs_both_to_allow_it():
    """RECV-021: the best rate first; another joins only where each names the other."""
    ten = Period(Decimal("0.10"), YearDay(1, 1, 1), YearDay(1, 31, 1))

    def chosen(*programs):
        verdicts = [judge(one, timing(date(2020, 1, 15)), Standing(), roll) for one in programs]
        return [each.program.code for each in together(verdicts)]

    early = program(stacks_with=("senior",))
    senior = program(code="senior", periods=(ten,), stacks_with=("early",))
    assert chosen(early, senior) == ["senior", "early"]
    assert chosen(program(), senior) == ["senior"]
    assert chosen(early, program(code="senior", periods=(ten,))) == ["senior"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"periods": ()},
        {"gl_account": ""},
        {"approval": Approval.ABOVE},
        {"approval_above_cents": 5},
        {"cut_off": "25:00"},
    ],
    ids=["no period", "no account", "above what", "above without", "no hour"],
)
def test_recv_021_a_program_that_says_too_little_is_refused(wrong):
    with pytest.raises(ValueError):  # noqa: PT011 - the pack's reader tells where it is
        program(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": Decimal(0), "days_after_notice": 3},
        {"rate": Decimal(1), "days_after_notice": 3},
        {"rate": Decimal("0.1")},
        {"rate": Decimal("0.1"), "first": YearDay(1, 1)},
    ],
    ids=["nothing off", "all off", "no days", "half a period"],
)
def test_recv_021_a_period_that_says_too_little_is_refused(wrong):
    with pytest.raises(ValueError, match=r"."):
        Period(**wrong)
    with pytest.raises(ValueError, match="no day"):
        YearDay(13, 1)


@given(day=st.dates(date(2019, 10, 1), date(2020, 12, 31)), mailed=st.booleans())
def test_a_rate_is_had_on_the_days_the_calendar_lists(day, mailed):
    """The calendar shown and the check made are the same days."""
    one = program(periods=(UNTIL_JAN_31, Period(Decimal("0.02"), months_after_notice=2)))
    listed = [
        of for of, first, last in calendar_of(one, 2019, ISSUED, roll) if first <= day <= last
    ]
    found = rate_on(one, timing(day, mailed=mailed), roll)
    assert (found.rate if found else None) == max(listed, default=None)
