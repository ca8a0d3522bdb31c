"""LEVY-016: a bill that went over to another parcel, at the counter and in files."""

import json

import pytest

from cashiering_service.domain.remittance.reference import COUNTY_FORMAT
from millage.cashiering.v1 import cashiering_pb2 as pb

HOME, GOAL = "13264290020000", "18032000510000"
HEAD = "bill_reference,amount,paid_on,received_on,check_number,payer_name"


def content(*parcels: str) -> bytes:
    """A file that pays ten dollars on each parcel's bill of 2021."""
    lines = [
        f"{COUNTY_FORMAT.write(parcel, 2021)},10.00,2022-12-27,2022-12-28,{place},P"
        for place, parcel in enumerate(parcels, start=1)
    ]
    end = f"TRAILER,{len(lines)},{10 * len(lines)}.00"
    return "\n".join([HEAD, *lines, end, ""]).encode()


@pytest.fixture
def moved(app, balance):
    """Let the bill of one parcel be on another, as receivables tells of it."""

    def make(version: int = 2) -> None:
        event = json.loads(
            balance(HOME, 2021, 90_000, sequence=10 + version, bill_version=version, cause="move")
        )
        event["data"]["parcel_number"] = GOAL
        body = json.dumps(event)
        app.consumer.absorb("on_balance_changed", [body])

    return make


def test_levy_016_the_counter_finds_a_moved_bill_by_its_new_parcel(counter, moved, bill_of) -> None:
    """LEVY-016: with the bill that is there already; by the parcel before it is not found."""
    moved()
    found = counter.stub.Quote(
        pb.QuoteRequest(parcel_number=GOAL, as_of="2022-12-15"), metadata=counter.metadata
    )
    assert {one.bill_id for one in found.bills} == {
        str(bill_of(HOME, 2021)), str(bill_of(GOAL, 2021)),
    }  # fmt: skip


def test_levy_016_a_coupon_pays_the_bill_it_was_printed_for(
    files_service, moved, bill_of, rows
) -> None:
    """LEVY-016: of two bills of a year on a parcel each gets its own; the old coupon still pays."""
    moved()
    run = files_service.imported(content(HOME, GOAL), "csv")
    assert [one.outcome for one in run.lines] == ["posted", "posted"]
    paid = rows("select bill_id, bill_version from receipt_lines order by amount_cents, bill_id")
    assert sorted(paid) == sorted([(bill_of(HOME, 2021), 2), (bill_of(GOAL, 2021), 1)])


def test_levy_016_a_bill_that_moves_after_preparing_is_an_exception(files_service, moved) -> None:
    """LEVY-015: a move is a version, too: who sent the file did not know of it."""
    run = files_service.prepare(content(HOME, GOAL), "csv")
    moved()
    judged = files_service.validate(run.run_id)
    assert [(one.outcome, one.reason) for one in judged.lines] == [
        ("suspense", "BILL_VERSION_CHANGED"),
        ("posted", ""),
    ]
