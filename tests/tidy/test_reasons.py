"""Reason codes are stable: each is in the catalogue, and none that was ever there is lost."""

import re

from tools import reasons

PAGE = reasons.PAGE.read_text(encoding="utf-8")


def test_every_reason_that_is_given_is_in_the_catalogue():
    """A new one is put there by `make generate`."""
    assert sorted({one.code for one in reasons.given()} - reasons.codes_of(PAGE)) == []


def test_what_is_given_is_not_retired():
    """A code that is back has the meaning it had, under its service."""
    _, _, retired = PAGE.partition("\n## Retired\n")
    named = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", retired, re.MULTILINE))
    assert sorted(named & {one.code for one in reasons.given()}) == []


def test_the_catalogue_is_kept_when_a_code_goes():
    """It is retired, not dropped."""
    gone = reasons.Given("GONE_FOR_GOOD", "levy", "NOT_FOUND", "no such thing")
    before = reasons.page([gone], "")
    after = reasons.page([], before)

    assert "| `GONE_FOR_GOOD` | `NOT_FOUND` | no such thing |" in before
    assert reasons.codes_of(before) == reasons.codes_of(after) == {"GONE_FOR_GOOD"}
    assert "## Retired" in after


def test_every_reason_says_more_than_its_name():
    """By the message beside it, or by a meaning written for it."""
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \| [^|]+ \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows
    assert [code for code, said in rows if said == code.replace("_", " ").lower()] == []
