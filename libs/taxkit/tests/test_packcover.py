"""What of a law its cases tell, and what not: every value is on one side or the other."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from taxkit.lawpack import Section, load_terms
from taxkit.packcover import ALONE, NOT_DECLARED, TEXT, Told, coverage, origins, untold
from taxkit.packmoves import Untold, if_any


@dataclass(frozen=True, slots=True)
class Day:
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Part:
    code: str
    days: int = 0


@dataclass(frozen=True, slots=True)
class Law:
    rate: Decimal
    on: Day
    parts: tuple[Part, ...]
    fixed: bool = True
    label: str = "a label"

    def __post_init__(self) -> None:
        if not self.fixed:
            raise ValueError("always")


LAW = Law(Decimal("0.1"), Day(2, 31), (Part("a"), Part("b", 3)), label="another")


def test_every_value_is_moved_or_said_to_be_untold_with_its_reason():
    """Once for all entries of a list; what is as by default the law does not say."""
    assert dict(untold(LAW, {})) == {"parts[].code": TEXT, "label": TEXT}
    assert dict(untold(LAW, {"parts": Untold("a table")})) == {"parts": "a table", "label": TEXT}


def test_a_value_that_no_other_may_take_the_place_of_is_untold():
    """Each other word is refused by the loader."""

    @dataclass(frozen=True, slots=True)
    class Fixed:
        word: bool

        def __post_init__(self) -> None:
            if not self.word:
                raise ValueError("always")

    assert dict(untold(Fixed(True), {})) == {"word": ALONE}


def test_a_special_that_moves_nothing_gives_its_own_reason():
    """The first line of what it says of itself."""

    @dataclass(frozen=True, slots=True)
    class Some:
        count: int

    (why,) = dict(untold(Some(0), {"count": if_any})).values()
    assert why.startswith("A number that is none by default")


TERM = '{from: 2020, citation: A, certainty: statute, rate: "0.01"}'


@dataclass(frozen=True, slots=True)
class Rate:
    rate: Decimal


SCHEMA = {each: Section("tax_year", Rate) for each in ("own", "offices", "names", "new")}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Two sections of its own, two of its office's."""
    made = tmp_path / "us-xx"
    (tmp_path / "us-office").mkdir()
    made.mkdir()
    (made / "jurisdiction.yaml").write_text(
        "jurisdiction_id: us-xx\nname: A\ncounty: a\nstate: XX\ntime_zone: America/Chicago\n"
        'declared_version: "1"\noffice: us-office\ncalendar: {country: US}\n',
        encoding="utf-8",
    )
    for folder, names in ((made, ("own", "names")), (tmp_path / "us-office", ("offices", "new"))):
        sections = "".join(f"{name}:\n  keyed_by: tax_year\n  terms: [{TERM}]\n" for name in names)
        (folder / "law.yaml").write_text(sections, encoding="utf-8")
    return made


def test_each_section_says_where_it_stands_and_what_is_told_of_it(pack):
    """Sides told, sides excused, and what is untold; a section nobody declared is shouted."""
    (pack / "cases.yaml").write_text(
        'no_case: [{field: "own.terms[0].rate", moved: "0.02", why: "nobody knows"}]\n', "utf-8"
    )
    law = load_terms(pack, "law.yaml", SCHEMA)
    told = Told("cases.yaml", ("own", "offices"), {"names": "only a name"})

    found = {each.section: each for each in coverage(pack, "law.yaml", law, told)}

    assert {name: each.folder for name, each in found.items()} == {
        "own": "us-xx", "names": "us-xx", "offices": "us-office", "new": "us-office",
    }  # fmt: skip
    assert (found["own"].told, found["own"].excused) == (1, 1)
    assert (found["offices"].told, found["offices"].excused) == (2, 0)
    assert found["names"].untold == (("", "only a name"),)
    assert found["new"].untold == (("", NOT_DECLARED),)
    assert origins(pack, "law.yaml")["own"] == pack
