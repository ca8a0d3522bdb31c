"""The worked cases of every jurisdiction come out to the cent, and a wrong one is found."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from receivables_service.rulebook import SCHEMA, load
from receivables_service.worked_examples import check, differences, examples
from taxkit.lawpack import load_terms
from taxkit.packvalues import PackError

JURISDICTIONS = Path(__file__).resolve().parents[4] / "jurisdictions"
# A folder begins to be a pack of the ledger's with its worked cases.
PACKS = sorted(file.parent for file in JURISDICTIONS.glob("*/examples.yaml"))
COOK = JURISDICTIONS / "us-il-cook"


terms_of = cache(load)


def cases():
    for directory in PACKS:
        for example in examples(directory):
            yield pytest.param(directory, example, id=f"{directory.name}: {example.name}")


@pytest.mark.parametrize(("directory", "example"), list(cases()))
def test_a_worked_example_comes_out_to_the_cent(directory, example):
    """What the pack's author worked out by hand is what derive answers, and quotes do too."""
    assert list(differences(example, terms_of(directory))) == []


@pytest.mark.parametrize("directory", PACKS, ids=lambda each: each.name)
def test_each_interest_term_has_examples_on_both_sides_of_its_start(directory):
    """A change of the rate is pinned by a bill of the last year before and of the first after."""
    law = load_terms(directory, "receivables.yaml", SCHEMA)
    years = {example.tax_year for example in examples(directory)}

    for start in law.sections["interest"].keys:
        assert {start - 1, start} <= years


def test_a_figure_that_is_wrong_is_found():
    """One cent less in one figure of one date is said with the date and both figures."""
    example = next(examples(COOK))
    quotes = [dict(quote) for quote in example.told["quotes"]]
    quotes[2]["interest_cents"] = [1851, 0]

    told = differences(replace(example, told={**example.told, "quotes": quotes}), load(COOK))

    assert list(told) == [
        "as of 2019-03-02: interest_cents is [1852, 0], worked out by hand [1851, 0]"
    ]


A_BILL = "bill: {tax_year: 2018, installments: [[2019-03-01, 1]]}"


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("other: []", "receivables: found other; expected a list of worked cases"),
        ("receivables: [{name: A}]", "found no name or no citation"),
        ("receivables: [{name: A, citation: B}]", "found no figures"),
        (
            f"receivables: [{{name: A, citation: B, refused: no term for 2010, {A_BILL}}}]",
            "derived, though it has to be refused",
        ),
        (
            f"receivables: [{{name: A, citation: B, ledger: {{tax: [1], working: x}}, {A_BILL}}}]",
            "found the unknown name tax; expected one of",
        ),
        (
            f"receivables: [{{name: A, citation: B, ledger: {{surplus_cents: 0}}, {A_BILL}}}]",
            "figures without their working",
        ),
    ],
)
def test_worked_examples_that_prove_nothing_are_refused(tmp_path, written, complaint):
    """Each is said with its file and line."""
    (tmp_path / "examples.yaml").write_text(written, encoding="utf-8")

    try:
        found = [str(error) for error in check(tmp_path, load(COOK))]
    except PackError as error:
        found = [str(error)]

    assert len(found) == 1
    assert complaint in found[0]
    assert "examples.yaml:1: " in found[0]
