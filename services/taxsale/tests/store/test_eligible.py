"""The list of eligible bills says in SQL what the domain says of each bill."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from taxkit import ids
from taxsale_service import queries, store
from taxsale_service.bootstrap import TaxsaleApp
from taxsale_service.domain.standing import (
    AnnualSale,
    Debt,
    DelinquencyTerms,
    EligibilityTerms,
    SaleTerms,
    Standing,
    standing_of,
)

EPOCH = date(2022, 1, 1)
_DAYS = st.integers(0, 12)
_TERMS = st.builds(
    SaleTerms,
    pack_version=st.just("test"),
    delinquency=st.builds(DelinquencyTerms, st.just("late"), st.integers(0, 3)),
    eligibility=st.builds(
        EligibilityTerms, st.just("time"), st.integers(0, 6), of_first_unpaid=st.booleans()
    ),
    annual_sale=st.none()
    | st.builds(AnnualSale, st.just("sale"), _DAYS.map(lambda days: EPOCH + timedelta(days=days))),
)
_BILLS = st.lists(st.tuples(st.sampled_from([2020, 2021]), _DAYS, _DAYS, st.booleans()), max_size=8)


def _row(year: int, first: int, more: int, is_open: bool) -> store.BillRow:
    due = (EPOCH + timedelta(days=first), EPOCH + timedelta(days=first + more))
    dates = due if is_open else (None, None)
    return store.BillRow(ids.new_id(), "n", "p", year, 100 * is_open, EPOCH, *dates)


@settings(max_examples=60)
@given(bills=_BILLS, terms=st.tuples(_TERMS, _TERMS), days=st.integers(0, 30))
def test_sql_and_domain_agree(app: TaxsaleApp, bills, terms, days: int) -> None:
    """Whatever is open and whatever the law says, both name the same bills."""
    rows = [_row(*bill) for bill in bills]
    law = dict(zip((2020, 2021), terms, strict=True))
    as_of = EPOCH + timedelta(days=days)
    expected = sorted(
        (row.tax_year, row.bill_id)
        for row in rows
        if row.first_unpaid_due_on is not None
        and row.last_due_on is not None
        and standing_of(
            Debt(row.open_cents, row.first_unpaid_due_on, row.last_due_on), law[row.tax_year], as_of
        ).standing
        is Standing.SALE_ELIGIBLE
    )
    with app.database.engine.connect() as connection, connection.begin() as transaction:
        store.save(connection, rows, [])
        found = store.eligible(connection, law, as_of, queries.START, 100)
        years = store.years_with_debt(connection)
        transaction.rollback()

    assert expected == [(row.tax_year, row.bill_id) for row in found]
    assert sorted({row.tax_year for row in rows if row.open_cents}) == years


def test_pages_follow_one_another_without_gap_or_repetition(app: TaxsaleApp) -> None:
    """A page of two at a time gives each eligible bill once, in order."""
    rows = [_row(year, 0, 0, True) for year in (2021, 2020, 2021, 2020, 2021)]
    with app.database.begin() as connection:
        store.save(connection, rows, [])
    place: tuple[int, UUID] | None = queries.START
    found = []
    while place is not None:
        page, place = queries.eligible_bills(app, date(2024, 6, 1), 0, place, 2)
        assert len(page) <= 2
        found += [(each.bill.tax_year, each.bill.bill_id) for each in page]

    assert sorted((row.tax_year, row.bill_id) for row in rows) == found
