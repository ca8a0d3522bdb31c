"""The bill reference: parcel number, tax year, check digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.remittance import BillReference, LineProblem, ReferenceFormat
from cashiering_service.domain.remittance.reference import BadReference

COOK = ReferenceFormat()
parcels = st.text("0123456789", min_size=14, max_size=14)
years = st.integers(1900, 2999)


@given(parcels, years)
def test_a_reference_reads_back_as_written(parcel_number: str, tax_year: int) -> None:
    """Nineteen digits in, the same parcel and year out."""
    assert COOK.read(COOK.write(parcel_number, tax_year)) == BillReference(parcel_number, tax_year)


@given(parcels, years, st.integers(0, 18), st.integers(1, 9))
def test_one_misread_digit_is_always_noticed(
    parcel_number: str, tax_year: int, place: int, change: int
) -> None:
    """That is what the check digit is for."""
    digits = list(COOK.write(parcel_number, tax_year))
    digits[place] = str((int(digits[place]) + change) % 10)

    found = COOK.read("".join(digits))

    assert isinstance(found, BadReference)
    assert found.reason is LineProblem.BAD_CHECK_DIGIT


@given(st.text())
def test_whatever_is_no_reference_is_answered_in_words(text: str) -> None:
    """Never an exception, whatever the characters."""
    assert isinstance(COOK.read(text), BadReference | BillReference)


@pytest.mark.parametrize("text", ["", "1", "١٣٢٦٤٢٩٠٠٢٠٠٠٠٢٠٢١١"[:19], "13264290020000-2021"])
def test_what_is_not_nineteen_plain_digits_is_a_bad_reference(text: str) -> None:
    """Digits of other scripts are not digits here."""
    found = COOK.read(text)

    assert isinstance(found, BadReference)
    assert found.reason is LineProblem.BAD_REFERENCE


def test_another_county_has_another_length() -> None:
    """The format is a value, not a constant."""
    other = ReferenceFormat(parcel_digits=10)

    assert other.digits == 15
    assert other.read(other.write("0123456789", 2024)) == BillReference("0123456789", 2024)
