"""An index by year: growth of levies and of values go by what the state published for the year."""

from dataclasses import replace
from decimal import Decimal

import pytest

from levy_service.domain.billing import CannotBill
from levy_service.domain.index_rises import YearRise, check_rises, missing, rise_of
from levy_service.domain.valuation import ValueTerms, value_parcel
from levy_service.domain.value_caps import CapClaim, ValueCap

RISES = (YearRise(2021, Decimal("0.014")), YearRise(2022, Decimal("0.07")))
CAP = ValueCap(at_most=Decimal("0.03"), rises=RISES)
TERMS = ValueTerms(steps=(), exemptions={}, caps={"home": CAP})


def test_a_year_has_its_own_rise_and_no_other_years() -> None:
    assert rise_of(RISES, 2021) == Decimal("0.014")
    assert rise_of(RISES, 2023) is None
    assert "2023 is not in the pack, which has 2021, 2022: add it to rises" in missing(
        RISES, 2023, "rises"
    )


@pytest.mark.parametrize("rises", [RISES[::-1], RISES + RISES[-1:]], ids=["order", "twice"])
def test_years_stand_once_and_in_order(rises) -> None:
    with pytest.raises(ValueError, match="each once, in ascending order"):
        check_rises(rises, "rises")
    with pytest.raises(ValueError, match="each once, in ascending order"):
        replace(CAP, rises=rises)


def test_levy_001_a_homes_value_rises_by_the_lesser_of_three_percent_and_prices() -> None:
    """The year's own rise; a year nobody entered refuses who claims the cap, and nobody else."""
    claim = (CapClaim("home", 100_000),)
    for year, limit in ((2021, 101_400), (2022, 103_000)):
        assert value_parcel(200_000, "", (), TERMS.in_year(year), claim).net_dollars == limit
    later = TERMS.in_year(2023)
    assert value_parcel(200_000, "", (), later).net_dollars == 200_000
    with pytest.raises(CannotBill, match="for the year is not in the pack, which has 2021, 2022"):
        value_parcel(200_000, "", (), later, claim)


@pytest.mark.parametrize("rise", ["1", "7.0", "-1"])
def test_percent_written_for_a_share_are_refused(rise: str) -> None:
    with pytest.raises(ValueError, match=r"a share, as 0\.014"):
        YearRise(2022, Decimal(rise))


def test_an_index_and_its_rises_are_not_said_both() -> None:
    with pytest.raises(ValueError, match="one of the two"):
        ValueCap(at_most=Decimal("0.03"), index=Decimal(0), rises=RISES)
