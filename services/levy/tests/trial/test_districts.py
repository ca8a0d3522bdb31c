"""District totals and levy rates, asked in every wrong way."""

import pytest

from millage.levy.v1 import districts_pb2 as pb
from taxkit import trial as trials


class TestDistricts(trials.Suite):
    service = "millage.levy.v1.DistrictService"

    @pytest.fixture
    def cases(self, levy, roll) -> dict[str, trials.Case]:
        levy.load(roll.whole(2021))
        asked = pb.LevyRequest(
            agency_code="C",
            kind="limited",
            asked_cents=1,
            taxable_dollars=1,
            prior_rate="0.1",
            highest_lawful_cents=1,
        )
        area = pb.LevyArea(tax_code="1", levies=["C"])
        return {
            "GetLevyTotals": trials.Case(
                lambda: pb.GetLevyTotalsRequest(tax_year=2021, by=pb.TOTALS_BY_AGENCY)
            ),
            "ComputeLevyRates": trials.Case(
                lambda: pb.ComputeLevyRatesRequest(
                    tax_year=2021, levies=[asked], areas=[area], assessment_ratio="0.9"
                ),
            ),
        }
