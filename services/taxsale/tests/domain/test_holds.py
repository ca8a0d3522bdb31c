"""COLL-010, RECV-058: what keeps a bill from a sale, by the words of the law."""

from datetime import date, timedelta

import pytest

from taxsale_service.domain.holds import EVERY_STAY, Hold, HoldTerms, Source, holding

DAY = date(2024, 2, 1)


def hold(source: Source = Source.COLLECTIONS, kind: str = "bankruptcy", **changes) -> Hold:
    given = {"begins_on": None, "last_on": None, "reference": "x", **changes}
    return Hold(source, kind, "why", "who", **given)


@pytest.mark.parametrize(
    ("begins", "last", "holds"),
    [
        (None, None, True),
        (0, None, True),
        (1, None, False),
        (None, 0, True),
        (None, -1, False),
        (0, 0, True),
    ],
)
def test_a_hold_is_on_from_its_first_day_through_its_last(begins, last, holds: bool) -> None:
    """Both days count; without one there is no such end."""
    dates = {
        name: None if days is None else DAY + timedelta(days=days)
        for name, days in (("begins_on", begins), ("last_on", last))
    }
    assert hold(**dates).is_on(DAY) is holds


@pytest.mark.parametrize(
    ("source", "kind", "holds"),
    [
        (Source.COLLECTIONS, "litigation", True),
        (Source.CODE, "bankruptcy", True),
        (Source.CODE, "deferral", True),
        (Source.CODE, "alert_user", False),
        (Source.PLAN, "active", True),
        (Source.PLAN, "pending", False),
        (Source.PLAN, "defaulted", False),
        (Source.FLAG, "protest", False),
    ],
)
def test_without_a_law_every_stay_counts_and_nothing_else(source, kind, holds: bool) -> None:
    """A plan counts while it runs (Q-22); a protest stops no sale by itself."""
    assert EVERY_STAY.counts(hold(source, kind)) is holds


def test_a_law_says_which_kinds_count() -> None:
    """One by one, or any of a source."""
    terms = HoldTerms("rule", frozenset({"collections/bankruptcy", "flag/any"}))
    assert terms.counts(hold())
    assert not terms.counts(hold(kind="litigation"))
    assert terms.counts(hold(Source.FLAG, "protest"))


def test_what_holds_is_given_once_and_in_order() -> None:
    """By source, kind and reference, whatever order it was told in."""
    some = [hold(Source.PLAN, "active"), hold(Source.CODE, "deferral"), hold(Source.PLAN, "active")]
    found = holding(some, EVERY_STAY, DAY)
    assert [each.source for each in found] == [Source.CODE, Source.PLAN]
