"""RECV-031: a run over any payments lets off what the payments themselves would have been."""

from collections import Counter
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from receivables_service.asked import Asked
from receivables_service.discounts import running
from taxkit.ids import new_id
from taxkit.inbox import Work

JAN_2 = date(2022, 1, 2)
STACKED = """
        - code: loyal
          name: Loyalty
          discount_type: promotional
          gl_account: "4192-LOYAL"
          excluded_flags: [dnap]
          stacks_with: [early]
          rounding: down
          {partial}
          periods:
            - rate: "0.03"
              first: {{month: 1, day: 1, years_after: 1}}
              last: {{month: 2, day: 28, years_after: 1}}
        - code: bonus
          name: Bonus
          discount_type: promotional
          gl_account: "4193-BONUS"
          excluded_flags: [dnap]
          periods:
            - rate: "0.04"
              first: {{month: 1, day: 20, years_after: 1}}
              last: {{month: 2, day: 10, years_after: 1}}
"""
PARCELS = count(10_000_000_000_000)


@pytest.fixture(params=["none", "proportional"])
def programs(request, early):
    partial = f"partial: {request.param}"
    stacks = early.rstrip() + f"\n          stacks_with: [loyal]\n          {partial}\n"
    return (stacks, STACKED.format(partial=partial))


def _issue(county, cents):
    county.bill = new_id()
    parcel = str(next(PARCELS))
    county.issue(cents, parcel_number=parcel, bill_number=f"2021-{parcel}")
    return parcel


def _flag(county, parcel, *, is_on):
    county.rows(
        "insert into flags (subject_kind, subject, flag, is_on, scope, sequence)"
        " values ('parcel', %s, 'dnap', %s, '[]', 1) on conflict (subject_kind, subject, flag)"
        " do update set is_on = excluded.is_on returning 1",
        parcel,
        is_on,
    )


def _pay(county, made):
    """One after another: those of one day are in the order in which they were recorded."""
    for minute, (on, part) in enumerate(made):
        county.pay(max(1, part), on, at=f"{on}T12:{minute:02}:00+00:00")


def _run(county):
    """Until nothing is left of it."""
    run_id = None
    with county.app.database.begin() as connection:
        work = Work(connection, county.app.clock)
        asked = Asked("ana", "qualifies", "")
        run_id = running.begin(work, running.Span(JAN_2, date(2022, 4, 1)), asked)
        while not running.go_on(county.app, work, run_id, asked).finished:
            pass
        county.app.store_events(connection, work)


def _came_out(county):
    discounts = county.rows(
        "select f.body ->> 'program', sum(e.amount_cents)::bigint from ledger_entries e"
        " join postings p using (posting_id) join facts f on f.fact_id = e.fact_id"
        " where p.bill_id = %s and e.ledger_account = 'discount' group by 1"
        " having sum(e.amount_cents) <> 0 order by 1",
        county.bill,
    )
    accounts = county.rows(
        "select e.ledger_account, sum(e.amount_cents)::bigint from ledger_entries e"
        " join postings p using (posting_id) where p.bill_id = %s"
        " group by 1 having sum(e.amount_cents) <> 0 order by 1",
        county.bill,
    )
    return discounts, accounts, county.open_cents()


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    cents=st.integers(10_000, 500_000),
    payments=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 1_100)), min_size=1, max_size=3),
)
def test_a_run_lets_off_what_the_payments_would_have_been(county, cents, payments):
    """Stacked or not, short, in parts or in one: the same discounts, the same balance."""
    made = [
        (JAN_2 + timedelta(days=day), cents * share // 1_000) for day, share in sorted(payments)
    ]
    _issue(county, cents)
    _pay(county, made)
    alone = _came_out(county)
    parcel = _issue(county, cents)
    _flag(county, parcel, is_on=True)
    _pay(county, made)
    _flag(county, parcel, is_on=False)
    _run(county)
    assert _came_out(county) == alone


def test_two_that_settle_only_together_are_found_by_a_run(county):
    """Each alone is short; 5% and 3% of the rest settle what is paid."""
    parcel = _issue(county, 100_000)
    _flag(county, parcel, is_on=True)
    county.pay(92_150, JAN_2)
    _flag(county, parcel, is_on=False)
    _run(county)
    assert county.open_cents() == 0
    applied = Counter()
    for one in county.told("DiscountApplied"):
        applied[one["program"]] += one["amount_cents"]
    assert applied == {"early": 5_000, "loyal": 2_850}
    logged = county.rows(
        "select program, discount_cents from discount_log where action = 'applied' order by 1"
    )
    assert logged == [("early", 5_000), ("loyal", 2_850)]
