"""AC-20, LEVY-015: bills stand still while a file of payments is on its way to them."""

from collections.abc import Iterator

import pytest
from county import DAY, County, eventually

from cashiering_service.domain.remittance.reference import COUNTY_FORMAT
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import imports_pb2 as files
from millage.levy.v1 import corrections_pb2, guard_pb2, levy_pb2
from millage.levy.v1.guard_pb2_grpc import GuardServiceStub
from millage_cli.client import Client, new_key

BILL, OTHER = ("15153100350000", 2019), ("12213030420000", 2021)
HEAD = "bill_reference,amount,paid_on,received_on,check_number,payer_name"


@pytest.fixture
def assessor(county: County) -> Iterator[Client]:
    client = county.client("ada", ["assessor"])
    yield client
    client.close()


def _correct(
    assessor: Client, bill: levy_pb2.Bill, cents: int, version: int
) -> corrections_pb2.CorrectBillResponse:
    return assessor.corrections.CorrectBill(
        corrections_pb2.CorrectBillRequest(
            idempotency_key=new_key(),
            bill_id=bill.bill_id,
            expected_version=version,
            reason="board of review",
            total_cents=cents,
        )
    )


def _content() -> bytes:
    lines = [
        f"{COUNTY_FORMAT.write(*BILL)},1000.00,2022-12-27,2022-12-28,20,A",
        f"{COUNTY_FORMAT.write(*OTHER)},10.00,2022-12-27,2022-12-28,21,B",
    ]
    return "\n".join([HEAD, *lines, "TRAILER,2,1010.00", ""]).encode()


def _prepare(county: County) -> pb.ImportRun:
    header = pb.ImportHeader(
        idempotency_key=new_key(), layout="csv", file_name="guarded.csv", till_code="GUARD",
        business_date=DAY,
    )  # fmt: skip
    parts = [
        files.PrepareImportRequest(header=header),
        files.PrepareImportRequest(chunk=_content()),
    ]
    return list(county.clerk.imports.PrepareImport(iter(parts)))[-1].run


def _force(guard: GuardServiceStub, held: guard_pb2.HeldChange) -> None:
    guard.ForceHeldChange(
        guard_pb2.ForceHeldChangeRequest(
            idempotency_key=new_key(), change_id=held.change_id, reason="hearing today"
        )
    )


def _commit(county: County, run: pb.ImportRun) -> pb.ImportRun:
    county.clerk.imports.ValidateImport(files.ValidateImportRequest(run_id=run.run_id))
    asked = files.CommitImportRequest(run_id=run.run_id)
    return list(county.clerk.imports.CommitImport(asked))[-1].run


def _heard(county: County, bill: levy_pb2.Bill, version: int) -> None:
    """Until cashiering's copy has the version, too."""
    eventually(
        lambda: list(county.outbox("receivables")),
        lambda told: any(
            key == "BalanceChanged.v1"
            and bill.bill_id in body
            and f'"bill_version":{version}' in body
            for _, key, body in told
        ),
    )
    county.settled()


def test_ac_20_a_file_and_a_change_of_its_bill_do_not_cross(
    county: County, assessor: Client
) -> None:
    """AC-20 (a), (b), (c): held, forced, the line an exception, and what waited is done after."""
    bill, other = county.bills[BILL], county.bills[OTHER]
    for version, cents in enumerate((1_200_00, 1_100_00, 1_000_00), start=1):
        _correct(assessor, bill, cents, version)
    _heard(county, bill, 4)
    run = _prepare(county)
    guard = GuardServiceStub(county.clerk.channel("levy"))
    eventually(
        lambda: guard.ListHoldingRuns(guard_pb2.ListHoldingRunsRequest(open_only=True)).runs,
        lambda runs: [one.run_id for one in runs] == [run.run_id],
    )

    held = _correct(assessor, bill, 900_00, 4)
    waiting = _correct(assessor, other, other.total_cents - 5_00, 1)
    assert (held.held.reason, list(held.held.run_ids)) == ("IMPORT_ACTIVE", [run.run_id])
    assert (held.bill.bill_version, waiting.held.state) == (4, "waiting")

    _force(guard, held.held)
    _heard(county, bill, 5)
    done = _commit(county, run)
    assert [(one.outcome, one.reason) for one in done.lines] == [
        ("suspense", "BILL_VERSION_CHANGED"),
        ("posted", ""),
    ]
    asked_for = guard_pb2.ListHeldChangesRequest(bill_id=other.bill_id)
    eventually(
        lambda: [one.state for one in guard.ListHeldChanges(asked_for).changes],
        lambda states: states == ["done"],
    )
    now = county.office.levy.GetBill(levy_pb2.GetBillRequest(bill_id=other.bill_id))
    assert (now.bill_version, now.total_cents) == (2, other.total_cents - 5_00)
    receipt = county.clerk.cashiering.GetReceipt(
        pb.GetReceiptRequest(receipt=done.lines[1].receipt_id)
    )
    county.followed(receipt)
