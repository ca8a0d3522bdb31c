"""The tie-out holds to the cent or says where not."""

from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from millage_cli.tieout import Legs, ReceiptBreak, TieOut
from millage_cli.views import tieout_view

EVEN = Legs(
    received_cents=1000,
    allocated_cents=700,
    surplus_cents=100,
    suspense_cents=200,
    shared_cents=700,
    undistributed_cents=300,
)


def day(legs: Legs, told_cents: int = 1000) -> TieOut:
    return TieOut("2022-12-28", 3, 0, 0, legs, told_cents)


def test_received_is_allocated_surplus_and_suspense_is_shared_and_undistributed():
    """The three legs of the same money."""
    assert day(EVEN).holds


@given(st.sampled_from(list(EVEN.__slots__)), st.integers(-(10**12), 10**12).filter(bool))
def test_a_difference_anywhere_breaks_it(leg, cents):
    """Not a cent may be missing or too much, in any of the figures."""
    assert not day(replace(EVEN, **{leg: getattr(EVEN, leg) + cents})).holds


def test_what_distribution_was_told_of_has_to_be_all():
    """A payment that never reached it is a break, though its shares add up."""
    assert not day(EVEN, told_cents=999).holds


@given(st.integers(1, 10**12))
def test_cash_077_money_for_sources_is_with_the_funds_and_never_in_the_ledger(cents):
    """It ties when distribution's funds have it, and only then."""
    received = EVEN.received_cents + cents
    held = replace(EVEN, received_cents=received, source_cents=cents, fund_cents=cents)

    assert day(held, received).holds
    assert not day(replace(held, fund_cents=0), received).holds
    assert not day(replace(held, undistributed_cents=300 + cents, fund_cents=0), received).holds


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))
def test_any_money_that_went_the_whole_way_ties_out(allocated, surplus, suspense):
    """Whatever part of it could not be applied."""
    received = allocated + surplus + suspense
    legs = Legs(received, allocated, surplus, suspense, allocated, surplus + suspense)

    assert legs.holds


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (day(EVEN), "It holds, to the cent"),
        (
            day(replace(EVEN, allocated_cents=699)),
            "receivables has -$0.01 against the drawers",
        ),
        (
            day(replace(EVEN, shared_cents=701)),
            "distribution has +$0.01 against the drawers",
        ),
        (day(EVEN, told_cents=990), "distribution was told of -$0.10 against the drawers"),
    ],
)
def test_the_verdict_names_the_service_and_the_difference(result, words):
    """People see at once who is off and by how much."""
    assert words in shown(tieout_view(result))


def test_a_break_is_located_to_its_receipt():
    """The receipt's number and its three legs are listed."""
    off = replace(EVEN, shared_cents=0)

    text = shown(tieout_view(day(off), [ReceiptBreak("r", "W-1-20221228-1-00001", off)]))

    assert "W-1-20221228-1-00001" in text
    assert "$10.00" in text
    assert "$3.00" in text


def shown(part) -> str:
    """What a person sees."""
    console = Console(width=140, file=StringIO())
    console.print(part)
    return console.file.getvalue()
