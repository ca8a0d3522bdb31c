"""Questions about waivers and liabilities, asked in every wrong way."""

import pytest

from millage.distribution.v1 import accounts_pb2 as pb
from taxkit import trial as trials


class TestAccounts(trials.Suite):
    service = "millage.distribution.v1.AccountService"

    @pytest.fixture
    def cases(self, neighbours) -> dict[str, trials.Case]:
        days = {"from_date": neighbours.DAY, "to_date": neighbours.DAY}
        return {
            "ListWaiverTotals": trials.Case(lambda: pb.ListWaiverTotalsRequest(**days)),
            "ListLiabilities": trials.Case(pb.ListLiabilitiesRequest),
        }
