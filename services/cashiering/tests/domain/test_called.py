"""By which day an installment counts as due, by what was told of the days ahead."""

from datetime import date

import pytest

from cashiering_service.domain.called import as_due, due_by

TOLD = {
    "installment": 2,
    "due_on": "2022-10-31",
    "tax_open_cents": 5,
    "call": {"from_on": "2022-05-01", "due_on": "2022-04-30"},
}


@pytest.mark.parametrize(
    ("day", "due_on"),
    [("2022-04-30", "2022-10-31"), ("2022-05-01", "2022-04-30"), ("2023-01-01", "2022-04-30")],
)
def test_it_is_called_from_the_day_that_was_told(day: str, due_on: str) -> None:
    """Not a day sooner, and for good until another balance is told."""
    asked = date.fromisoformat(day)
    assert due_by(TOLD, asked) == date.fromisoformat(due_on)
    assert as_due(TOLD, asked) == {"installment": 2, "due_on": due_on, "tax_open_cents": 5}


def test_without_a_call_it_is_due_by_its_own_day() -> None:
    """As by a copy from before it was told."""
    told = {"installment": 1, "due_on": "2022-10-31"}
    assert due_by(told, date(2030, 1, 1)) == date(2022, 10, 31)
    assert as_due(told, date(2030, 1, 1)) == told
