"""LEVY-016: a bill goes over to another parcel; ledger, counter, collections and sale follow."""

from county import DAY, County, cash, eventually, line

from millage.cashiering.v1.cashiering_pb2 import Session
from millage.collections.v1 import collections_pb2
from millage.levy.v1 import moves_pb2
from millage.levy.v1.moves_pb2_grpc import MoveServiceStub
from millage.receivables.v1 import receivables_pb2
from millage.taxsale.v1 import taxsale_pb2
from millage_cli import counter
from millage_cli.client import new_key

HOME, GOAL = ("07101010391078", 2018), "07133020190000"


def _move(county: County, bill_id: str, version: int) -> None:
    assessor = county.client("ada", ["assessor"])
    MoveServiceStub(assessor.channel("levy")).MoveBills(
        moves_pb2.MoveBillsRequest(
            idempotency_key=new_key(),
            bills=[moves_pb2.BillToMove(bill_id=bill_id, expected_version=version)],
            parcel_number=GOAL,
            owner_name="Dolores Park",
            reason="the home was moved",
        )
    )
    assessor.close()


def test_levy_016_every_service_has_a_moved_bill_where_it_is(
    county: County, session: Session
) -> None:
    """LEVY-016: paid before the move, paid after it, one bill; found by its new parcel only."""
    bill = county.bills[HOME]
    county.followed(county.pay(session, [line(bill, 10_00)], [cash(10_00)]))
    owed = county.due(bill)
    _move(county, bill.bill_id, bill.bill_version)

    sale = taxsale_pb2.GetSaleStandingRequest(bill_id=bill.bill_id)
    eventually(
        lambda: county.office.taxsale.GetSaleStanding(sale).parcel_number, lambda at: at == GOAL
    )
    aging = collections_pb2.GetBillAgingRequest(bill_id=bill.bill_id)
    eventually(
        lambda: county.office.collections.GetBillAging(aging).parcel_number, lambda at: at == GOAL
    )
    county.settled()
    asked = receivables_pb2.GetBillRequest(bill_id=bill.bill_id)
    assert county.office.receivables.GetBill(asked).quote.parcel_number == GOAL
    quoted = counter.quote(county.clerk, parcel_number=GOAL, as_of=DAY).bills
    (moved,) = [one for one in quoted if one.bill_id == bill.bill_id]
    assert (moved.open_cents, moved.bill_version) == (owed, bill.bill_version + 1)

    bill.bill_version += 1
    county.followed(county.pay(session, [line(bill, 5_00)], [cash(5_00)]))
    assert county.due(bill) == owed - 5_00
