"""A rule pack loads into frozen, typed, dated terms, or says exactly why it does not."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest

from taxkit.calendar import Roll
from taxkit.dated import NoTermInForce
from taxkit.lawpack import (
    Certainty,
    Section,
    load_jurisdiction,
    load_terms,
    outline,
    pack_version,
)
from taxkit.packvalues import PackError, PackText

COOK = Path(__file__).resolve().parents[3] / "jurisdictions" / "us-il-cook"

JURISDICTION = """\
jurisdiction_id: us-xx-test
name: "Test County"
county: test
state: XX
time_zone: America/Chicago
declared_version: "1"
calendar: {country: US, subdivision: IL, closed: [2020-01-02]}
"""

LAW = """\
fees:
  keyed_by: tax_year
  terms:
    - from: 2000
      citation: "X.R.S. 1-2"
      certainty: statute
      rate: "0.015"
      cents: 250
      code: "010010000"
      kind: flat
      waived: false
      steps: [{days: 10, name: "first"}, {days: 20}]
      names: {a: "one"}
    - from: 2010
      citation: "X.R.S. 1-2 as amended"
      certainty: general knowledge
      note: "to be read"
      rate: "0.02"
      cents: 300
      code: "x"
      kind: stepped
      waived: true
      starts_on: 2010-05-01
      steps: []
      names: {}
      words: words.txt
notes:
  - "a doubt"
"""


class Kind(StrEnum):
    FLAT = "flat"
    STEPPED = "stepped"


@dataclass(frozen=True, slots=True)
class Step:
    days: int
    name: str | None = None

    def __post_init__(self) -> None:
        if self.days < 0:
            raise ValueError(f"{self.days} days, which is negative")


@dataclass(frozen=True, slots=True)
class Fee:
    rate: Decimal
    cents: int
    code: str
    kind: Kind
    waived: bool
    steps: tuple[Step, ...]
    names: Mapping[str, str]
    starts_on: date | None = None
    words: PackText | None = None


SCHEMA = {"fees": Section("tax_year", Fee)}


@pytest.fixture
def pack(tmp_path):
    directory = tmp_path / "us-xx-test"
    directory.mkdir()
    (directory / "jurisdiction.yaml").write_text(JURISDICTION, encoding="utf-8")
    (directory / "law.yaml").write_text(LAW, encoding="utf-8")
    (directory / "words.txt").write_text("words", encoding="utf-8")
    return directory


def rewrite(pack, old, new, file="law.yaml"):
    path = pack / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_terms_come_typed_dated_and_with_their_citation(pack):
    """Each value has the type its schema names, exactly."""
    law = load_terms(pack, "law.yaml", SCHEMA)
    fees = law.by_year("fees", Fee)
    old, new = fees.at(2009), fees.at(2010)

    assert Fee(
        rate=Decimal("0.015"),
        cents=250,
        code="010010000",
        kind=Kind.FLAT,
        waived=False,
        steps=(Step(10, "first"), Step(20)),
        names={"a": "one"},
    ) == (old.value)
    assert (date(2010, 5, 1), PackText("words.txt", "words")) == (
        new.value.starts_on,
        new.value.words,
    )
    assert (
        old.rule_id,
        old.citation,
        old.certainty,
        old.note,
    ) == ("us-xx-test/law/fees/2000", "X.R.S. 1-2", Certainty.STATUTE, "")
    assert (new.note, law.notes) == ("to be read", ("a doubt",))


def test_nothing_can_be_changed_after_loading(pack):
    """Law is frozen once it is loaded, down to the mappings in it."""
    law = load_terms(pack, "law.yaml", SCHEMA)
    fee = law.by_year("fees", Fee).at(2000).value

    with pytest.raises(FrozenInstanceError):
        fee.cents = 1
    with pytest.raises(TypeError):
        fee.names["b"] = "two"
    with pytest.raises(TypeError):
        law.sections["other"] = None


def test_a_key_before_the_first_term_is_an_error(pack):
    """No term, no default."""
    fees = load_terms(pack, "law.yaml", SCHEMA).by_year("fees", Fee)
    with pytest.raises(NoTermInForce, match="us-xx-test/law/fees: no term for 1999"):
        fees.at(1999)


def test_the_version_names_exactly_this_content(pack):
    """Any byte of any file changes it, and hidden files do not count."""
    before = load_terms(pack, "law.yaml", SCHEMA).pack_version
    (pack / ".cache").write_text("x", encoding="utf-8")
    assert before == pack_version(pack, "1")
    assert before.startswith("1+")
    rewrite(pack, "words", "other words", "words.txt")
    assert before != pack_version(pack, "1")


def test_the_calendar_knows_the_holidays_and_the_countys_own_closings(pack):
    """January 1 is a holiday, January 2 was closed by the county."""
    calendar = load_jurisdiction(pack).business_calendar()

    assert date(2020, 1, 3) == calendar.roll(date(2020, 1, 1), Roll.FOLLOWING)


MISTAKES = [
    ('rate: "0.015"', "rate: 0.015", 7, "fees.terms[0].rate", "0.015 (YAML reads it as float)"),
    ('rate: "0.015"', 'rate: "1.5%"', 7, "fees.terms[0].rate", "1.5%"),
    ("cents: 250", "cents: 2.50", 8, "fees.terms[0].cents", "2.50 (YAML reads it as float)"),
    ("cents: 250", "cents: 0250", 8, "fees.terms[0].cents", "0250"),
    ('code: "010010000"', "code: 010010000", 9, "fees.terms[0].code", "reads it as int"),
    ("kind: flat", "kind: flatt", 10, "fees.terms[0].kind", "one of flat, stepped"),
    ("waived: false", "waived: no", 11, "fees.terms[0].waived", "true or false"),
    ("{days: 20}", "{days: ten}", 12, "fees.terms[0].steps[1].days", "a whole number"),
    ("{days: 20}", "{days: -1}", 12, "fees.terms[0].steps[1]", "-1 days, which is negative"),
    ("steps: [{days: 10", "steps: {days: [10", 12, "file", "well-formed YAML"),
    ('steps: [{days: 10, name: "first"}, {days: 20}]', "steps: 3", 12, "steps", "a list"),
    ('names: {a: "one"}', "names: [a]", 13, "fees.terms[0].names", "a mapping of named values"),
    ("cents: 250", "cents: [250]", 8, "fees.terms[0].cents", "found a list"),
    ("cents: 250", "cents: {a: 1}", 8, "fees.terms[0].cents", "found a mapping"),
    ("cents: 250", "cents:", 8, "fees.terms[0].cents", "found nothing"),
    ("cents: 250", "censt: 250", 8, "fees.terms[0].censt", "did you mean cents?"),
    ("      cents: 250\n", "", 4, "fees.terms[0].cents", "it has no default"),
    ("cents: 250", "rate: '0.1'", 8, "fees.terms[0].rate", "a second time, after line 7"),
    ('citation: "X.R.S. 1-2"\n', "citation: ' '\n", 5, "fees.terms[0].citation", "a citation"),
    ('      citation: "X.R.S. 1-2"\n', "", 4, "citation", "where the value is from"),
    ("certainty: statute", "certainty: sure", 6, "certainty", "one of statute"),
    ("from: 2010", "from: 2000", 14, "fees.terms[1]", "2000 after 2000"),
    ("from: 2000", "for: 2000", 4, "fees.terms[0]", "`from:`: a term holds until the next"),
    ("from: 2000", "from: 2000-01-01", 4, "fees.terms[0].from", "a whole number"),
    ("- from: 2000\n", "- note: ''\n", 4, "fees.terms[0]", "one `from` or `for`"),
    ("starts_on: 2010-05-01", "starts_on: '2010-05-01'", 23, "starts_on", "a date without quotes"),
    ("starts_on: 2010-05-01", "starts_on: 2010-02-30", 23, "starts_on", "a date without quotes"),
    ("words: words.txt", "words: gone.txt", 26, "words", "no file gone.txt"),
    ("words: words.txt", "words: ../../x", 26, "words", "a file inside the pack"),
    (
        "keyed_by: tax_year",
        "keyed_by: due_on",
        2,
        "fees.keyed_by",
        "found due_on; expected tax_year",
    ),
    ("  keyed_by: tax_year\n", "", 1, "fees.keyed_by", "found nothing"),
    ("keyed_by: tax_year", "keyed_by: tax_year\n  unit: cents", 3, "fees.unit", "an unknown name"),
    ("fees:", "feez:", 1, "feez", "an unknown section"),
    ("fees:", "fees: &a {}\nmore:", 2, "more", "an unknown section"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake[1])
def test_a_mistake_is_reported_with_file_line_field_and_what_to_write(pack, mistake):
    """Who made it can mend it without reading the loader."""
    old, new, line, field, words = mistake
    rewrite(pack, old, new)

    with pytest.raises(PackError) as caught:
        load_terms(pack, "law.yaml", SCHEMA)

    assert str(caught.value).startswith(f"{pack / 'law.yaml'}:{line}: ")
    assert field in caught.value.field
    assert words in str(caught.value)


def test_a_missing_section_is_reported(pack):
    """A service that needs a section does not start without it."""
    with pytest.raises(PackError, match="other: found nothing; expected this section"):
        load_terms(pack, "law.yaml", SCHEMA | {"other": Section("tax_year", Fee)})


def test_an_optional_section_may_be_left_out(pack):
    """Another section says the same in another way; what is there is read as ever."""
    optional = SCHEMA | {"other": Section("tax_year", Fee, optional=True)}
    law = load_terms(pack, "law.yaml", optional)

    assert law.by_year_if_there("other", Fee) is None
    assert law.by_year_if_there("fees", Fee) is law.by_year("fees", Fee)


def test_a_section_without_terms_is_reported(pack):
    """An empty list of terms is no law."""
    (pack / "law.yaml").write_text("fees: {keyed_by: tax_year, terms: []}", encoding="utf-8")
    with pytest.raises(PackError, match="an empty list"):
        load_terms(pack, "law.yaml", SCHEMA)


def test_a_year_that_must_be_named_does_not_carry_on(pack):
    """An exact section takes `for:` and answers for no other year."""
    exact = {"fees": Section("tax_year", Fee, exact=True)}
    with pytest.raises(PackError, match="`for:`: a term holds for its key only"):
        load_terms(pack, "law.yaml", exact)
    for year in (2000, 2010):
        rewrite(pack, f"from: {year}", f"for: {year}")
    fees = load_terms(pack, "law.yaml", exact).by_year("fees", Fee)
    with pytest.raises(NoTermInForce):
        fees.at(2001)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("country: US, subdivision: ZZ", "does not have subdivision ZZ"),
        ("country: XX", "Country XX not available"),
        ("country: US, working_holidays: [Towel Day]", "Towel Day, which is no holiday there"),
    ],
)
def test_a_calendar_of_nowhere_is_reported(pack, written, found):
    """And so is a holiday that the place does not have."""
    rewrite(pack, "country: US, subdivision: IL", written, "jurisdiction.yaml")

    with pytest.raises(PackError, match=found):
        load_jurisdiction(pack)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no sections"),
        (b"- a", "no sections"),
        (b"a: \xff", ":1: file: found bytes that are not UTF-8"),
        (b"a: 1\nb: [", "well-formed YAML"),
        (b"a: \x00", "well-formed YAML"),
    ],
)
def test_a_file_that_is_no_law_file_is_reported(pack, content, complaint):
    """Empty, a list, another encoding, broken: each is said for what it is."""
    (pack / "law.yaml").write_bytes(content)
    with pytest.raises(PackError, match=complaint):
        load_terms(pack, "law.yaml", SCHEMA)


def test_a_missing_file_is_reported(pack):
    """The message names the file that was looked for."""
    with pytest.raises(PackError, match=r"gone\.yaml:0: file: found no such file"):
        load_terms(pack, "gone.yaml", SCHEMA)


def test_a_folder_must_bear_the_jurisdictions_id(pack):
    """A copied folder is not another county."""
    rewrite(pack, "us-xx-test", "us-xx-other", "jurisdiction.yaml")
    with pytest.raises(PackError, match="jurisdiction_id: found us-xx-other"):
        load_jurisdiction(pack)


def test_a_section_keyed_by_a_date_takes_dates(pack):
    """Which key an amendment goes by is the statute's choice."""
    rewrite(pack, "keyed_by: tax_year", "keyed_by: due_on")
    rewrite(pack, "from: 2000", "from: 2000-01-01")
    rewrite(pack, "from: 2010", "from: 2010-07-01")
    fees = load_terms(pack, "law.yaml", {"fees": Section("due_on", Fee)}).by_date("fees", Fee)

    assert (
        fees.at(date(2010, 6, 30)).value.cents,
        fees.at(date(2010, 7, 1)).value.cents,
    ) == (250, 300)


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in sorted(COOK.glob("*.yaml"))
        if file.stem != "jurisdiction" and not file.match("examples*.yaml")
    ],
    ids=lambda file: file.name,
)
def test_every_term_of_cook_county_has_a_citation_and_a_certainty(file):
    """Whatever a service makes of it, no value stands without its source."""
    terms = outline(COOK, file.name)

    assert terms
    for term in terms:
        assert term.citation
        assert term.rule_id.startswith(f"us-il-cook/{file.stem}/")


def test_an_outline_needs_to_know_the_key(pack):
    """Even without a schema a section says by what it is dated."""
    rewrite(pack, "  keyed_by: tax_year\n", "")
    with pytest.raises(PackError, match=r"fees\.keyed_by: found nothing"):
        outline(pack, "law.yaml")
