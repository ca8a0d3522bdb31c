"""CASH-046, CASH-051, CASH-055: one order decided, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.allotment import AllocationRule
from cashiering_service.domain.charges import OpenCharges, OpenInstallment
from cashiering_service.domain.limits import Limits, MayTake
from cashiering_service.domain.receipt import BillDue, Order, OrderedLine, Payer, SessionHead
from cashiering_service.domain.tender import Tender, TenderKind
from cashiering_service.domain.till import Facts, asks_for_charges, take
from cashiering_service.domain.waiver import Waived
from taxkit.errors import Refusal

DAY = date(2022, 12, 15)
SESSION = SessionHead(UUID(int=1), "T01", 1, DAY, DAY, is_open=True)
BILL = UUID(int=7)
DUES = {BILL: BillDue(BILL, "2021-1", 1, "1", 2021, 10_000)}
OPEN = OpenCharges((OpenInstallment(1, date(2022, 12, 30), {"tax": 10_000}),))
FACTS = Facts(
    cashier="cashier",
    at=datetime(2022, 12, 15, tzinfo=UTC),
    dues=DUES,
    kinds={
        "cash": TenderKind("cash", "Cash", None, gives_change=True),
        "check": TenderKind("check", "Check", None, gives_change=False),
    },
    limits=Limits(tolerance_short_cents=100, tolerance_over_cents=100),
    rules=[AllocationRule("law", "Law", ("interest", "penalty", "fee", "tax"))],
    charges={BILL: OPEN},
    grants=[],
)
ORDER = Order(UUID(int=1), Payer("Imogen Vale", None), [], [], None, "")


def _order(line_cents: int, *tenders: tuple[str, int], return_change: bool = True) -> Order:
    return replace(
        ORDER,
        lines=[OrderedLine(BILL, 1, line_cents)],
        tenders=[Tender(kind, cents, None) for kind, cents in tenders],
        return_change=return_change,
    )


@given(
    st.integers(9_500, 10_500),
    st.lists(
        st.tuples(st.sampled_from(["cash", "check"]), st.integers(1, 11_000)),
        min_size=1,
        max_size=3,
    ),
    st.booleans(),
)
def test_cash_046_every_cent_of_an_order_is_somewhere(
    line_cents: int, tenders: list[tuple[str, int]], return_change: bool
) -> None:
    """Lines are tenders less change, plus what is let go or less what is kept; or it is refused."""
    tendered = sum(cents for _, cents in tenders)
    try:
        taken = take(_order(line_cents, *tenders, return_change=return_change), SESSION, FACTS)
    except Refusal as refusal:
        assert refusal.reason == "TENDERS_UNBALANCED"  # noqa: PT017 - either way is right
        assert tendered < line_cents - 100
        return
    (line,) = taken.lines
    assert taken.total_cents + taken.settled.change_cents == tendered + line.tolerance_cents
    assert -100 <= line.tolerance_cents <= 100
    if line.tolerance_cents < 0:
        assert line.amount_cents >= 10_000
    if line.tolerance_cents > 0 and line_cents <= 10_000:
        assert line.amount_cents == line_cents


def test_a_plain_order_asks_for_no_charges() -> None:
    """What is not needed is not read."""
    order = _order(10_000, ("cash", 10_000))

    assert asks_for_charges(order, DUES, FACTS.limits) == set()
    assert asks_for_charges(_order(10_001), DUES, FACTS.limits) == {BILL}
    assert asks_for_charges(_order(10_001), DUES, Limits()) == set()
    assert asks_for_charges(order, DUES, Limits(may_take=MayTake.SECURED)) == {BILL}
    waived = replace(order, lines=[OrderedLine(BILL, 1, 5, Waived(0, 1))])
    assert asks_for_charges(waived, DUES, Limits()) == {BILL}


@pytest.mark.parametrize(
    ("service", "rule_id", "reason"),
    [
        ("buyer", "", ""),
        ("", "", "WAIVED_NOT_LAST"),
        ("other", "", "WAIVED_NOT_LAST"),
        ("buyer", "law", "WAIVED_NOT_LAST"),
        ("", "last", ""),
    ],
)
def test_cash_051_a_waiver_goes_by_the_rule_of_its_service(service, rule_id, reason) -> None:
    """A line that names no rule is allocated by its service's own; one that does, by that."""
    charges = OpenCharges((OpenInstallment(1, DAY, {"tax": 10_000, "interest": 300}),))
    types = ("interest", "penalty", "fee", "tax")
    facts = replace(
        FACTS,
        charges={BILL: charges},
        limits=replace(FACTS.limits, max_interest_waiver_cents=300),
        rules=[
            AllocationRule("law", "Law", types),
            AllocationRule("last", "Interest last", types[::-1], ("buyer",)),
        ],
    )
    wished = OrderedLine(BILL, 1, 10_000, Waived(0, 300), rule_id=rule_id, service=service)
    order = replace(_order(10_000, ("cash", 10_000)), lines=[wished])
    if reason:
        with pytest.raises(Refusal, match=reason):
            take(order, SESSION, facts)
        return
    (line,) = take(order, SESSION, facts).lines

    # Without a name it is receivables that goes by the service's rule.
    assert line.rule_id == rule_id
    assert line.allotment is not None
    assert line.allotment.rule_id == rule_id


def test_cash_051_a_waiver_makes_the_balance_smaller() -> None:
    """What is above the rest to pay is above the balance."""
    charges = OpenCharges(
        (OpenInstallment(1, date(2022, 12, 30), {"tax": 10_000, "interest": 300}),)
    )
    facts = replace(
        FACTS,
        charges={BILL: charges},
        limits=replace(FACTS.limits, max_interest_waiver_cents=300),
        rules=[AllocationRule("law", "Law", ("tax", "fee", "penalty", "interest"))],
    )
    order = replace(
        _order(10_040, ("cash", 10_040)), lines=[OrderedLine(BILL, 1, 10_040, Waived(0, 300))]
    )
    (line,) = take(order, SESSION, facts).lines

    assert (line.amount_cents, line.tolerance_cents) == (10_000, -40)
