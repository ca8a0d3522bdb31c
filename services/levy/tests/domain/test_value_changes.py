"""LEVY-003: what a row makes of a parcel's value."""

from decimal import Decimal

import pytest

from levy_service.domain.valuation import Band, Claim, Exemption, Step, ValueTerms
from levy_service.domain.value_changes import AskedValue, Registered, figures
from taxkit.money import CENTS_MAX, Rounding

KNOWN = Registered(100_000, 90_000, "211")
TERMS = ValueTerms(
    (Step("assessed", (Band(Decimal("0.5")),), Rounding.HALF_UP),),
    {"homeowner": Exemption(dollars=10_000)},
)


def _asked(**given) -> AskedValue:
    return AskedValue(**{"row": 3, "parcel_number": "13264290020000", **given})


def test_levy_003_the_value_on_the_register_stays_where_only_the_net_value_is_sent() -> None:
    made, found = figures(_asked(net_value_dollars=80_000), KNOWN, TERMS)
    assert found == []
    assert made is not None
    assert (made.value_dollars, made.net_value_dollars, made.steps) == (100_000, 80_000, ())


def test_levy_003_an_exemption_is_taken_off_what_the_law_makes_of_the_value() -> None:
    """120,000, half of it assessed, less 10,000."""
    asked = _asked(value_dollars=120_000, is_computed=True, claims=(Claim("homeowner"),))
    made, found = figures(asked, KNOWN, TERMS)
    assert found == []
    assert made is not None
    assert (made.value_dollars, made.net_value_dollars) == (120_000, 50_000)
    assert [each.value_dollars for each in made.steps] == [120_000, 60_000, 50_000]


@pytest.mark.parametrize(
    ("given", "reason", "field"),
    [
        ({"net_value_dollars": -1}, "BAD_VALUE", "net_value_dollars"),
        ({"net_value_dollars": CENTS_MAX + 1}, "BAD_VALUE", "net_value_dollars"),
        ({"net_value_dollars": 100_001}, "BAD_VALUE", "net_value_dollars"),
        ({}, "BAD_VALUE", "net_value_dollars"),
        ({"net_value_dollars": 5, "is_computed": True}, "BAD_VALUE", "net_value_dollars"),
        ({"value_dollars": -5, "net_value_dollars": 5}, "BAD_VALUE", "value_dollars"),
        ({"is_computed": True, "claims": (Claim("x"),)}, "BAD_EXEMPTION", "exemptions"),
        ({"net_value_dollars": 5, "claims": (Claim("x"),)}, "BAD_EXEMPTION", "exemptions"),
        ({"net_value_dollars": 5, "note": "a\nb"}, "TEXT_INVALID", "note"),
        ({"net_value_dollars": 5, "note": "a" * 151}, "TEXT_INVALID", "note"),
    ],
    ids=[
        "below zero", "beyond", "above the value", "neither", "both", "negative value",
        "unknown exemption", "exemption not computed", "line break", "long",
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_told_with_its_place(given, reason: str, field: str) -> None:
    made, found = figures(_asked(**given), KNOWN, TERMS)
    assert made is None
    assert (found[0].reason, found[0].place) == (reason, f"rows[3].{field}")
