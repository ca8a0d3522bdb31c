"""CASH-058: papers in the county's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.custom_receipts import CustomReceipt, check_chosen, worded
from taxkit.errors import Refusal

SALE = CustomReceipt("bill-of-sale", "Bill of sale", ("{payer} paid {total}.", "For: {note}"))
SAID = {
    "receipt_number": "T01-1",
    "payer": "Imogen Vale",
    "total_cents": 123_456,
    "business_date": "2022-12-15",
    "effective_on": "2022-12-15",
    "parcels": "1",
    "note": "a trailer",
}


def test_cash_058_a_papers_words_name_the_receipt() -> None:
    """Amounts as people read them."""
    assert worded(SALE, SAID) == ["Imogen Vale paid $1,234.56.", "For: a trailer"]


@given(note=st.text(max_size=60), payer=st.text(max_size=60))
def test_cash_058_what_was_typed_is_put_in_as_it_is(note: str, payer: str) -> None:
    """Braces in it name nothing."""
    said = {**SAID, "note": note, "payer": payer}

    assert worded(SALE, said) == [f"{payer} paid $1,234.56.", f"For: {note}"]


@pytest.mark.parametrize("words", [(), ("{secret}",), ("{payer.__class__}",), ("{}",), ("{0}",)])
def test_cash_058_a_paper_of_other_names_is_not_read(words: tuple[str, ...]) -> None:
    """The law file is refused when the service starts."""
    with pytest.raises(ValueError, match=r"words|names"):
        CustomReceipt("x", "X", words)


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        (["deed"], "CUSTOM_RECEIPT_UNKNOWN"),
        (["bill-of-sale", ""], "CUSTOM_RECEIPT_UNKNOWN"),
        (["bill-of-sale"] * 2, "CUSTOM_RECEIPTS_INVALID"),
    ],
)
def test_cash_058_only_papers_there_are_may_be_chosen(codes: list[str], reason: str) -> None:
    """Each once."""
    check_chosen(["bill-of-sale"], [SALE])
    with pytest.raises(Refusal) as refused:
        check_chosen(codes, [SALE])

    assert refused.value.reason == reason
