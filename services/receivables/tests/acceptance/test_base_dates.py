"""AC-11: from which day interest is counted on items whose due date was changed."""

from datetime import date

import pytest

FIRST_DUE, SECOND_DUE = date(2008, 7, 30), date(2008, 10, 31)
CHANGED, PAID = date(2008, 6, 2), date(2008, 7, 1)
APRIL_30, JULY_30, OCTOBER_31 = "2008-04-30", "2008-07-30", "2008-10-31"

# Posting date, first half paid, base date and interest with the district's dates, and without.
TABLE = [
    ("row 1", date(2008, 7, 15), False, (JULY_30, 0), (JULY_30, 0)),
    ("row 2", date(2008, 7, 30), False, (JULY_30, 0), (JULY_30, 0)),
    ("row 3", date(2008, 8, 1), False, (APRIL_30, 2_000), (JULY_30, 500)),
    ("row 4", date(2008, 7, 15), True, (OCTOBER_31, 0), (OCTOBER_31, 0)),
    ("row 5", date(2008, 7, 30), True, (OCTOBER_31, 0), (OCTOBER_31, 0)),
    ("row 6", date(2008, 8, 1), True, (OCTOBER_31, 0), (OCTOBER_31, 0)),
    ("row 7", date(2008, 10, 31), True, (OCTOBER_31, 0), (OCTOBER_31, 0)),
    ("row 8", date(2008, 11, 1), True, (OCTOBER_31, 500), (OCTOBER_31, 500)),
    ("July 31, Q-07", date(2008, 7, 31), False, (JULY_30, 0), (JULY_30, 0)),
]


def story(county, *, first_paid):
    """Due in February and June; moved to July 30 and October 31 before the second was due."""
    county.issue(500, 500, tax_year=2007, due=(date(2008, 2, 29), date(2008, 6, 30)))
    county.correct(500, 500, on=CHANGED, due=(FIRST_DUE, SECOND_DUE))
    if first_paid:
        county.pay(500, PAID)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
@pytest.mark.parametrize("law_folder", ["district", "blank"], indirect=True)
def test_ac_11_the_base_date_and_the_interest_from_it(quiet, row, request):
    """AC-11, RECV-015 to RECV-017: the district's dates where there are any, else the due dates."""
    _, posted, first_paid, with_dates, without = row
    law = request.node.callspec.params["law_folder"]
    story(quiet, first_paid=first_paid)
    quoted = quiet.quote(posted).installments[1 if first_paid else 0]
    wanted = with_dates if law == "district" else without
    assert wanted == (quoted.interest_base_on, quoted.interest_open_cents)


@pytest.mark.parametrize("law_folder", ["district"], indirect=True)
def test_recv_016_the_second_half_waits_for_its_own_date(quiet):
    """RECV-016, Q-08: with the first half unpaid, interest stands on the first half alone."""
    story(quiet, first_paid=False)
    first, second = quiet.quote(date(2008, 9, 1)).installments
    assert (first.interest_open_cents, second.interest_open_cents) == (2_500, 0)


@pytest.mark.parametrize("law_folder", ["whole"], indirect=True)
def test_recv_016_where_a_missed_first_half_makes_all_late_both_bear_interest(quiet):
    """RECV-016, Q-08: a setting of the district; off unless its pack says so."""
    story(quiet, first_paid=False)
    parts = quiet.quote(date(2008, 9, 1)).installments
    assert [(one.interest_base_on, one.interest_open_cents) for one in parts] == [
        (APRIL_30, 2_500),
        (APRIL_30, 2_500),
    ]


@pytest.mark.parametrize("law_folder", ["district"], indirect=True)
def test_recv_015_interest_of_the_old_due_date_comes_off_with_the_change(quiet):
    """RECV-015: what was charged, and paid, by the old date is lifted and meets the tax."""
    quiet.issue(500, 500, tax_year=2007, due=(date(2008, 2, 29), date(2008, 6, 30)))
    quiet.pay(110, date(2008, 4, 15))
    assert quiet.quote(date(2008, 4, 15)).installments[0].interest_charged_cents == 1_000
    quiet.correct(500, 500, on=CHANGED, due=(FIRST_DUE, SECOND_DUE))
    first = quiet.quote(date(2008, 7, 15)).installments[0]
    assert (first.interest_charged_cents, first.tax_open_cents) == (0, 50_000 - 11_000)
    assert sum(quiet.balance_of_receipts().values()) == 11_000


@pytest.mark.parametrize("law_folder", ["district"], indirect=True)
def test_recv_015_an_unchanged_due_date_knows_no_base_date(quiet):
    """RECV-015: a correction that leaves the due dates alone counts as before."""
    quiet.issue(500, 500, tax_year=2007, due=(date(2008, 2, 29), date(2008, 6, 30)))
    quiet.correct(500, 400, on=CHANGED)
    first = quiet.quote(date(2008, 7, 15)).installments[0]
    assert (first.interest_base_on, first.interest_open_cents) == ("", 2_500)
