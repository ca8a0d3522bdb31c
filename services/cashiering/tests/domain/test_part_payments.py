"""RECV-062, Q-33: which parts of a bill are taken, pure."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.charges import OpenInstallment
from cashiering_service.domain.part_payments import (
    ANY_PART,
    Accepted,
    Least,
    OpenPart,
    PartPayments,
    Standing,
    Standings,
    objection,
)

DUE_1, DUE_2 = date(2022, 3, 1), date(2022, 12, 30)
DAY = date(2022, 6, 1)
# The first half is late and bears 40 of interest.
HALVES = (OpenPart(DUE_1, 640, 40), OpenPart(DUE_2, 400, 0))
BILL = Standing("2021-P", HALVES)
CODED = PartPayments(Accepted.CODED_ONLY)
WHOLE = PartPayments(Accepted.INSTALLMENTS)
CHARGES = PartPayments(Accepted.ALWAYS, Least.CHARGES)


def _reason(terms: PartPayments, cents: int, bill: Standing = BILL, on: date = DAY) -> str:
    found = objection(terms, cents, on, bill)
    return found.reason if found else ""


@pytest.mark.parametrize(
    ("cents", "refused"),
    [(1, True), (639, True), (640, False), (641, True), (1_039, True), (1_040, False)],
)
def test_recv_062_whole_first_installments_and_the_whole_bill_are_no_parts(cents, refused) -> None:
    """RECV-062: neither asks for a code."""
    assert _reason(CODED, cents) == "PARTIAL_NOT_CODED" * refused
    assert _reason(WHOLE, cents) == "PART_NOT_AN_INSTALLMENT" * refused


def test_recv_062_a_code_lifts_what_asks_for_codes_and_nothing_else() -> None:
    """RECV-062: where only whole installments are taken, a code does not help."""
    coded = Standing("2021-P", HALVES, is_coded=True)
    assert _reason(CODED, 1, coded) == ""
    assert _reason(WHOLE, 1, coded) == "PART_NOT_AN_INSTALLMENT"
    assert _reason(CHARGES, 1, coded) == "PART_BELOW_CHARGES"


@pytest.mark.parametrize(("cents", "refused"), [(39, True), (40, False)])
def test_recv_062_a_part_of_late_tax_pays_what_came_on_top_first(cents, refused) -> None:
    """One cent less than interest, penalty and fees is refused."""
    assert _reason(CHARGES, cents) == "PART_BELOW_CHARGES" * refused


def test_recv_062_before_it_is_late_no_least_is_asked() -> None:
    """On the due date itself the bill is not late yet."""
    assert _reason(CHARGES, 1, on=DUE_1) == ""


def test_recv_062_a_plan_says_itself_what_is_paid() -> None:
    """An agreed plan's installments are no parts."""
    planned = Standing("2021-P", HALVES, is_in_plan=True)
    assert [_reason(terms, 1, planned) for terms in (CODED, WHOLE, CHARGES)] == ["", "", ""]


@pytest.mark.parametrize(("cents", "refused"), [(1_019, True), (1_020, False)])
def test_recv_026_what_a_discount_leaves_is_the_whole(cents, refused) -> None:
    """RECV-026: who pays all but what is let off pays no part."""
    assert _reason(CODED, cents, Standing("2021-P", HALVES, 20)) == "PARTIAL_NOT_CODED" * refused


def test_recv_062_quoted_for_the_day_goes_before_what_was_told() -> None:
    """A quote for another day is none for this."""
    told = [OpenInstallment(2, DUE_2, {"tax": 400}), OpenInstallment(1, DUE_1, {"tax": 600})]
    quoted = [OpenInstallment(1, DUE_1, {"tax": 600, "interest": 40}), told[0]]
    bill = Standings(
        "2021-P", is_coded=True, is_in_plan=False, told=told, quoted={DAY: (quoted, 5)}
    )
    assert bill.on(DAY) == Standing("2021-P", list(HALVES), 5, is_coded=True)
    assert bill.on(DUE_2).installments == [OpenPart(DUE_1, 600, 0), OpenPart(DUE_2, 400, 0)]


@given(
    st.builds(PartPayments, st.sampled_from(Accepted), st.sampled_from(Least)),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=4),
    st.integers(1, 5_000),
)
def test_recv_062_whoever_pays_all_is_never_refused(terms, opened, more) -> None:
    """RECV-062: nor is anybody where nothing is asked."""
    bill = Standing("B", [OpenPart(DUE_1, tax + grown, grown) for tax, grown in opened])
    assert objection(terms, bill.due_cents + more - 1, DAY, bill) is None
    assert objection(ANY_PART, more, DAY, bill) is None
