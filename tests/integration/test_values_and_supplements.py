"""LEVY-003 and LEVY-006 across services: a value lowered with a second person, and a new bill."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from county import DAY, County, cash, eventually, line

from millage.cashiering.v1.cashiering_pb2 import Session
from millage.levy.v1 import levy_pb2, supplements_pb2, value_changes_pb2
from millage.levy.v1.supplements_pb2_grpc import SupplementServiceStub
from millage.levy.v1.value_changes_pb2_grpc import ValueChangeServiceStub
from millage.receivables.v1 import receivables_pb2, surplus_pb2
from millage.receivables.v1.surplus_pb2_grpc import SurplusServiceStub
from millage_cli import counter
from millage_cli.client import Client, new_key

BUILT = ("31261100740000", 2021)
NEW_PARCEL = "99990000000001"


@pytest.fixture
def ada(county: County) -> Iterator[Client]:
    client = county.client("ada", ["assessor"])
    yield client
    client.close()


@pytest.fixture
def sam(county: County) -> Iterator[Client]:
    client = county.client("sam", ["supervisor"])
    yield client
    client.close()


def _parts(message: Any, header: Any, rows: Sequence[Any], end: Any) -> Iterator[Any]:
    yield message(header=header)
    for row in rows:
        yield message(row=row)
    yield message(end=end)


def _post_change(ada: Client, bill: levy_pb2.Bill, dollars: int) -> Any:
    """Lower a value for a reason that a second person has to accept."""
    return ValueChangeServiceStub(ada.channel("levy")).PostValueChanges(
        _parts(
            value_changes_pb2.PostValueChangesRequest,
            value_changes_pb2.ValueChangeHeader(
                idempotency_key=new_key(), tax_year=bill.tax_year, reason_code="board_of_review"
            ),
            [
                value_changes_pb2.ValueChangeRow(
                    parcel_number=bill.parcel_number, net_value_dollars=dollars
                )
            ],
            value_changes_pb2.ValueChangeEnd(row_count=1),
        )
    )


def _unpaid(county: County) -> tuple[levy_pb2.Bill, int]:
    """A bill that no other story of this county has paid of, and what it owes."""
    of_year = [bill for key, bill in county.bills.items() if key[1] == 2021 and key != BUILT]
    owed = ((bill, county.due(bill)) for bill in of_year)
    return next((bill, due) for bill, due in owed if 0 < bill.total_cents <= due)


def test_levy_003_an_accepted_change_of_a_paid_bill_becomes_surplus(
    county: County, session: Session, ada: Client, sam: Client
) -> None:
    """Paid in full, lowered by a clerk, accepted by another: the difference is the payer's."""
    bill, due = _unpaid(county)
    county.followed(county.pay(session, [line(bill, due)], [cash(due)]))

    posted = _post_change(ada, bill, bill.net_value_dollars // 2)
    assert (posted.waiting, posted.corrected) == (1, 0)
    queue = ValueChangeServiceStub(sam.channel("levy"))
    asked = value_changes_pb2.ListValueChangesRequest(batch_id=posted.batch_id, state="waiting")
    (waiting,) = queue.ListValueChanges(asked).changes
    assert county.due(bill) == 0
    done = queue.AcceptValueChanges(
        value_changes_pb2.AcceptValueChangesRequest(
            idempotency_key=new_key(), change_ids=[waiting.change_id]
        )
    )
    assert (done.corrected, done.difference_cents < 0) == (1, True)

    surplus = SurplusServiceStub(county.clerk.channel("receivables"))
    held = surplus_pb2.ListSurplusRequest(parcel_number=bill.parcel_number)
    found = eventually(lambda: list(surplus.ListSurplus(held).items), bool)
    assert sum(one.open_cents for one in found) >= -done.difference_cents
    assert county.due(bill) == 0


def _load_supplement(ada: Client, bill: levy_pb2.Bill) -> supplements_pb2.Supplement:
    """Something built on a bill's parcel, and a parcel that was on no roll."""
    net = bill.net_value_dollars + 10_000
    built = supplements_pb2.SupplementEvent(
        parcel_number=bill.parcel_number, kind="new_construction", event_on="2022-11-15",
        value_dollars=net * 10, net_value_dollars=net,
    )  # fmt: skip
    omitted = supplements_pb2.SupplementEvent(
        parcel_number=NEW_PARCEL, kind="omitted", event_on="2021-01-01", value_dollars=100_000,
        net_value_dollars=20_000, tax_code=bill.tax_code, property_class="211", township="Lake",
        owner_name="Odo Marsh",
    )  # fmt: skip
    header = supplements_pb2.SupplementHeader(idempotency_key=new_key(), tax_year=2021)
    end = supplements_pb2.SupplementEnd(row_count=2)
    parts = _parts(supplements_pb2.LoadSupplementRequest, header, [built, omitted], end)
    return SupplementServiceStub(ada.channel("levy")).LoadSupplement(parts)


def test_levy_006_a_supplement_s_new_bill_is_paid_at_the_counter(
    county: County, session: Session, ada: Client
) -> None:
    """One bill grows, another is new: quoted, paid, and nothing of it is open."""
    bill = county.bills[BUILT]
    asked = supplements_pb2.CreateSupplementBillsRequest(
        idempotency_key=new_key(), supplement_id=_load_supplement(ada, bill).supplement_id
    )
    *_, last = SupplementServiceStub(ada.channel("levy")).CreateSupplementBills(asked)
    assert (last.supplement.new_bills, last.supplement.changed_bills) == (1, 1)

    (new,) = ada.levy.ListBills(levy_pb2.ListBillsRequest(parcel_number=NEW_PARCEL)).bills
    # The counter takes money for what its own copy has.
    county.settled()
    quoted = counter.quote(county.clerk, parcel_number=NEW_PARCEL, as_of=DAY).bills
    due = quoted[0].open_cents
    assert quoted[0].bill_number == new.bill_number
    assert due >= new.total_cents
    county.followed(county.pay(session, [line(new, due)], [cash(due)]))
    assert county.due(new) == 0
    grown = ada.levy.GetBill(levy_pb2.GetBillRequest(bill_id=bill.bill_id))
    asked_of = receivables_pb2.GetBillRequest(bill_id=bill.bill_id)
    eventually(
        lambda: sum(
            part.tax_charged_cents
            for part in county.office.receivables.GetBill(asked_of).quote.installments
        ),
        lambda charged: charged == grown.total_cents > bill.total_cents,
    )
