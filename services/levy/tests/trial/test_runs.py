"""Levy runs, each method asked in every wrong way."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import runs_pb2 as pb
from taxkit import trial as trials


@pytest.fixture
def stage(levy, roll) -> Callable[[], int]:
    """Put one more parcel on file; gives the tax year."""
    parcel = roll.parcels(2021)[0].parcel
    rates = [one for one in roll.rates(2021) if one.rate.tax_code == parcel.tax_code]
    numbers = itertools.count(30_000_000_000_000)

    def make() -> int:
        own = levy_pb2.Parcel()
        own.CopyFrom(parcel)
        own.parcel_number = str(next(numbers))
        header = roll.header(2021, own.parcel_number, only_stage=True)
        levy.load([header, *rates, levy_pb2.LoadRollRequest(parcel=own)])
        return 2021

    return make


@dataclass(frozen=True)
class Year:
    """Brings a year's roll into each state a request may find it in."""

    trial: trials.Trial
    stage: Callable[[], int]

    def preview(self) -> pb.Preview:
        return self.trial.do(pb.PreviewLevyRequest(tax_year=self.stage())).preview

    def certify(self) -> pb.CertifyRollRequest:
        found = self.preview()
        return pb.CertifyRollRequest(
            preview_id=found.preview_id,
            statement="as extended",
            bill_count=found.bill_count,
            total_cents=found.total_cents,
        )

    def stale(self) -> pb.CertifyRollRequest:
        asked = self.certify()
        self.stage()
        return asked

    def certified(self) -> pb.RunLevyRequest:
        """A run of one parcel: whatever else is on file is billed first."""
        self.trial.do(self._certified())
        return self._certified()

    def changed(self) -> pb.RunLevyRequest:
        asked = self._certified()
        self.stage()
        return asked

    def billed(self) -> pb.PreviewLevyRequest:
        self.trial.do(self._certified())
        return pb.PreviewLevyRequest(tax_year=2021)

    def discard(self) -> pb.DiscardPreviewRequest:
        found = self.preview()
        return pb.DiscardPreviewRequest(preview_id=found.preview_id, reason="wrong rates")

    def discarded(self) -> pb.DiscardPreviewRequest:
        asked = self.discard()
        self.trial.do(asked)
        return asked

    def _certified(self) -> pb.RunLevyRequest:
        self.trial.do(self.certify())
        return pb.RunLevyRequest(tax_year=2021)


class TestRuns(trials.Suite):
    service = "millage.levy.v1.RunService"

    @pytest.fixture
    def cases(self, trial, stage) -> dict[str, trials.Case]:
        year = Year(trial, stage)
        run = trial.do(year.certified()).run
        preview_id = run.certification.preview_id
        return {
            "PreviewLevy": trials.Case(
                lambda: pb.PreviewLevyRequest(tax_year=stage()),
                refused_when={"NOTHING_TO_BILL": year.billed},
            ),
            "GetPreview": trials.Case(lambda: pb.GetPreviewRequest(preview_id=preview_id)),
            "ListPreviews": trials.Case(lambda: pb.ListPreviewsRequest(tax_year=2021)),
            "DiscardPreview": trials.Case(
                year.discard, refused_when={"PREVIEW_DISCARDED": year.discarded}
            ),
            "CertifyRoll": trials.Case(year.certify, refused_when={"PREVIEW_STALE": year.stale}),
            "RunLevy": trials.Case(
                year.certified, refused_when={"ROLL_CERTIFIED_OTHERWISE": year.changed}
            ),
            "GetRun": trials.Case(lambda: pb.GetRunRequest(run_id=run.run_id)),
            "ListRuns": trials.Case(lambda: pb.ListRunsRequest(tax_year=2021)),
        }
