"""Every question about what is overdue, asked in every wrong way."""

import pytest

from millage.collections.v1 import collections_pb2 as pb
from millage.collections.v1 import overdue_pb2 as overdue
from taxkit import trial as trials

DUE = [("2022-03-01", 500), ("2022-12-30", 600)]


class TestAging(trials.Suite):
    service = "millage.collections.v1.CollectionsService"

    @pytest.fixture
    def cases(self, app, balance, bill_id) -> dict[str, trials.Case]:
        app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, DUE)])
        day = "2023-03-31"
        return {
            "GetBillAging": trials.Case(
                lambda: pb.GetBillAgingRequest(bill_id=str(bill_id), as_of=day)
            ),
            "GetAgingReport": trials.Case(
                lambda: pb.GetAgingReportRequest(as_of=day, tax_year=2021)
            ),
        }


class TestOverdue(trials.Suite):
    service = "millage.collections.v1.OverdueService"

    @pytest.fixture
    def cases(self, app, balance, bill_id) -> dict[str, trials.Case]:
        app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, DUE)])
        asked = overdue.ListOverdueBillsRequest(
            purpose="export", as_of="2023-03-31", tax_year=2021, least_cents=1, page_size=5
        )
        return {"ListOverdueBills": trials.Case(lambda: asked)}


def test_no_service_is_left_out(trial) -> None:
    tried = {TestAging.service, TestOverdue.service}
    assert trial.services() == tried | trials.TRIED_ONCE
