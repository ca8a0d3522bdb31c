"""Every question about shares, asked in every wrong way."""

import pytest

from millage.distribution.v1 import distribution_pb2 as pb
from taxkit import trial as trials
from taxkit.ids import new_id


class TestShares(trials.Suite):
    service = "millage.distribution.v1.DistributionService"

    @pytest.fixture
    def cases(self, app, neighbours) -> dict[str, trials.Case]:
        bill, receipt = new_id(), new_id()
        for handler, body in (
            ("on_bill_created", neighbours.bill_created(bill)),
            (
                "on_payment_posted",
                neighbours.payment_posted(receipt, 60_000, session_id=new_id()),
            ),
            ("on_payment_allocated", neighbours.allocated(bill, 2, (receipt, "tax", 40_000))),
        ):
            neighbours.absorb(app, handler, body)
        day = neighbours.DAY
        days = {"from_date": day, "to_date": day}
        return {
            "GetShares": trials.Case(lambda: pb.GetSharesRequest(receipt_id=str(receipt))),
            "GetTotals": trials.Case(lambda: pb.GetTotalsRequest(business_date=day)),
            "ListAgencyTotals": trials.Case(lambda: pb.ListAgencyTotalsRequest(**days)),
            "ListDiscountTotals": trials.Case(lambda: pb.ListDiscountTotalsRequest(**days)),
            "ListFundTotals": trials.Case(lambda: pb.ListFundTotalsRequest(**days)),
        }


def test_no_service_is_left_out(trial) -> None:
    others = ("CreditService", "AccountService")
    tried = {TestShares.service, *(f"millage.distribution.v1.{one}" for one in others)}
    assert trial.services() == tried | trials.TRIED_ONCE
