"""The tie-out: what was received is what was allocated, and what was shared, to the cent."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from millage.cashiering.v1 import cashiering_pb2 as counter_pb
from millage.distribution.v1 import distribution_pb2 as distribution_pb
from millage.receivables.v1 import receivables_pb2 as receivables_pb
from millage_cli.client import Client
from millage_cli.everywhere import side_by_side
from millage_cli.paging import pages

_PAGE = 500
_AT_ONCE = 8
_POLL_SECONDS = 0.25
_TAKEN_BACK = {
    counter_pb.RECEIPT_STATE_REVERSED,
    counter_pb.RECEIPT_STATE_RETURNED,
    counter_pb.RECEIPT_STATE_CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Legs:
    """The same money as three services have it: of a business date, or of one receipt."""

    received_cents: int
    allocated_cents: int
    surplus_cents: int
    suspense_cents: int
    shared_cents: int
    undistributed_cents: int
    # For miscellaneous sources, as the drawer and as distribution's funds have it.
    source_cents: int = 0
    fund_cents: int = 0

    @property
    def ledger_cents(self) -> int:
        """What the ledger has, and beside it what is for sources and never comes there."""
        ledger = self.allocated_cents + self.surplus_cents + self.suspense_cents
        return ledger + self.source_cents

    @property
    def agencies_cents(self) -> int:
        return self.shared_cents + self.fund_cents + self.undistributed_cents

    @property
    def unapplied_cents(self) -> int:
        """What the ledger holds without a bill to put it on; it is nobody's to share."""
        return self.surplus_cents + self.suspense_cents

    @property
    def holds(self) -> bool:
        return (
            self.received_cents == self.ledger_cents == self.agencies_cents
            and self.unapplied_cents == self.undistributed_cents
        )

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "ledger_difference_cents": self.ledger_cents - self.received_cents,
            "agencies_difference_cents": self.agencies_cents - self.received_cents,
            "undistributed_difference_cents": self.undistributed_cents - self.unapplied_cents,
            "holds": self.holds,
        }


@dataclass(frozen=True, slots=True)
class ReceiptBreak:
    """A receipt whose money is not the same everywhere."""

    receipt_id: str
    receipt_number: str
    legs: Legs


@dataclass(frozen=True, slots=True)
class TieOut:
    business_date: str
    receipt_count: int
    reversed_cents: int
    releasable_cents: int
    legs: Legs
    # What distribution was told of, before anything was allocated or shared.
    told_cents: int

    @property
    def holds(self) -> bool:
        return self.legs.holds and self.told_cents == self.legs.received_cents

    def as_json(self) -> dict[str, Any]:
        return {
            "business_date": self.business_date,
            "receipt_count": self.receipt_count,
            "reversed_cents": self.reversed_cents,
            "releasable_cents": self.releasable_cents,
            "distribution_received_cents": self.told_cents,
            **self.legs.as_json(),
            "holds": self.holds,
        }


def tie_out(client: Client, business_date: str) -> TieOut:
    """Ask the three services for their totals of a day."""
    with side_by_side(3) as pool:
        drawer = pool.submit(
            lambda: client.cashiering.GetTotals(
                counter_pb.GetTotalsRequest(business_date=business_date)
            )
        )
        ledger = pool.submit(
            lambda: client.receivables.GetTotals(
                receivables_pb.GetTotalsRequest(business_date=business_date)
            )
        )
        agencies = pool.submit(
            lambda: client.distribution.GetTotals(
                distribution_pb.GetTotalsRequest(business_date=business_date)
            )
        )
    taken, applied, shared = drawer.result(), ledger.result(), agencies.result()
    return TieOut(
        business_date=business_date,
        receipt_count=taken.receipt_count,
        reversed_cents=taken.reversed_cents,
        releasable_cents=shared.releasable_cents,
        told_cents=shared.received_cents,
        legs=Legs(
            received_cents=taken.received_cents,
            allocated_cents=applied.allocated_cents,
            surplus_cents=applied.surplus_cents,
            suspense_cents=applied.suspense_cents,
            shared_cents=shared.shared_cents,
            undistributed_cents=shared.undistributed_cents,
            source_cents=taken.source_cents,
            fund_cents=shared.fund_cents,
        ),
    )


def tie_out_within(client: Client, business_date: str, seconds: float) -> TieOut:
    """Tie out, again until it holds or the time is over: events may still be on their way."""
    deadline = time.monotonic() + seconds
    while True:
        result = tie_out(client, business_date)
        if result.holds or time.monotonic() > deadline:
            return result
        time.sleep(_POLL_SECONDS)


def breaks(client: Client, business_date: str) -> Iterator[ReceiptBreak]:
    """The receipts of a day whose money differs between the services."""
    with side_by_side(_AT_ONCE) as pool:
        for page in _pages(client, business_date):
            legs = pool.map(lambda receipt: legs_of(client, receipt), page)
            for receipt, found in zip(page, legs, strict=True):
                if not found.holds:
                    yield ReceiptBreak(receipt.receipt_id, receipt.receipt_number, found)


def legs_of(client: Client, receipt: counter_pb.Receipt) -> Legs:
    """One receipt's money as each service has it."""
    rows = client.receivables.GetAllocations(
        receivables_pb.GetAllocationsRequest(receipt_id=receipt.receipt_id)
    ).rows
    shares = client.distribution.GetShares(
        distribution_pb.GetSharesRequest(receipt_id=receipt.receipt_id)
    )
    in_state = {
        state: sum(row.amount_cents for row in rows if row.state == state)
        for state in ("allocation", "surplus", "suspense")
    }
    is_reversed = receipt.state in _TAKEN_BACK
    return Legs(
        received_cents=0 if is_reversed else receipt.total_cents,
        allocated_cents=in_state["allocation"],
        surplus_cents=in_state["surplus"],
        suspense_cents=in_state["suspense"],
        shared_cents=sum(share.amount_cents for share in shares.shares),
        undistributed_cents=shares.undistributed_cents,
        source_cents=0
        if is_reversed
        else sum(line.amount_cents for line in receipt.lines if line.source_code),
        fund_cents=shares.fund_cents,
    )


def _pages(client: Client, business_date: str) -> Iterator[list[counter_pb.Receipt]]:
    asked = counter_pb.ListReceiptsRequest(business_date=business_date, page_size=_PAGE)
    for page in pages(client.cashiering.ListReceipts, asked):
        yield list(page.receipts)
