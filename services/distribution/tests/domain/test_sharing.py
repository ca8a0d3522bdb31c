"""Whose money every cent is: exact in the end, near in between, in any order of arrival."""

from datetime import date
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from distribution_service.domain.restating import restate, share_all
from distribution_service.domain.sharing import (
    BillShares,
    Posting,
    Row,
    exact_shares,
    net_rows,
    share,
    unpaid,
)
from distribution_service.domain.terms import ChargeType, Terms

TERMS = Terms("law/tax/2018", "law/interest/2010", "010010000", "County of Cook")
DAY = date(2023, 3, 1)
BILL = UUID(int=1)
TAX, INTEREST = ChargeType.TAX, ChargeType.INTEREST

lines = st.dictionaries(
    st.text("0123456789", min_size=9, max_size=9),
    st.integers(0, 5_000_000),
    min_size=1,
    max_size=20,
).filter(lambda given: sum(given.values()) > 0)


def posting(number: int, *rows: tuple[int, ChargeType, int], kind: str = "payment") -> Posting:
    """Posting `number` of the bill; a row is (receipt, charge, cents)."""
    moved = net_rows((UUID(int=receipt), charge, cents, "") for receipt, charge, cents in rows)
    return Posting(UUID(int=number), moved[0].receipt_id, BILL, number, kind, DAY, 2021, moved)


def fold(bill: BillShares, *postings: Posting) -> BillShares:
    return share_all(bill, postings, TERMS)[0]


@st.composite
def payments(draw) -> tuple[dict[str, int], list[int]]:
    """A bill's lines and payments that add up to it."""
    bill = draw(lines)
    total = sum(bill.values())
    cuts = draw(st.lists(st.integers(0, total), max_size=12))
    edges = [0, *sorted(cuts), total]
    return bill, [after - before for before, after in pairwise(edges)]


@st.composite
def histories(draw) -> tuple[dict[str, int], list[Posting]]:
    """A bill's lines and what may happen to it: payments, full and partial takings-back."""
    bill = draw(lines)
    left: dict[int, int] = {}
    made: list[Posting] = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        held = [receipt for receipt, cents in left.items() if cents]
        if held and draw(st.booleans()):
            receipt = draw(st.sampled_from(held))
            cents = draw(st.one_of(st.just(left[receipt]), st.integers(1, left[receipt])))
            left[receipt] -= cents
            made.append(posting(number, (receipt, TAX, -cents), kind="reversal"))
        else:
            cents = draw(st.integers(1, max(sum(bill.values()), 1)))
            left[number] = cents
            made.append(posting(number, (number, TAX, cents), (number, INTEREST, 5)))
    return bill, made


@given(payments())
def test_dist_001_a_bill_paid_in_any_parts_gives_every_agency_exactly_its_line(case):
    """DIST-001: Whatever the payments, the last one brings each agency to its line of the bill."""
    bill, amounts = case
    postings = [
        posting(number, (number, TAX, cents)) for number, cents in enumerate(amounts, 1) if cents
    ]
    paid = fold(unpaid(bill), *postings)
    assert bill == dict(zip(paid.agencies, paid.held_cents, strict=True))


@given(histories())
def test_dist_001_the_shares_of_a_row_add_up_to_its_amount(case):
    """DIST-001: No cent is made or lost, in any row of any posting."""
    bill, postings = case
    _, shared = share_all(unpaid(bill), postings, TERMS)
    for one, shares in shared:
        assert [row.amount_cents for row in one.rows] == [sum(each.cents) for each in shares]


@given(payments())
def test_dist_001_between_payments_no_agency_is_a_whole_cent_from_proportion(case):
    """DIST-001: After every payment each agency is less than one cent from its exact proportion."""
    bill, amounts = case
    state, total = unpaid(bill), sum(bill.values())
    for number, cents in enumerate(amounts, 1):
        if cents:
            state, _ = share(state, posting(number, (number, TAX, cents)), {}, TERMS)
            for line, held in zip(state.line_cents, state.held_cents, strict=True):
                assert abs(Fraction(state.tax_cents * line, total) - held) < 1


@given(histories())
def test_dist_002_what_is_taken_back_whole_is_mirrored_entry_by_entry(case):
    """DIST-002: A receipt taken back leaves nothing with any agency."""
    bill, postings = case
    final = postings[-1].sequence
    undo = [
        Posting(UUID(int=final + n), r, BILL, final + n, "reversal", DAY, 2021, (Row(r, TAX, -t),))
        for n, (r, t) in enumerate(tax_left(postings).items(), 1)
    ]
    undone = fold(unpaid(bill), *postings, *undo)
    assert (0, {0}) == (undone.tax_cents, set(undone.held_cents))


def tax_left(postings: list[Posting]) -> dict[UUID, int]:
    """What each receipt still pays of the tax."""
    left: dict[UUID, int] = {}
    for one in postings:
        for row in one.rows:
            if row.charge_type is TAX:
                left[row.receipt_id] = left.get(row.receipt_id, 0) + row.amount_cents
    return {receipt: cents for receipt, cents in left.items() if cents}


@given(histories())
def test_dist_002_the_payment_after_reversals_is_exact_again(case):
    """DIST-002: A later payment trues up whatever reversals left uneven."""
    bill, postings = case
    after = fold(unpaid(bill), *postings, posting(99, (99, TAX, 100)))
    assert exact_shares(after.tax_cents, after) == after.held_cents


@given(histories(), st.randoms(use_true_random=False))
def test_arrival_order_does_not_change_what_agencies_have(case, random):
    """Postings taken in any order, one by one with corrections, end where their own order ends."""
    bill, postings = case
    expected, shared = share_all(unpaid(bill), postings, TERMS)
    arrived = random.sample(postings, len(postings))
    booked: dict = {}
    state = unpaid(bill)
    for count, one in enumerate(arrived, 1):
        done = restate(state, arrived[:count], {one.posting_id}, booked, TERMS)
        entered = [each for _, shares in done.fresh for each in shares] + list(done.corrections)
        for each in entered:
            for agency, cents in zip(each.agencies, each.cents, strict=True):
                key = (each.receipt_id, each.charge_type, agency)
                booked[key] = booked.get(key, 0) + cents
        state = done.bill
        assert all(sum(each.cents) == 0 for each in done.corrections)
    assert expected == state
    final: dict = {}
    for _, shares in shared:
        for each in shares:
            for agency, cents in zip(each.agencies, each.cents, strict=True):
                key = (each.receipt_id, each.charge_type, agency)
                final[key] = final.get(key, 0) + cents
    assert without_zeros(final) == without_zeros(booked)


def without_zeros(amounts: dict) -> dict:
    return {key: cents for key, cents in amounts.items() if cents}


def test_interest_goes_to_the_agency_the_law_names():
    """All interest is the county's, whoever levied the tax."""
    bill, made = share(
        unpaid({"020120000": 100}), posting(1, (7, TAX, 60), (7, INTEREST, 9)), {}, TERMS
    )
    shares = {(one.charge_type, one.agencies, one.cents, one.rule_id) for one in made}
    assert {
        (TAX, ("020120000",), (60,), "law/tax/2018"),
        (INTEREST, ("010010000",), (9,), "law/interest/2010"),
    } == shares
    assert bill.tax_cents == 60


def test_moving_a_receipt_between_installments_moves_no_share():
    """Rows that cancel out within a posting bring nobody anything."""
    assert net_rows([(UUID(int=7), TAX, 40, ""), (UUID(int=7), TAX, -40, "")]) == ()


def test_a_bill_over_nothing_shares_nothing():
    """DIST-011: without lines there is no one to share with, so the money is held."""
    assert not unpaid({"010010000": 0}).shareable
