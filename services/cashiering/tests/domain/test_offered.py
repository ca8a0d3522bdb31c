"""CASH-025: what a bill would be let off, from the programs as they were told."""

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.offered import (
    At,
    Payable,
    Period,
    Program,
    Standing,
    offer,
)
from taxkit.money import Rounding

JAN_1, JAN_31 = date(2022, 1, 1), date(2022, 1, 31)
CLEAR = Standing()


def early(**more) -> Program:
    rate = Decimal(more.pop("rate", "0.05"))
    return Program("early", (Period(rate, JAN_1, JAN_31),), Rounding.HALF_UP, **more)


def bill(*tax_cents: int, **more) -> Payable:
    given = {"bill_class": "", "corrected_on": (), "specials_cents": 0, "fee_cents": {}, **more}
    billed = sum(tax_cents)
    return Payable(
        date(2021, 11, 1), billed_cents=billed, tax_cents=tax_cents or (300_000,), **given
    )


def cents(programs, of=None, standing=CLEAR, day=JAN_31, at=None) -> int:
    found = offer(programs, of or bill(300_000), standing, At(day, at), lambda one: one)
    return found.discount_cents if found else 0


def test_ac_12_five_per_cent_until_the_end_of_january() -> None:
    """3,000.00: 150.00 on the last day, nothing the day after."""
    assert cents([early()]) == 15_000
    assert cents([early()], day=date(2022, 2, 1)) == 0
    assert cents([]) == 0


@pytest.mark.parametrize(
    ("program", "standing"),
    [
        (early(), Standing(owes_earlier_years=True)),
        (early(excluded_flags=frozenset({"dnap"})), Standing(flags=frozenset({"dnap"}))),
        (early(proofs=frozenset({"age"})), Standing(proofs=frozenset({"income"}))),
        (early(classes=frozenset({"business"})), CLEAR),
    ],
)
def test_recv_024_an_account_that_does_not_qualify_is_offered_nothing(program, standing) -> None:
    """An earlier year, a flag, a proof that is missing, another class."""
    assert cents([program], standing=standing) == 0


def test_recv_023_after_the_cut_off_on_the_last_day_it_is_too_late() -> None:
    """At the cut-off is in time; on an earlier day the hour does not matter."""
    program = [early(cut_off="17:00")]
    assert cents(program, at=time(17)) == 15_000
    assert cents(program, at=time(17, 1)) == 0
    assert cents(program, at=time(17, 1), day=JAN_1) == 15_000


def test_recv_022_specials_and_fees_count_as_the_program_says() -> None:
    """A third of the bill is special; one of its fees bears the discount."""
    of = bill(300_000, specials_cents=100_000, fee_cents={"mailing": 2_000, "nsf": 900})
    assert cents([early()], of) == 10_000
    assert cents([early(specials=True, fee_codes=frozenset({"mailing"}))], of) == 15_100


def test_a_period_after_the_notice_or_a_correction_is_the_bills_own() -> None:
    """Thirty days after the notice, and as long after a correction made in them."""
    period = Period(Decimal("0.04"), None, None, 30, None, 30)
    program = Program("notice", (period,), Rounding.HALF_UP)
    assert cents([program], bill(100_000), day=date(2021, 12, 1)) == 4_000
    assert cents([program], bill(100_000), day=date(2021, 12, 20)) == 0
    corrected = bill(100_000, corrected_on=(date(2021, 11, 25),))
    assert cents([program], corrected, day=date(2021, 12, 20)) == 4_000


def test_a_last_day_that_moves_moves_where_the_program_says_so() -> None:
    """January 31 is no working day here."""

    def roll(day: date) -> date:
        return date(2022, 2, 2) if day == JAN_31 else day

    at = At(date(2022, 2, 2), None)
    found = offer([early(weekend="delivered")], bill(100_000), CLEAR, at, roll)
    assert found is not None
    assert found.until == at.day
    assert offer([early()], bill(100_000), CLEAR, at, roll) is None


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=4),
    st.lists(st.decimals("0.0001", "0.9999", places=4), min_size=1, max_size=3),
    st.booleans(),
)
def test_no_more_is_let_off_than_is_open(taxes, rates, stack) -> None:
    """Together at most the open principal; stacked never less than the best alone."""
    codes = [f"p{number}" for number in range(len(rates))]
    programs = [
        Program(
            code,
            (Period(rate, JAN_1, JAN_31),),
            Rounding.HALF_UP,
            stacks_with=frozenset(codes) if stack else frozenset(),
        )
        for code, rate in zip(codes, rates, strict=True)
    ]
    of = bill(*taxes)
    together = cents(programs, of)
    assert max(cents([one], of) for one in programs) <= together <= sum(taxes)
    if not stack:
        assert together == max(cents([one], of) for one in programs)
