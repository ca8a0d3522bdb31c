"""Loading a file of assessments, asked in every wrong way (LEVY-017, LEVY-019)."""

import itertools

import pytest

from millage.levy.v1 import special_loads_pb2 as pb
from taxkit import trial as trials


class TestSpecialLoads(trials.Suite):
    service = "millage.levy.v1.SpecialLoadService"

    @pytest.fixture
    def cases(self, levy, one_bill) -> dict[str, trials.Case]:
        parcel = levy.bill(one_bill()).parcel_number
        numbers = itertools.count(1)

        def parts() -> list[pb.LoadSpecialsRequest]:
            row = pb.SpecialLine(
                line_number=2, assessment_number=f"F-{next(numbers)}", agency_code="900120000",
                agency_name="Area 12", project="Sewer", parcel_number=parcel,
                principal_cents=300_000, years=3, rate_percent="5", method="level_payment",
                first_year=2022, interest_from="2022-11-01", days_in_year=365,
            )  # fmt: skip
            return [
                pb.LoadSpecialsRequest(header=pb.SpecialsHeader(source="a.csv")),
                pb.LoadSpecialsRequest(row=row),
                pb.LoadSpecialsRequest(end=pb.SpecialsEnd(row_count=1)),
            ]

        return {
            "LoadSpecials": trials.Case(
                parts,
                always_possible="a line that is wrong, or on file, is named and opens nothing",
            )
        }
