"""Certified levies, asked for in every wrong way."""

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from levy_service.bootstrap import SPEC
from millage.levy.v1 import certified_levies_pb2 as pb
from millage.levy.v1 import districts_pb2
from taxkit import testing
from taxkit import trial as trials
from taxkit.clock import FixedClock


@pytest.fixture
def app(app, database_url):
    """The office of a state whose pack limits levies, on the same empty tables."""
    del app
    settings = {
        "MILLAGE_JURISDICTIONS_DIR": str(Path(__file__).parents[4] / "jurisdictions"),
        "MILLAGE_JURISDICTION": "us-wa",
    }
    clock = FixedClock(datetime(2025, 3, 31, 18, tzinfo=UTC))
    with testing.application(SPEC, database_url, clock, **settings) as built:
        yield built


def asked(tax_year: int) -> pb.CertifyLeviesRequest:
    levy = districts_pb2.LevyRequest(
        agency_code="C", agency_name="County", kind="county", asked_cents=100,
        taxable_dollars=1_000, highest_lawful_cents=100, prior_rate="0.1",
    )  # fmt: skip
    return pb.CertifyLeviesRequest(
        tax_year=tax_year,
        statement="as asked",
        levies=[levy],
        areas=[districts_pb2.LevyArea(tax_code="1", levies=["C"])],
        assessment_ratio="0.9",
    )


class TestCertifiedLevies(trials.Suite):
    service = "millage.levy.v1.CertifiedLevyService"

    @pytest.fixture
    def cases(self, trial) -> dict[str, trials.Case]:
        years = itertools.count(2024)

        def certified() -> pb.CertifyLeviesRequest:
            year = next(years)
            trial.do(asked(year))
            return asked(year)

        known = certified().tax_year
        return {
            "CertifyLevies": trials.Case(
                lambda: asked(next(years)), refused_when={"LEVIES_CERTIFIED_ANEW": certified}
            ),
            "GetCertifiedLevies": trials.Case(lambda: pb.GetCertifiedLeviesRequest(tax_year=known)),
        }
