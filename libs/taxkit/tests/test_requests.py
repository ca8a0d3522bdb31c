"""What callers send is refused in the same words everywhere."""

from datetime import date

import pytest

from taxkit import idempotency, requests
from taxkit.errors import Refusal


@pytest.mark.parametrize("text", ["", "Zoë Müller-Ng", "two\nlines\tand a tab", "x" * 20])
def test_plain_text_passes_as_it_is(text: str) -> None:
    """Line ends and tabs are text, too."""
    assert requests.plain_text(text, "note", 20) == text


@pytest.mark.parametrize("text", ["x" * 21, "\x00", "a\x1bb", "\x7f"])
def test_text_nobody_can_store_or_tell_is_refused(text: str) -> None:
    """TEXT_INVALID, naming the field."""
    with pytest.raises(Refusal) as refusal:
        requests.plain_text(text, "note", 20)

    assert refusal.value.reason == "TEXT_INVALID"
    assert [each.field for each in refusal.value.fields] == ["note"]


@pytest.mark.parametrize("key", ["", "k" * 201, "k\x00", "k\n"])
def test_a_key_that_cannot_be_kept_is_refused(key: str) -> None:
    """IDEMPOTENCY_KEY_INVALID."""
    with pytest.raises(Refusal) as refusal:
        idempotency.check_key(key)

    assert refusal.value.reason == "IDEMPOTENCY_KEY_INVALID"


def test_a_good_key_is_given_back() -> None:
    """Up to two hundred characters."""
    assert idempotency.check_key("k" * 200) == "k" * 200


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0001-01-01", "DATE_OUT_OF_RANGE"),
        ("1899-12-31", "DATE_OUT_OF_RANGE"),
        ("2200-01-01", "DATE_OUT_OF_RANGE"),
        ("9999-12-31", "DATE_OUT_OF_RANGE"),
        ("2023-02-30", "DATE_INVALID"),
        ("0000-01-01", "DATE_INVALID"),
        ("20230101", "DATE_INVALID"),
        ("2023-W01-1", "DATE_INVALID"),
    ],
)
def test_a_date_nobody_means_is_refused_with_its_field(text: str, reason: str) -> None:
    """Whether no date at all, or one in another age: each has a code of its own."""
    with pytest.raises(Refusal) as refusal:
        requests.required_date(text, "paid_on")

    assert refusal.value.reason == reason
    assert [each.field for each in refusal.value.fields] == ["paid_on"]


@pytest.mark.parametrize("day", [requests.FIRST_DAY, date(2024, 2, 29), requests.LAST_DAY])
def test_every_day_in_between_is_taken(day: date) -> None:
    """The first and the last among them."""
    assert requests.required_date(day.isoformat(), "paid_on") == day


@pytest.mark.parametrize("token", ["-1", "1.5", "x", " 7", "٣", "1\x00", "9" * 16, "9" * 5000])
def test_a_page_token_nobody_was_given_is_refused(token: str) -> None:
    """However long it is: reading a number of thousands of digits is an error of its own."""
    for read in (requests.place_after, requests.id_after):
        with pytest.raises(Refusal) as refusal:
            read(token)

        assert refusal.value.reason == "PAGE_TOKEN_INVALID"


def test_no_page_token_is_where_a_list_begins() -> None:
    """And the token of a page is what comes after it."""
    assert (requests.place_after(""), requests.id_after("").int) == (0, 0)
    assert requests.place_after("100") == 100
    assert str(requests.id_after("0190c7ae-0000-7000-8000-000000000001")).endswith("0001")


@pytest.mark.parametrize("year", [-1, 10_000])
def test_a_tax_year_of_a_list_has_four_digits_or_is_none(year: int) -> None:
    """Refused under the name of the field that was sent."""
    assert requests.tax_year_or_all(0) == 0

    with pytest.raises(Refusal) as refusal:
        requests.tax_year_or_all(year, "bills.tax_year")

    assert [each.field for each in refusal.value.fields] == ["bills.tax_year"]


@pytest.mark.parametrize("text", ["", "  ", "\t\n"])
def test_a_text_that_says_nothing_is_missing(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        requests.required_text(text, "note", 20)
    assert (refused.value.reason, refused.value.fields[0].field) == ("FIELD_MISSING", "note")


def test_a_text_that_is_required_is_read_without_the_spaces_around_it() -> None:
    assert requests.required_text("  paid in full ", "note", 20) == "paid in full"
