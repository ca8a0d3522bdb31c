"""Trust-tax accounts and their returns, each method asked in every wrong way."""

import itertools
from pathlib import Path

import pytest

from levy_service.trust_taxes import rulebook
from millage.levy.v1 import trust_taxes_pb2 as pb
from taxkit import trial as trials

LAW = """trust_taxes:
  keyed_by: tax_year
  terms:
    - from: 2018
      citation: "A county's ordinance"
      certainty: house rule
      types:
        - {code: lodging, name: "Lodging tax", periods: 4, agency_code: "900",
           agency_name: "County", last_period_recap: true}
"""
HEAD = """jurisdiction_id: us-zz
name: "Zed"
county: zed
state: ZZ
time_zone: America/Chicago
declared_version: "1"
calendar: {country: US}
"""


@pytest.fixture
def lodging(app, tmp_path: Path) -> rulebook.TrustTaxes:
    """A county that has a tax on lodging, by quarters with a recap."""
    folder = tmp_path / "us-zz"
    folder.mkdir()
    (folder / "jurisdiction.yaml").write_text(HEAD, encoding="utf-8")
    (folder / rulebook.FILE).write_text(LAW, encoding="utf-8")
    app.trust_taxes = rulebook.load(folder)
    return app.trust_taxes


class Desk:
    """Requests that are right, and those that were made before."""

    def __init__(self, trial: trials.Trial, tax_type: str) -> None:
        self._trial, self._tax_type = trial, tax_type
        self._numbers = itertools.count(1)

    def opening(self) -> pb.OpenTrustTaxAccountRequest:
        return pb.OpenTrustTaxAccountRequest(
            account_number=f"A-{next(self._numbers)}", tax_type=self._tax_type,
            owner_name="Inn", opened_on="2022-01-01",
        )  # fmt: skip

    def opened(self) -> pb.OpenTrustTaxAccountRequest:
        return self._done(self.opening())

    def posting(self, period: int = 1, *, recap: bool = False) -> pb.PostTrustTaxReturnRequest:
        number = self.opened().account_number
        return pb.PostTrustTaxReturnRequest(
            account_number=number, return_number=f"R-{number}", tax_year=2022,
            period=period, tax_cents=10_000, is_recap=recap,
        )  # fmt: skip

    def posted(self) -> pb.PostTrustTaxReturnRequest:
        return self._done(self.posting())

    def closing(self) -> pb.CloseTrustTaxAccountRequest:
        return pb.CloseTrustTaxAccountRequest(
            account_number=self.opened().account_number, closed_on="2022-05-20"
        )

    def closed(self) -> pb.CloseTrustTaxAccountRequest:
        return self._done(self.closing())

    def _done(self, asked):
        self._trial.do(asked)
        return asked


class TestTrustTaxes(trials.Suite):
    service = "millage.levy.v1.TrustTaxService"

    @pytest.fixture
    def cases(self, trial, lodging: rulebook.TrustTaxes) -> dict[str, trials.Case]:
        desk = Desk(trial, lodging.find("lodging", 2022)[0].code)
        known = desk.posted().account_number
        return {
            "OpenTrustTaxAccount": trials.Case(
                desk.opening, refused_when={"ACCOUNT_TAKEN": desk.opened}
            ),
            "CloseTrustTaxAccount": trials.Case(
                desk.closing, refused_when={"ACCOUNT_CLOSED": desk.closed}
            ),
            "PostTrustTaxReturn": trials.Case(
                desk.posting,
                refused_when={
                    "PERIOD_FILED": desk.posted,
                    "PERIOD_NOT_LAST": lambda: desk.posting(recap=True),
                    "RECAP_MISSING": lambda: desk.posting(4),
                    "PERIODS_MISSING": lambda: desk.posting(4, recap=True),
                    "PERIOD_INVALID": lambda: desk.posting(5),
                },
            ),
            "GetTrustTaxAccount": trials.Case(
                lambda: pb.GetTrustTaxAccountRequest(account_number=known, tax_year=2022)
            ),
        }
