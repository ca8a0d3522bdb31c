"""CASH-025: what of a bill's open tax are specials."""

from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.bill_face import UNKNOWN, Face

cents = st.integers(0, 10**12)


def test_an_unknown_bill_has_no_specials() -> None:
    """Nothing told is nothing shown."""
    assert UNKNOWN.specials_of(100) == 0
    assert (UNKNOWN.part, UNKNOWN.net_value_dollars) == ("whole", None)


@given(cents, cents, cents)
def test_specials_are_never_more_than_the_tax_and_all_of_an_unpaid_bill(
    specials: int, other: int, paid: int
) -> None:
    """A bill on which nothing was paid shows its specials to the cent."""
    billed = specials + other
    face = Face(billed_cents=billed, specials_cents=specials)

    assert face.specials_of(billed) == specials
    assert 0 <= face.specials_of(max(billed - paid, 0)) <= max(billed - paid, 0)
