"""Files of payments: good lines post, bad ones are named, a bad file leaves nothing behind."""

import pytest
from county import PATIENCE_SECONDS, County, refused

from devkit.demo_money import COUNTER_DAY, FILES, LENDER, LOCKBOX, LOCKBOX_DAY
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage_cli import remittance
from millage_cli.client import one_trace
from millage_cli.remittance import Remittance
from millage_cli.tieout import breaks, tie_out_within

FILES_AND_COUNTS = {
    # posted, suspense, rejected, duplicate
    "lockbox": (LOCKBOX, (5, 1, 1, 1)),
    "lender": (LENDER, (3, 1, 1, 1)),
}


@pytest.mark.parametrize("which", FILES_AND_COUNTS)
def test_a_file_posts_its_good_lines_and_explains_the_others(county: County, which: str):
    """Streamed, staged, posted: and every receipt of it reaches all services."""
    file, counts = FILES_AND_COUNTS[which]
    with one_trace():
        run = remittance.import_file(county.clerk, file)

    assert run.state == pb.IMPORT_STATE_COMMITTED
    found = (run.posted_count, run.suspense_count, run.rejected_count, run.duplicate_count)
    assert found == counts
    by_outcome = {line.outcome: line for line in run.lines}
    assert by_outcome["suspense"].reason == "PARCEL_UNKNOWN"
    assert "CHECK_DIGIT" in by_outcome["rejected"].reason
    assert by_outcome["rejected"].line_number > 0
    for receipt_id in remittance.receipt_ids(run):
        receipt = county.clerk.cashiering.GetReceipt(pb.GetReceiptRequest(receipt=receipt_id))
        county.followed(receipt)


def test_money_in_suspense_is_held_for_nobody(county: County):
    """It is the county's to explain: in the ledger's suspense, and not shared."""
    page = county.clerk.cashiering.ListReceipts(
        pb.ListReceiptsRequest(business_date=LOCKBOX_DAY, page_size=100)
    )
    (receipt,) = [one for one in page.receipts if one.lines[0].suspense_reason]

    trail = county.followed(receipt)

    assert {row.state for row in trail.allocations} == {"suspense"}
    assert trail.undistributed_cents == receipt.total_cents
    assert not trail.shares


def test_the_same_file_again_changes_nothing(county: County):
    """Under another key it is known by its content; nothing is posted a second time."""
    before = county.clerk.cashiering.GetTotals(pb.GetTotalsRequest(business_date=COUNTER_DAY))
    with refused("FILE_ALREADY_IMPORTED"):
        remittance.import_file(county.clerk, LENDER)
    after = county.clerk.cashiering.GetTotals(pb.GetTotalsRequest(business_date=COUNTER_DAY))

    assert after == before


@pytest.mark.parametrize(
    ("name", "layout", "reason"),
    [
        ("truncated.csv", "csv", "FILE_TRUNCATED"),
        ("wrong-control-total.txt", "bai-lockbox", "CONTROL_TOTAL_MISMATCH"),
        ("wrong-encoding.csv", "csv", "BAD_ENCODING"),
    ],
)
def test_a_spoiled_file_is_refused_whole(county: County, name: str, layout: str, reason: str):
    day = COUNTER_DAY if layout == "csv" else LOCKBOX_DAY  # the one its lines are of
    before = county.clerk.cashiering.GetTotals(pb.GetTotalsRequest(business_date=day))
    file = Remittance(FILES / "bad" / name, layout, "LOCKBOX", day)
    with refused(reason):
        remittance.import_file(county.clerk, file)
    after = county.clerk.cashiering.GetTotals(pb.GetTotalsRequest(business_date=day))

    assert after == before


@pytest.mark.parametrize("day", [LOCKBOX_DAY, COUNTER_DAY])
def test_both_days_tie_out(county: County, day: str):
    result = tie_out_within(county.office, day, PATIENCE_SECONDS)

    assert result.holds, (result.as_json(), list(breaks(county.office, day)))
    assert result.legs.received_cents > 0
