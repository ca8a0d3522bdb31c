"""COLL-003: the report adds up what is open by age, in SQL as in the domain."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from collections_service import queries, store
from collections_service.bootstrap import CollectionsApp
from collections_service.domain.aging import AgingTerms, age_days, place_of
from collections_service.queries import AgingReport, BucketTotal
from taxkit import ids

AS_OF = date(2023, 3, 31)
EVERY_YEAR = (0, 9999)


def _keep(connection: Connection, owed: list[tuple[str, int, int, int]]) -> None:
    """Store bills of one installment: (parcel, days late, cents, tax year)."""
    bills, parts = [], []
    for parcel, days, cents, year in owed:
        bill_id = ids.new_id()
        due_on = AS_OF - timedelta(days=days)
        bills.append(store.BillRow(bill_id, "n", parcel, year, cents, AS_OF))
        parts.append(store.InstallmentRow(bill_id, 1, parcel, year, due_on, cents))
    store.save(connection, bills, parts, [])


def _report(
    app: CollectionsApp,
    terms: AgingTerms,
    owed: list[tuple[str, int, int, int]],
    years: tuple[int, int] = EVERY_YEAR,
) -> AgingReport:
    """Report on given debts alone; nothing stays stored."""
    with app.database.engine.connect() as connection, connection.begin() as transaction:
        _keep(connection, owed)
        found = queries.report_of(connection, terms, AS_OF, years)
        transaction.rollback()
    return found


def _added_up(
    terms: AgingTerms, owed: list[tuple[str, int, int, int]], years: tuple[int, int]
) -> AgingReport:
    """Say the same with the domain's functions and no database."""
    cents: dict[int, int] = defaultdict(int)
    parcels: dict[int, set[str]] = defaultdict(set)
    for parcel, days, amount, year in owed:
        if years[0] <= year <= years[1]:
            place = place_of(age_days(AS_OF - timedelta(days=days), AS_OF), terms)
            cents[place] += amount
            parcels[place].add(parcel)
    late = range(1, len(terms.begin_days) + 1)
    return AgingReport(
        as_of=AS_OF,
        buckets=tuple(BucketTotal(terms.code(at), cents[at], len(parcels[at])) for at in late),
        total_cents=sum(cents[at] for at in late),
        account_count=len(set().union(*(parcels[at] for at in late))),
        not_yet_due_cents=cents[0],
    )


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, "0-30"),
        (30, "0-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "over-90"),
    ],
)
def test_ac_21_sql_puts_the_boundary_days_where_the_domain_does(
    app: CollectionsApp, terms: AgingTerms, days: int, expected: str
) -> None:
    """AC-21: 30/31, 60/61, 90/91 through the database."""
    found = _report(app, terms, [("p", days, 700, 2021)])

    assert {expected: (700, 1)} == {
        each.code: (each.amount_cents, each.account_count)
        for each in found.buckets
        if each.amount_cents
    }


_DEBTS = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.one_of(st.sampled_from([-1, 0, 30, 31, 60, 61, 90, 91]), st.integers(-400, 2000)),
        st.integers(1, 10**12),
        st.integers(2018, 2022),
    ),
    max_size=25,
)


@settings(max_examples=40)
@given(owed=_DEBTS, years=st.sampled_from([EVERY_YEAR, (2020, 2020), (0, 2020)]))
def test_sql_and_domain_agree(app: CollectionsApp, terms: AgingTerms, owed, years) -> None:
    """Whatever is owed by whomever for however long, both say the same."""
    assert _added_up(terms, owed, years) == _report(app, terms, owed, years)


def test_ac_21_the_reports_figures(app: CollectionsApp, terms: AgingTerms) -> None:
    """AC-21: amounts and accounts of each bucket and of the total line."""
    lines = [(15, 12_500_000, 450), (45, 8_900_000, 195), (75, 15_600_000, 168)]
    lines.append((120, 45_000_000, 285))
    owed = [
        (f"{days}-{account}", days, cents // count + (account < cents % count), 2021)
        for days, cents, count in lines
        for account in range(count)
    ]
    found = _report(app, terms, owed)

    assert [
        BucketTotal("0-30", 12_500_000, 450),
        BucketTotal("31-60", 8_900_000, 195),
        BucketTotal("61-90", 15_600_000, 168),
        BucketTotal("over-90", 45_000_000, 285),
    ] == list(found.buckets)
    assert (found.total_cents, found.account_count) == (82_000_000, 1_098)


def test_q_05_an_account_in_two_buckets_is_counted_in_both_and_once_in_total(
    app: CollectionsApp, terms: AgingTerms
) -> None:
    """Q-05: distinct accounts per bucket; the total line counts each once."""
    owed = [("p", 10, 100, 2021), ("p", 95, 200, 2020), ("p", 95, 300, 2019), ("q", -5, 400, 2021)]
    found = _report(app, terms, owed)

    assert [each.account_count for each in found.buckets] == [1, 0, 0, 1]
    assert [each.amount_cents for each in found.buckets] == [100, 0, 0, 500]
    assert (found.total_cents, found.account_count, found.not_yet_due_cents) == (600, 1, 400)


def test_nothing_open_is_a_report_of_noughts(app: CollectionsApp, terms: AgingTerms) -> None:
    """Every bucket of the law has its line, also an empty one."""
    found = _report(app, terms, [])

    assert [each.code for each in found.buckets] == ["0-30", "31-60", "61-90", "over-90"]
    assert (found.total_cents, found.account_count, found.not_yet_due_cents) == (0, 0, 0)
