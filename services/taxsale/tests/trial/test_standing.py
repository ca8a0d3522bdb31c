"""Every question about bills that stand for sale, asked in every wrong way."""

import pytest

from millage.taxsale.v1 import successions_pb2
from millage.taxsale.v1 import taxsale_pb2 as pb
from taxkit import trial as trials

DUE = [("2022-03-01", 500), ("2022-12-30", 600)]


class TestStanding(trials.Suite):
    service = "millage.taxsale.v1.TaxsaleService"

    @pytest.fixture
    def cases(self, app, balance, bill_id) -> dict[str, trials.Case]:
        app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, DUE)])
        day = "2023-12-31"
        return {
            "GetSaleStanding": trials.Case(
                lambda: pb.GetSaleStandingRequest(bill_id=str(bill_id), as_of=day)
            ),
            "GetPayoffBlocks": trials.Case(
                lambda: pb.GetPayoffBlocksRequest(parcel_number="13264290020000", tax_year=2021)
            ),
            "ListEligible": trials.Case(lambda: pb.ListEligibleRequest(as_of=day, tax_year=2021)),
        }


class TestSuccessions(trials.Suite):
    service = "millage.taxsale.v1.SuccessionService"

    @pytest.fixture
    def cases(self) -> dict[str, trials.Case]:
        asked = successions_pb2.GetParcelSuccessionRequest(parcel_number="13264290020000")
        return {"GetParcelSuccession": trials.Case(lambda: asked)}


def test_no_service_is_left_out(trial) -> None:
    assert trial.services() == {TestStanding.service, TestSuccessions.service} | trials.TRIED_ONCE
