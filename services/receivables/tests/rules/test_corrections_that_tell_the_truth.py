"""A correction that says what was true from the start leaves the bill that was issued so."""

import sys
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "domain"))

from stories import START
from test_pack_properties import PACKS

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillCorrected,
    BillInstallment,
    BillIssued,
    FeeCharged,
    InstallmentTarget,
    PaymentReceived,
)

LONGEST, SATURDAY = 31, 5
# Those whose last day is no holiday anywhere, if it is no weekend.
CLEAR = {1, 7, 8, 10}
every_pack = pytest.mark.parametrize("name", sorted(PACKS))
quick = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def head(number, on):
    """Recorded in the order of the numbers."""
    return (UUID(int=number), on, START + timedelta(seconds=number))


def month_end(on, more):
    """A last day of a month so many months on: from the 31st, a working day, all count alike."""
    while True:
        months = on.year * 12 + on.month + more
        day = date(months // 12, months % 12 + 1, 1) - timedelta(days=1)
        if day.day == LONGEST and day.weekday() < SATURDAY and day.month in CLEAR:
            return day
        more += 1


@st.composite
def bills(draw, name):
    _, told = PACKS[name]
    bill = draw(st.sampled_from(told))
    demand = tuple(
        BillInstallment(number, on, draw(st.sampled_from([0, 50_000, 61_729])))
        for number, (on, _) in enumerate(bill["installments"], 1)
    )
    of = (bill.get("district", ""), bill.get("bill_class", ""))
    return BillIssued(*head(1, demand[0].due_on), bill["tax_year"], demand, *of)


@st.composite
def money(draw, issue):
    """Payments around the due dates, and a fee."""
    due = [each.due_on for each in issue.installments]
    near = st.builds(
        lambda on, days: on + timedelta(days=days), st.sampled_from(due), st.integers(-5, 200)
    )
    cents = st.sampled_from([1_000, 20_000, 50_000, 51_000, 61_729, 130_000])
    facts = [
        PaymentReceived(*head(10 + place, draw(near)), UUID(int=1000 + place), draw(cents))
        for place in range(draw(st.integers(0, 3)))
    ]
    if draw(st.booleans()):
        facts.append(FeeCharged(*head(20, draw(near)), "court_costs", 2_500, "test/fee"))
    return facts


def later(draw, due):
    """Some due dates moved to ends of later months, their order kept."""
    moved = [month_end(on, draw(st.integers(0, 6))) if draw(st.booleans()) else on for on in due]
    return [max(moved[: place + 1]) for place in range(len(moved))]


def with_days(issue, due):
    demand = tuple(
        replace(each, due_on=on) for each, on in zip(issue.installments, due, strict=True)
    )
    return replace(issue, installments=demand)


def correction(number, issue, due, on):
    targets = tuple(
        InstallmentTarget(each.number, each.amount_cents, new)
        for each, new in zip(issue.installments, due, strict=True)
    )
    return BillCorrected(*head(number, on), targets)


def charged(state):
    found = Counter()
    for row in state.charges:
        key = (row.installment, row.charge_type, row.collection_type, row.charge_code)
        found[key] += row.amount_cents
    return {key: cents for key, cents in found.items() if cents}


def standing(state):
    """What a bill asks for and what it holds."""
    opened = [
        (each.due_on, each.tax_open_cents, each.interest_open_cents, each.penalty_open_cents)
        for each in state.installments
    ]
    return charged(state), opened, state.surplus_cents


@every_pack
@quick
@given(data=st.data())
def test_recv_019_a_bill_whose_due_dates_are_moved_later_is_as_if_issued_so(name, data):
    """RECV-019: interest, penalty and calls by the new dates, of what was paid before, too."""
    law = PACKS[name][0]
    issue = data.draw(bills(name))
    due = [each.due_on for each in issue.installments]
    new = later(data.draw, due)
    # The last day to pay in full is that of the year of the bill as it was issued.
    assume(law.basis(issue.tax_year) is None or new[0].year == due[0].year)
    facts = data.draw(money(issue))
    days = st.integers(0, 500).map(lambda more: due[0] + timedelta(days=more))
    on, after = data.draw(days), data.draw(st.integers(1, 300))
    as_of = on + timedelta(days=after)
    corrected = derive([issue, *facts, correction(50, issue, new, on)], law, as_of)
    issued_so = derive([with_days(issue, new), *facts], law, as_of)
    assert standing(issued_so) == standing(corrected)


@every_pack
@quick
@given(data=st.data())
def test_recv_019_due_dates_moved_there_and_back_are_as_if_they_had_stayed(name, data):
    """RECV-019: where no money came while the later dates held, whatever rate ended meanwhile."""
    law = PACKS[name][0]
    issue = data.draw(bills(name))
    due = [each.due_on for each in issue.installments]
    facts = data.draw(money(issue))
    days = st.integers(0, 500).map(lambda more: due[0] + timedelta(days=more))
    there, stay = data.draw(days), data.draw(st.integers(0, 100))
    back = there + timedelta(days=stay)
    facts = [fact for fact in facts if not there <= fact.effective_on <= back]
    moved = [correction(50, issue, later(data.draw, due), there), correction(51, issue, due, back)]
    as_of = back + timedelta(days=data.draw(st.integers(1, 300)))
    assert standing(derive([issue, *facts], law, as_of)) == standing(
        derive([issue, *facts, *moved], law, as_of)
    )
