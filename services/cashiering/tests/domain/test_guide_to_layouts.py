"""CASH-068: the guide for a county with a format of its own says what is so."""

import re
from pathlib import Path

import pytest

from cashiering_service.domain.remittance import (
    FileProblem,
    LineProblem,
    RemittanceLine,
    Trailer,
    open_reader,
)
from cashiering_service.domain.remittance.layout_document import (
    BOUND,
    AmountFormat,
    DateFormat,
    Encoding,
    Form,
    LineKind,
    Sign,
    TenderOf,
)
from cashiering_service.imports.layouts import read_document

GUIDE = (Path(__file__).parents[4] / "docs" / "payment-files.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL)))


def _block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return found


def test_cash_068_the_guides_layout_reads_the_guides_file() -> None:
    reader = open_reader(read_document(_block("yaml")))
    line, trailer = [*reader.feed(_block("text").encode()), *reader.close()]

    assert isinstance(line, RemittanceLine)
    assert (line.parcel_number, line.amount_cents) == ("13264290020000", 120_450)
    assert (line.tender_type, line.tender_reference) == ("ach", "TWN-000117")
    assert trailer == Trailer(1, 120_450)


@pytest.mark.parametrize(
    "words", [Form, LineKind, TenderOf, Encoding, AmountFormat, Sign, DateFormat]
)
def test_cash_068_the_guide_has_every_word_a_layout_may_use(words) -> None:
    assert {str(one) for one in words} <= WORDS


def test_cash_068_the_guide_has_every_field_and_reason() -> None:
    """Whoever meets a refusal finds there what to do."""
    assert set(BOUND) <= WORDS
    assert {str(one) for one in FileProblem} <= WORDS
    assert {str(one) for one in LineProblem} <= WORDS
