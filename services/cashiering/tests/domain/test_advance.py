"""CASH-069: what an advance has to say of itself."""

import pytest

from cashiering_service.domain.advance import Advance, OrderedAdvance, check_advance
from taxkit.errors import Refusal
from taxkit.money import CENTS_MAX


@pytest.mark.parametrize(
    ("advance", "reason"),
    [
        (OrderedAdvance("P", 1, Advance("")), "ADVANCE_TYPE_MISSING"),
        (OrderedAdvance("", 1, Advance("regular")), "ADVANCE_KEY_MISSING"),
        (OrderedAdvance("P", 0, Advance("regular")), "AMOUNT_NOT_POSITIVE"),
        (OrderedAdvance("P", CENTS_MAX + 1, Advance("regular")), "AMOUNT_TOO_LARGE"),
    ],
)
def test_an_advance_nobody_could_apply_is_refused(advance, reason) -> None:
    with pytest.raises(Refusal) as refusal:
        check_advance(3, advance)

    assert refusal.value.reason == reason
    assert refusal.value.fields[0].field.startswith("advances[3].")


def test_a_parcel_or_an_escrow_account_is_enough() -> None:
    check_advance(0, OrderedAdvance("P", 1, Advance("regular")))
    check_advance(0, OrderedAdvance("", CENTS_MAX, Advance("escrow", None, "E-9")))
