"""LEVY-001, LEVY-002: every pack's worked bills come out as its author worked them out by hand."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from levy_service import rulebook, worked_examples
from levy_service.law_rows import LAW_FILE
from taxkit.packvalues import PackError

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
PACKS = sorted(file.parent for file in JURISDICTIONS.glob(f"*/{LAW_FILE}"))
EXAMPLES = [(pack, example) for pack in PACKS for example in worked_examples.examples(pack)]
law_of = cache(rulebook.load)


@pytest.mark.parametrize(
    ("pack", "example"), EXAMPLES, ids=[f"{pack.name}: {each.name}" for pack, each in EXAMPLES]
)
def test_levy_002_a_worked_bill_comes_out(pack: Path, example: worked_examples.Example) -> None:
    """To the cent and the day."""
    assert list(worked_examples.differences(example, law_of(pack))) == []


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_levy_002_every_pack_bills_and_has_a_case_beside_each_start_of_a_term(pack: Path) -> None:
    """A change of the law is pinned by a bill of the last year before and of the first after."""
    law = rulebook.load(pack)
    years = {each.told["tax_year"] for each in worked_examples.examples(pack)}
    assert years

    for section in (law.value, law.due_rule, law.bill, law.installments):
        for start in list(section.keys if section else ())[1:]:
            assert max(year for year in years if year < start) == start - 1
            assert start in years


COOK = JURISDICTIONS / "us-il-cook"
GOOD = {
    "name": "A bill",
    "citation": "A law",
    "working": "10 dollars x 1%",
    "tax_year": 2021,
    "net_value_dollars": 10,
    "rates": {"010010000": "1.000"},
    "expect": {"total_cents": 10},
}


@pytest.fixture
def pack(tmp_path: Path):
    """Cook's law with worked bills of one's own."""

    def make(*told: object, section: str = "levy") -> Path:
        folder = tmp_path / COOK.name
        folder.mkdir()
        for name in (LAW_FILE, "jurisdiction.yaml"):
            (folder / name).write_text((COOK / name).read_text(encoding="utf-8"), encoding="utf-8")
        text = yaml.safe_dump({section: list(told)})
        (folder / worked_examples.FILE).write_text(text, encoding="utf-8")
        return folder

    return make


def test_levy_002_a_bill_that_comes_out_otherwise_is_told_with_both_figures(pack) -> None:
    """What is there, what the author worked out, and on which line."""
    found = list(worked_examples.check(pack(GOOD, {**GOOD, "expect": {"total_cents": 11}})))

    assert len(found) == 1
    assert "total_cents is 10, worked out by hand 11" in str(found[0])
    assert found[0].line > 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"refused": "no term"}, "no figures"),
        ({"working": None}, "no name, citation or working"),
        ({"expect": {"totals": 5}}, "the unknown name totals"),
        ({"net_value": 5}, "the unknown name net_value"),
    ],
)
def test_levy_002_an_example_that_proves_nothing_is_refused(pack, changed, why: str) -> None:
    """No figures, unknown figures, no working."""
    told = {**GOOD, **changed}
    if changed == {"working": None}:
        del told["working"]
    with pytest.raises(PackError, match=why):
        list(worked_examples.check(pack(told)))


def test_levy_002_a_refusal_is_a_case_too(pack) -> None:
    """For another reason than the author says, or not at all, is a difference."""
    refused = {key: value for key, value in GOOD.items() if key != "expect"}
    cases = [
        {**refused, "tax_year": 2017, "refused": "no term for 2017"},
        {**refused, "tax_year": 2017, "refused": "another reason"},
        {**refused, "refused": "no term"},
    ]

    found = [str(each) for each in worked_examples.check(pack(*cases))]

    assert len(found) == 2
    assert "expected 'another reason'" in found[0]
    assert "billed, though" in found[1]


def test_levy_002_a_file_without_its_section_is_refused(pack) -> None:
    """A misspelt heading is not an empty list."""
    with pytest.raises(PackError, match="a list of worked bills"):
        list(worked_examples.check(pack(GOOD, section="levies")))
