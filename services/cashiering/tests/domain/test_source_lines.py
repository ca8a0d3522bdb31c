"""CASH-050, CASH-079, CASH-081: lines for sources beside bills."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.receipt import LINES_MAX, ReceiptLine
from cashiering_service.domain.source_lines import (
    accept_entries,
    check_required,
    in_force,
    numbered_after,
)
from cashiering_service.domain.sources import AmountMode, Entry, ParcelTie, Source
from taxkit.errors import Refusal
from taxkit.money import CENTS_MAX

DAY = date(2022, 12, 15)
DOGS = Source(
    source_code="DOGS",
    effective_from=date(2022, 1, 1),
    name="Dog license",
    short_name="",
    source_group="",
    source_type="standard",
    amount_mode=AmountMode.ENTERED,
    amount_cents=0,
    amount_names=(),
    parcel_tie=ParcelTie.OPTIONAL,
    credit_fund="100",
    credit_account="1",
)


@given(st.lists(st.dates(date(2020, 1, 1), date(2025, 1, 1)), unique=True), st.dates())
def test_cash_050_a_source_is_the_newest_not_after_the_day(starts, day) -> None:
    """None before the first."""
    versions = [replace(DOGS, effective_from=one) for one in sorted(starts, reverse=True)]
    found = in_force(versions, day)

    assert (found.effective_from if found else None) == max(
        (one for one in starts if one <= day), default=None
    )


@given(st.lists(st.integers(1, 10**9), max_size=8), st.lists(st.integers(1, 10**9), max_size=8))
def test_cash_077_lines_of_both_kinds_are_numbered_through(first, then) -> None:
    """Amounts stay as they are, in their order."""
    entries = [Entry("DOGS", cents) for cents in first]
    beside = accept_entries(entries, {"DOGS": [DOGS]}, DAY)
    bills = [ReceiptLine(place, cents, "1", None, "why") for place, cents in enumerate(then, 1)]
    found = numbered_after(beside, bills)

    assert [one.line_number for one in found] == list(range(1, len(found) + 1))
    assert [one.amount_cents for one in found] == first + then


def test_cash_077_entries_beyond_what_can_be_kept_are_refused() -> None:
    """Too many, too much, not in force."""
    versions = {"DOGS": [DOGS]}
    with pytest.raises(Refusal, match="LINES_COUNT"):
        accept_entries([Entry("DOGS", 1)] * (LINES_MAX + 1), versions, DAY)
    with pytest.raises(Refusal, match="AMOUNT_TOO_LARGE"):
        accept_entries([Entry("DOGS", CENTS_MAX), Entry("DOGS", 1)], versions, DAY)
    with pytest.raises(Refusal, match="SOURCE_NOT_IN_FORCE"):
        accept_entries([Entry("DOGS", 1)], versions, date(2021, 12, 31))


@pytest.mark.parametrize(("parcel", "is_there"), [("11", True), ("", True), ("12", False)])
def test_cash_081_what_a_flag_asks_for_has_to_be_there(parcel: str, is_there: bool) -> None:
    """For the flagged parcel, or for no parcel in particular."""
    lines = accept_entries([Entry("DOGS", 5, parcel_number=parcel)], {"DOGS": [DOGS]}, DAY)
    if is_there:
        check_required({"11": ["DOGS"]}, lines)
    else:
        with pytest.raises(Refusal, match="SOURCE_REQUIRED"):
            check_required({"11": ["DOGS"]}, lines)
    check_required({}, ())
