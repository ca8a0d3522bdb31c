"""LEVY-002: a fund has one name a year, whoever says it."""

import pytest

from levy_service.domain.fund_names import FundNames

KEY = ("010010000", "debt")


def test_levy_002_a_name_is_taken_once_and_said_again_is_the_same() -> None:
    names = FundNames()
    assert [*names.add(KEY, "Debt service"), *names.add(KEY, " Debt service ")] == []
    assert names.new == {KEY: "Debt service"}


def test_levy_002_what_is_on_file_is_not_new() -> None:
    names = FundNames({KEY: "Debt service"})
    assert list(names.add(KEY, "Debt service")) == []
    assert names.new == {}


@pytest.mark.parametrize(
    ("key", "name", "reason"),
    [
        (KEY, "Bonds", "FUND_NAME_CONFLICT"),
        (KEY, "a" * 201, "TEXT_INVALID"),
        (KEY, "Debt\nservice", "TEXT_INVALID"),
        (("010010000", ""), "General", "FUND_INVALID"),
    ],
    ids=["another", "long", "break", "no-fund"],
)
def test_levy_002_a_name_that_cannot_be_is_said(key, name: str, reason: str) -> None:
    names = FundNames({KEY: "Debt service"})
    assert next(found for found, _ in names.add(key, name)) == reason
    assert KEY not in names.sent


def test_levy_002_without_a_name_nothing_is_wrong() -> None:
    assert list(FundNames().add(("010010000", ""), " ")) == []
