"""RECV-031: the queue shows every payment that qualifies, however many do not."""

import sys
from datetime import date
from pathlib import Path

import pytest

from millage.receivables.v1 import discounts_pb2 as pb
from receivables_service.discounts import running
from taxkit.ids import new_id

sys.path.insert(0, str(Path(__file__).parent))

from test_commands import Desk, qualify, refused


@pytest.fixture
def desk(channel, keys, county):
    return Desk(channel, keys, county)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_recv_031_pages_of_payments_leave_none_out(desk, county, monkeypatch, size):
    """RECV-031: short ones fill whole pages; the others are on the pages that follow."""
    monkeypatch.setattr(running, "PAGE", size)
    bills = qualify(county, 3)
    for number in range(3):
        county.bill = new_id()
        county.issue(bill_number=f"2021-short-{number}")
        county.pay(100_000, date(2022, 2, 3))

    asked = pb.ListQualifyingRequest(from_on="2022-01-01", to_on="2022-03-31")
    found, pages = [], 0
    while True:
        page = desk.call("ListQualifying", asked)
        found += [one.bill_id for one in page.payments]
        pages += 1
        assert page.truncated is bool(page.next_page_token)
        asked.page_token = page.next_page_token
        if not page.next_page_token:
            break

    assert sorted(found) == sorted(map(str, bills))
    assert pages == 6 // size + 1
    wrong = pb.ListQualifyingRequest(from_on="2022-01-01", to_on="2022-03-31", page_token="next")
    refused(lambda: desk.call("ListQualifying", wrong), "PAGE_TOKEN_INVALID")
