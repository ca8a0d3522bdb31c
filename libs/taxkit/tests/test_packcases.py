"""Worked cases of any file of law: they come out, and stand on both sides of each of its values."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from taxkit.lawpack import Section
from taxkit.packcases import Asked, CaseBook
from taxkit.packcover import Told
from taxkit.packvalues import PackError


@dataclass(frozen=True, slots=True)
class DaysLaw:
    days: int

    def __post_init__(self) -> None:
        if self.days < 0:
            raise ValueError("days below zero")


SCHEMA = {"late": Section("tax_year", DaysLaw), "sold": Section("tax_year", DaysLaw)}


def late(law, year, given):
    return {"late": given["days"] > law.by_year("late", DaysLaw).at(year).value.days}


def sold(law, year, given):
    return {"sold": given["days"] > law.by_year("sold", DaysLaw).at(year).value.days}


BOOK = CaseBook(
    "law.yaml",
    SCHEMA,
    {
        "late": Asked({"days": int}, {"late": bool}, late),
        "sold": Asked({"days": int}, {"sold": bool}, sold),
    },
    Told("cases.yaml", ("late", "sold")),
)


def section(name, days):
    term = f"{{from: 2020, citation: A, certainty: statute, days: {days}}}"
    return f"{name}:\n  keyed_by: tax_year\n  terms: [{term}]\n"


def case(days, word="late", is_so="true", at=2020):
    return (
        f'  - {{name: "{days} days", citation: A, at: {at}, given: {{days: {days}}},'
        f' expect: {{{word}: {is_so}}}, working: "counted"}}\n'
    )


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """What is late is its own law; what is sold is its office's."""
    made, office = tmp_path / "us-xx", tmp_path / "us-office"
    made.mkdir()
    office.mkdir()
    (made / "jurisdiction.yaml").write_text(
        "jurisdiction_id: us-xx\nname: A\ncounty: a\nstate: XX\ntime_zone: America/Chicago\n"
        'declared_version: "1"\noffice: us-office\ncalendar: {country: US}\n',
        encoding="utf-8",
    )
    (made / "law.yaml").write_text(section("late", 10), "utf-8")
    (office / "law.yaml").write_text(section("late", 3) + section("sold", 90), "utf-8")
    (made / "cases.yaml").write_text("late:\n" + case(10, is_so="false") + case(11), "utf-8")
    (office / "cases.yaml").write_text(
        "late:\n" + case(3, is_so="false") + case(4)
        + "sold:\n" + case(90, "sold", "false") + case(91, "sold"),
        "utf-8",
    )  # fmt: skip
    return made


def test_cases_stand_beside_the_section_they_prove(pack):
    """The office's cases of what the pack says itself are not asked; those of its own are."""
    assert list(BOOK.check(pack)) == []


def test_a_case_that_comes_out_otherwise_is_told_alone(pack):
    """With its line; what it proves is not known yet."""
    text = (pack / "cases.yaml").read_text("utf-8").replace("late: true", "late: false")
    (pack / "cases.yaml").write_text(text, "utf-8")

    (error,) = BOOK.check(pack)

    assert (error.file.name, error.line, error.field) == ("cases.yaml", 3, "11 days")
    assert error.found == "late is True, worked out by hand False"
    assert error.remedy


@pytest.mark.parametrize(
    ("kept", "moved"),
    [(case(11), "9"), (case(10, is_so="false"), "11")],
    ids=["last day", "day after"],
)
def test_a_side_without_a_case_is_told_in_the_file_that_says_the_value(pack, kept, moved):
    """Of the pack in the pack's."""
    (pack / "cases.yaml").write_text("late:\n" + kept, "utf-8")

    (error,) = BOOK.check(pack)

    assert (error.file, error.field) == (pack / "law.yaml", "late.terms[0].days")
    assert error.found.endswith(f"otherwise with {moved}")


def test_of_the_office_it_is_told_there(pack):
    """A pack that leans on it has nothing to mend."""
    (pack.parent / "us-office" / "cases.yaml").unlink()

    errors = list(BOOK.check(pack))

    assert {error.file.parent.name for error in errors} == {"us-office"}
    assert [error.found[-2:] for error in errors] == ["89", "91"]


def test_what_is_refused_is_a_case_too(pack):
    """By the words of the refusal; one that is answered is told."""
    refused = case(5, at=2019).replace("expect: {late: true}", 'refused: "2019"')
    file = pack / "cases.yaml"
    file.write_text(file.read_text("utf-8") + refused, "utf-8")
    assert list(BOOK.check(pack)) == []

    file.write_text(file.read_text("utf-8").replace("at: 2019", "at: 2021"), "utf-8")
    assert [error.found for error in BOOK.check(pack)] == [
        "answered, though it has to be refused with '2019'"
    ]


@pytest.mark.parametrize(
    ("written", "instead", "field"),
    [
        ("days: 10}", "days: ten}", "late[0].given.days"),
        ("at: 2020", "at: 2020-01-01", "late[0].at"),
        ("expect: {late: false}, ", "", "late[0]"),
        ("late: false", "early: false", "late[0].expect.early"),
        ('working: "counted"', 'working: ""', "late[0].working"),
        ("late:\n", "early:\n", "early"),
        ("late:\n", "sold:\n", "sold[0].expect.late"),
    ],
    ids=["a type", "a key", "no figures", "an unknown figure", "no working", "an unknown section",
         "another section's"],
)  # fmt: skip
def test_a_case_of_another_form_is_refused(pack, written, instead, field):
    """With file, line, field, what is there and what was expected."""
    file = pack / "cases.yaml"
    file.write_text(file.read_text("utf-8").replace(written, instead, 1), "utf-8")

    with pytest.raises(PackError) as told:
        list(BOOK.check(pack))

    assert (told.value.field, told.value.file) == (field, file)
    assert told.value.expected


def test_cases_of_a_section_that_stands_elsewhere_are_refused(pack):
    """They would prove nothing there."""
    file = pack / "cases.yaml"
    file.write_text(file.read_text("utf-8") + "sold:\n" + case(91, "sold"), "utf-8")

    with pytest.raises(PackError, match="sold"):
        list(BOOK.check(pack))


def test_a_pack_without_the_file_has_nothing_to_prove(pack):
    """Neither itself nor by its office."""
    for folder in (pack, pack.parent / "us-office"):
        (folder / "law.yaml").unlink()

    assert list(BOOK.check(pack)) == []
