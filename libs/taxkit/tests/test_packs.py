"""A pack as a whole: what is wrong in it, what is in force on a day, what has changed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import pytest

from taxkit.lawpack import Section, load_terms
from taxkit.packs import FieldChange, PackFile, changes, check, flat, in_force
from taxkit.packvalues import PackError


@dataclass(frozen=True, slots=True)
class Step:
    code: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Interest:
    monthly_rate: Decimal
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    keys: tuple[str, ...]


SCHEMA = MappingProxyType(
    {"interest": Section("tax_year", Interest), "order": Section("effective_on", Order)}
)
HEAD = """jurisdiction_id: us-zz
name: "Zed"
county: zed
state: ZZ
time_zone: America/Chicago
declared_version: "1"
calendar: {country: US}
"""
LAW = """interest:
  keyed_by: tax_year
  terms:
    - {from: 2010, citation: "Act 1", certainty: statute, monthly_rate: "0.015"}
    - from: 2023
      citation: "Act 2"
      certainty: statute
      monthly_rate: "0.0075"
      steps: [{code: late, rate: "0.03"}]
order:
  keyed_by: effective_on
  terms:
    - {from: 2010-01-01, citation: "Act 3", certainty: house rule, keys: [tax, interest]}
"""


def wrong_example(directory):
    yield PackError((directory / "examples.yaml", 3), "a case", "2 cents", "1 cent")


FILE = PackFile("zed", "zed.yaml", SCHEMA, lambda folder: load_terms(folder, "zed.yaml", SCHEMA))


@pytest.fixture
def pack(tmp_path):
    return written(tmp_path / "a" / "us-zz", LAW)


def written(folder, law):
    folder.mkdir(parents=True)
    (folder / "jurisdiction.yaml").write_text(HEAD, encoding="utf-8")
    (folder / "zed.yaml").write_text(law, encoding="utf-8")
    return folder


def told(folder, *files):
    return [str(error).removeprefix(str(folder)) for error in check(folder, files)]


def test_a_good_pack_has_nothing_wrong(pack):
    """Files with worked examples and folders belong to a pack without being read as law."""
    (pack / "examples.yaml").write_text("zed: []", encoding="utf-8")
    (pack / "examples_zed.yaml").write_text("zed: []", encoding="utf-8")
    (pack / "notices").mkdir()

    assert told(pack, FILE) == []


def test_a_wrong_value_is_said_with_file_line_field_found_expected_and_what_to_do(pack):
    """Nobody has to search for what is wrong."""
    (pack / "zed.yaml").write_text(LAW.replace('"0.0075"', "0.0075"), encoding="utf-8")

    (found,) = told(pack, FILE)

    assert found == (
        "/zed.yaml:8: interest.terms[1].monthly_rate: found 0.0075 (YAML reads it as float); "
        'expected a rate as text, digits and a point; put it in quotes, as "0.015"; '
        "to do: correct it there, then see `millage pack check`"
    )


@pytest.mark.parametrize(
    ("written_as", "instead", "remedy"),
    [
        ("keys:", "kes:", "correct the name, or delete the line"),
        (", keys: [tax, interest]}", "}", "add `keys:` to this entry"),
        ('citation: "Act 3", ', "", "add `citation:` to this term"),
        ("from: 2023", "from: 2009", "move the term to its place, or correct its key"),
        ("order:", "ordr:", "to do: "),
    ],
)
def test_the_remedy_fits_the_mistake(pack, written_as, instead, remedy):
    """What to do is said for the kind of mistake it is."""
    (pack / "zed.yaml").write_text(LAW.replace(written_as, instead), encoding="utf-8")

    (found,) = told(pack, FILE)

    assert remedy in found


def test_a_file_that_its_service_needs_is_missed(pack):
    """It would be missed as the service starts: that it is not there is told before."""
    (pack / "zed.yaml").unlink()

    (found,) = told(pack, FILE)

    assert found.startswith("/zed.yaml:0: file: found no such file")
    optional = PackFile("zed", "zed.yaml", SCHEMA, lambda _: None)
    assert told(pack, optional) == []


def test_what_is_wrong_in_the_heading_is_told_by_its_line(pack):
    """A zone or an id among ten lines is found without reading them all."""
    head = pack / "jurisdiction.yaml"
    head.write_text(HEAD.replace("America/Chicago", "America/Chicgo"), encoding="utf-8")
    assert told(pack, FILE)[0].startswith("/jurisdiction.yaml:5: time_zone: found America/Chicgo")
    head.write_text(HEAD + "office: us-ofice\n", encoding="utf-8")
    assert told(pack, FILE)[0].startswith("/jurisdiction.yaml:8: office: found us-ofice")


def test_law_that_nobody_reads_is_found(pack):
    """A mistyped file name would otherwise switch a law off in silence."""
    (pack / "zedd.yaml").write_text(LAW, encoding="utf-8")

    (found,) = told(pack, FILE)

    assert found == (
        "/zedd.yaml:1: file: found zedd.yaml, which no service reads; expected one of "
        "jurisdiction.yaml, zed.yaml; to do: rename it or delete it"
    )


def test_a_pack_under_another_name_is_refused_at_once(pack):
    """The folder is the id by which bills name their law."""
    moved = pack.rename(pack.parent / "us-yy")

    (found,) = told(moved, FILE)

    assert "expected the folder name us-yy" in found


def test_each_example_that_differs_is_told(pack):
    """What the service proves is part of the check."""
    proving = PackFile("zed", "zed.yaml", SCHEMA, FILE.load, wrong_example)

    assert "a case: found 2 cents; expected 1 cent" in told(pack, proving)[0]


def test_the_law_of_a_day_goes_by_each_sections_own_key(pack):
    """A tax year's rate holds whenever it is paid; an order holds from its day."""
    found = {each.section: each for each in in_force(pack, [FILE], date(2024, 1, 2), 2022)}

    assert found["interest"].term.rule_id == "us-zz/zed/interest/2010"
    assert found["order"].term.rule_id == "us-zz/zed/order/2010-01-01"


def test_from_when_to_when_a_term_holds_is_told(pack):
    """The day before a new regime and the day of it differ by that alone."""
    before, after = (
        next(iter(in_force(pack, [FILE], date(2024, 1, 2), year))) for year in (2022, 2023)
    )
    assert (before.since, before.until) == (2010, 2023)
    assert (after.since, after.until) == (2023, None)


def test_where_the_law_says_nothing_there_is_no_term(pack):
    """Never a neighbour's term."""
    found = list(in_force(pack, [FILE], date(2009, 1, 2), 2009))

    assert [each.term for each in found] == [None, None]


def test_two_versions_are_compared_term_by_term(pack, tmp_path):
    """What is the same is left out; what changed is said by its path."""
    law = LAW.replace('"0.0075"', '"0.01"').replace(
        "[{code: late", '[{code: early, rate: "0"}, {code: late'
    )
    law = law.replace("from: 2010-01-01", "from: 2011-01-01")

    found = {
        each.rule_id: each for each in changes(pack, written(tmp_path / "b" / "us-zz", law), [FILE])
    }

    assert {name: each.kind for name, each in found.items()} == {
        "zed/interest/2023": "changed",
        "zed/order/2011-01-01": "added",
        "zed/order/2010-01-01": "removed",
    }
    assert found["zed/interest/2023"].fields == (
        FieldChange("monthly_rate", "0.0075", "0.01"),
        FieldChange("steps[early].code", None, "early"),
        FieldChange("steps[early].rate", None, "0"),
    )


def test_a_changed_citation_is_a_change(pack, tmp_path):
    """The law can be pointed at, or it is not the same law."""
    newer = written(tmp_path / "b" / "us-zz", LAW.replace("Act 3", "Act 4"))

    (found,) = changes(pack, newer, [FILE])

    assert (found.old_citation, found.new_citation, found.fields) == ("Act 3", "Act 4", ())


def test_that_a_value_is_known_otherwise_is_a_change(pack, tmp_path):
    """What was read and what was guessed are not the same law."""
    law = LAW.replace("certainty: house rule", "certainty: statute")

    (found,) = changes(pack, written(tmp_path / "b" / "us-zz", law), [FILE])

    assert found.fields == (FieldChange("certainty", "house rule", "statute"),)


def test_a_file_that_only_one_version_has_is_added_or_removed(pack, tmp_path):
    """Term by term, as if its sections were there and empty."""
    newer = written(tmp_path / "b" / "us-zz", LAW)
    (newer / "zed.yaml").unlink()

    assert {each.kind for each in changes(pack, newer, [FILE])} == {"removed"}


def test_values_are_flat_texts():
    """Empty values are left out, lists of plain values are one text."""
    value = Order(("tax", "interest"))

    assert flat(value) == {"keys": "tax, interest"}
    assert flat({"a": None, "b": True, "c": ()}) == {"b": "true", "c": "none"}


def test_entries_without_a_code_go_by_their_place():
    """Two steps that leave their code empty are two, not one."""
    found = flat(Interest(Decimal(0), (Step("", Decimal(1)), Step("", Decimal(2)))))

    assert (found["steps[0].rate"], found["steps[1].rate"]) == ("1", "2")
