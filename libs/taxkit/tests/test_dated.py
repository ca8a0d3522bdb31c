"""Terms in force: from a key on, or for one key; never a default."""

from datetime import date

import pytest

from taxkit.dated import Dated, NoTermInForce, dated


def test_a_term_holds_from_its_key_until_the_next():
    """The year before a change has the old term, the year of it the new one."""
    rates = dated("rate", [(2023, "new"), (2010, "old")])

    assert [rates.at(year) for year in (2010, 2022, 2023, 2999)] == ["old", "old", "new", "new"]
    assert list(rates) == [(2010, "old"), (2023, "new")]


def test_before_the_first_term_there_is_none():
    """An unknown key is an error that names what is known."""
    rates = dated("rate", [(2010, "old")])
    with pytest.raises(NoTermInForce, match="rate: no term for 2009; there are terms from 2010"):
        rates.at(2009)


def test_an_exact_term_is_for_its_key_only():
    """A due date of one year says nothing about the next."""
    due = dated("due", [(2018, date(2019, 3, 1)), (2020, date(2021, 3, 2))], exact=True)

    assert date(2019, 3, 1) == due.at(2018)
    for year in (2017, 2019, 2021):
        with pytest.raises(NoTermInForce, match="terms for 2018, 2020"):
            due.at(year)


def test_no_terms_at_all_is_an_error_too():
    """An empty section answers nothing."""
    with pytest.raises(NoTermInForce, match="from none"):
        dated("rate", []).at(2020)


def test_a_key_given_twice_or_without_value_is_refused():
    """Two answers to one question are no answer."""
    with pytest.raises(ValueError, match="ascending"):
        dated("rate", [(2010, "a"), (2010, "b")])
    with pytest.raises(ValueError, match="2 keys, 1 values"):
        Dated("rate", (1, 2), ("a",))
