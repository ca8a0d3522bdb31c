"""Which boundaries a law has, and whether worked cases tell them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest

from taxkit.calendar import Roll
from taxkit.lawpack import Section, load_terms
from taxkit.packforms import misshapen
from taxkit.packmoves import (
    Move,
    Untold,
    form,
    hundredth,
    if_any,
    in_order,
    moves,
    named,
    off,
    other_than,
)
from taxkit.packproof import excused, first_years, line_at, moved_laws, unproven
from taxkit.packvalues import PackError, compose


class Kind(StrEnum):
    ONE = "one"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Day:
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Law:
    rate: Decimal = Decimal("0.06")
    count: int = 3
    kind: Kind = Kind.ONE
    on: Day = Day(2, 31)
    since: date = date(2020, 1, 1)
    rounds: bool = False
    names: tuple[str, ...] = ("a", "b")
    text: str = "free"

    def __post_init__(self) -> None:
        if self.count > 3:
            raise ValueError("at most three")


def said(value, special=None):
    return {(one.path, one.said) for one in moves(value, special or {})}


def test_every_kind_of_value_is_moved_by_its_least_step():
    """A rate by its last digit, a day by a day, a choice to each other; a text is no boundary."""
    assert said(Law()) == {
        ("rate", "0.05"), ("rate", "0.07"), ("count", "2"), ("kind", "other"),
        ("on", "a day earlier"), ("on", "a day later"), ("since", "a day earlier"),
        ("since", "a day later"), ("rounds", "true"), ("names[0]", "nothing in its place"),
        ("names[1]", "nothing in its place"),
    }  # fmt: skip


def test_the_last_day_of_a_month_moves_over_its_end():
    """Day 31 stands for the last of February: a day later is March 1."""
    later = [one.value.on for one in moves(Law(), {}) if one.path == "on"]

    assert later == [Day(2, 27), Day(3, 1)]


@pytest.mark.parametrize(
    ("special", "value", "left"),
    [
        (Untold("a name"), 5, []),
        (form, "[0-9]+", ["nothing fits it", "anything fits it"]),
        (form, None, []),
        (named, "county", ["another name"]),
        (named, None, []),
        (if_any, 0, []),
        (if_any, 5, ["4", "6"]),
        (off, Roll.FOLLOWING, ["none"]),
        (off, Roll.NONE, []),
        (other_than(default=False), True, ["false"]),
        (other_than(default=False), False, []),
        (hundredth, 76000, ["75240", "76760"]),
        (hundredth, None, []),
    ],
    ids=lambda each: getattr(each, "__name__", str(each)),
)
def test_a_field_may_move_otherwise_than_its_type(special, value, left):
    """What no case can tell is left out, and nothing else."""
    assert [text for text, _ in special(None, value)] == left


def test_a_list_whose_order_counts_is_moved_by_neighbours():
    """Each entry after the next one, at its place in the list."""
    found = [each for each in in_order(None, ("a", "b", "c")) if isinstance(each, Move)]

    assert [(each.path, each.value) for each in found] == [
        ("[0]", ("b", "a", "c")), ("[1]", ("a", "c", "b")),
    ]  # fmt: skip
    special = {"names": in_order}
    assert ("names[0]", "after the next") in said(Law(), special)


TERMS = """\
rates:
  keyed_by: tax_year
  terms:
    - {from: 2020, citation: A, certainty: statute, rate: "0.01"}
    - {from: 2022, citation: B, certainty: statute, rate: "0.02"}
"""


@dataclass(frozen=True, slots=True)
class Rate:
    rate: Decimal


SCHEMA = {"rates": Section("tax_year", Rate)}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    (tmp_path / "jurisdiction.yaml").write_text(
        f"jurisdiction_id: {tmp_path.name}\nname: A\ncounty: a\nstate: XX\n"
        'time_zone: America/Chicago\ndeclared_version: "1"\ncalendar: {country: US}\n',
        encoding="utf-8",
    )
    (tmp_path / "law.yaml").write_text(TERMS, encoding="utf-8")
    (tmp_path / "cases.yaml").write_text("cases: []\n", encoding="utf-8")
    return tmp_path


def told(pack: Path, years: list[int]) -> list[PackError]:
    """Run the proof with cases that know the rate of some years, and refuse the one before."""
    law = load_terms(pack, "law.yaml", SCHEMA)

    def rate(terms, year):
        return terms.at(year).value.rate if year >= terms.keys[0] else None

    def is_noticed(moved):
        old, new = law.sections["rates"], moved.law.sections["rates"]
        return any(rate(old, y) != rate(new, y) for y in years if moved.counts_for(y))

    found = (*moved_laws(law, ["rates"], {}), *first_years(law, SCHEMA))
    return list(unproven(pack / "law.yaml", pack / "cases.yaml", found, is_noticed))


def test_cases_on_both_sides_of_each_start_prove_the_law(pack):
    """The year before the first, the first, the last before a change, and the first after it."""
    assert told(pack, [2019, 2020, 2021, 2022]) == []


@pytest.mark.parametrize(
    ("years", "field", "line", "moved"),
    [
        ([2020, 2021, 2022], "rates.terms[0].from", 4, "a year earlier"),
        ([2019, 2021, 2022], "rates.terms[0].from", 4, "a year later"),
        ([2019, 2020, 2022], "rates.terms[1].from", 5, "a year earlier"),
        ([2019, 2020, 2021, 2023], "rates.terms[1].from", 5, "a year later"),
    ],
    ids=lambda each: str(each) if isinstance(each, list | str) else "",
)
def test_a_side_without_a_case_is_an_error_at_its_line(pack, years, field, line, moved):
    """With the file, the boundary, which side, and what to do."""
    (error,) = told(pack, years)

    assert (error.file.name, error.line, error.field) == ("law.yaml", line, field)
    assert moved in error.found
    assert "add it to cases.yaml" in error.remedy


def test_what_no_case_can_tell_is_said_with_its_reason(pack):
    """An excuse stands in for a case; one that is not needed is an error itself."""
    excuse = 'no_case: [{field: "rates.terms[0].from", moved: a year earlier, why: "%s"}]\n'
    (pack / "cases.yaml").write_text(excuse % "Nobody asks.", encoding="utf-8")

    assert told(pack, [2020, 2021, 2022]) == []
    (error,) = told(pack, [2019, 2020, 2021, 2022])
    assert "though a case tells it" in error.found

    (pack / "cases.yaml").write_text(excuse % " ", encoding="utf-8")
    with pytest.raises(PackError, match="why no case can tell"):
        excused(pack / "cases.yaml")


def test_a_field_is_found_by_its_path_as_far_as_the_file_has_it(pack):
    """What stands only by default is told at its term."""
    root = compose(pack / "law.yaml")

    assert line_at(root, "rates.terms[1].rate") == 5
    assert line_at(root, "rates.terms[1].absent.deeper[3]") == 5
    assert line_at(root, "nowhere") == 1


FORM = {"name": str, "n?": int, "days": [date], "pair": (date, int), "of": {"*": int | None}}
GOOD = {"name": "A", "days": [], "pair": [date(2020, 1, 1), 5], "of": {"x": None, "y": 1}}


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        ({"name": 5}, "name", "text in quotes"),
        ({"n": True}, "n", "a whole number"),
        ({"days": date(2020, 1, 1)}, "days", "a list"),
        ({"days": ["2020"]}, "days[0]", "a day, as 2019-03-01"),
        ({"pair": [5]}, "pair", "a list of 2"),
        ({"of": {"x": "1"}}, "of.x", "a whole number, or nothing"),
        ({"of": []}, "of", "a mapping of named values"),
        ({"label": "A"}, "label", "one of days, n, name, of, pair"),
    ],
    ids=lambda each: str(each) if isinstance(each, dict) else "",
)
def test_a_case_of_another_form_is_told_with_field_and_form(change, field, expected):
    """One thing wrong, one thing said."""
    ((at, _, wanted),) = misshapen({**GOOD, **change}, FORM, "case")

    assert (at, wanted) == (f"case.{field}", expected)


def test_a_case_that_leaves_a_name_out_is_told_too():
    """What ends in a question mark may be left out, nothing else."""
    assert list(misshapen(GOOD, FORM, "case")) == []
    del (left := dict(GOOD))["name"]
    assert list(misshapen(left, FORM, "case")) == [("case.name", "nothing", "a value")]
