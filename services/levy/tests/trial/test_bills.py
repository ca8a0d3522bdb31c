"""Rolls, bills and their corrections, each method asked in every wrong way."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from millage.levy.v1 import corrections_pb2 as corrections
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1 import returns_pb2 as returns
from taxkit import trial as trials


@pytest.fixture
def small_roll(roll) -> Callable[[], list[pb.LoadRollRequest]]:
    """A roll of one parcel that no other roll has, with the rates of its tax code."""
    parcel = roll.parcels(2021)[0].parcel
    rates = [one for one in roll.rates(2021) if one.rate.tax_code == parcel.tax_code]
    end = pb.LoadRollRequest(end=pb.RollEnd(rate_count=len(rates), parcel_count=1))
    numbers = itertools.count(10_000_000_000_000)

    def make(**header: str) -> list[pb.LoadRollRequest]:
        own = pb.Parcel()
        own.CopyFrom(parcel)
        own.parcel_number = str(next(numbers))
        return [roll.header(2021, **header), *rates, pb.LoadRollRequest(parcel=own), end]

    return make


class TestLevy(trials.Suite):
    service = "millage.levy.v1.LevyService"

    @pytest.fixture
    def cases(self, trial, small_roll) -> dict[str, trials.Case]:
        def loaded() -> list[pb.LoadRollRequest]:
            parts = small_roll()
            trial.do(with_key(parts))
            return parts

        bill_id = trial.do(with_key(small_roll())).bill_ids[0]
        return {
            "LoadRoll": trials.Case(small_roll, refused_when={"BILL_EXISTS": loaded}),
            "GetBill": trials.Case(lambda: pb.GetBillRequest(bill_id=bill_id)),
            "ListBills": trials.Case(lambda: pb.ListBillsRequest(tax_year=2021)),
        }


class TestCorrections(trials.Suite):
    service = "millage.levy.v1.CorrectionService"

    @pytest.fixture
    def cases(self, trial, small_roll) -> dict[str, trials.Case]:
        def bill() -> str:
            return trial.do(with_key(small_roll())).bill_ids[0]

        def correct(bill_id: str) -> corrections.CorrectBillRequest:
            return corrections.CorrectBillRequest(
                bill_id=bill_id, expected_version=1, total_cents=10_000, reason="board of review"
            )

        def corrected() -> corrections.CorrectBillRequest:
            asked = correct(bill())
            trial.do(asked)
            return asked

        known = corrected().bill_id
        return {
            "CorrectBill": trials.Case(
                lambda: correct(bill()), refused_when={"BILL_VERSION_STALE": corrected}
            ),
            "ListCorrections": trials.Case(
                lambda: corrections.ListCorrectionsRequest(bill_id=known)
            ),
        }


class TestReturns(trials.Suite):
    service = "millage.levy.v1.ReturnService"

    @pytest.fixture
    def cases(self, trial, small_roll) -> dict[str, trials.Case]:
        def filing(bill_class: str = "trust_tax") -> returns.FileReturnRequest:
            parts = small_roll(bill_class=bill_class) if bill_class else small_roll()
            bill_id = trial.do(with_key(parts)).bill_ids[0]
            return returns.FileReturnRequest(bill_id=bill_id, return_number=f"TT-{bill_id}")

        def filed() -> returns.FileReturnRequest:
            asked = filing()
            trial.do(asked)
            return asked

        known = filed().bill_id
        return {
            "FileReturn": trials.Case(
                filing,
                refused_when={
                    "RETURN_FILED": filed,
                    "NOT_A_TRUST_TAX_BILL": lambda: filing(""),
                },
            ),
            "GetReturn": trials.Case(lambda: returns.GetReturnRequest(bill_id=known)),
        }


def with_key(parts: list[pb.LoadRollRequest]) -> list[pb.LoadRollRequest]:
    """The roll under a key of its own."""
    parts[0].header.idempotency_key = f"roll of {parts[-2].parcel.parcel_number}"
    return parts


def test_no_service_is_left_out(trial) -> None:
    """Every gRPC service of the process is named by a class beside this one."""
    beside = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in trial.services() if f'service = "{name}"' not in beside] == [
        "millage.ops.v1.OpsService"
    ], "asked where notifications is: it is the same everywhere"
