"""What cannot be handled waits for a person, who sees why, and replays or gives it up."""

import json

from county import County, cash, eventually, line, refused

from millage.cashiering.v1.cashiering_pb2 import Session
from millage.ops.v1 import ops_pb2 as pb
from millage_cli.client import new_key
from taxkit import ids

ALLOCATED = ("receivables.events", "PaymentAllocated.v1")
BALANCE = ("receivables.events", "BalanceChanged.v1")


def parked_one(county: County, service: str, event_id: str) -> pb.ParkedMessage:
    return eventually(
        lambda: [one for one in county.parked(service) if event_id in one.body],
        lambda found: len(found) == 1,
        lambda found: f"{service} has parked {len(found)} messages with {event_id}",
    )[0]


def settle(county: County, service: str, what: str, parked_id: str) -> pb.ParkedMessage:
    ops = county.office.ops(service)
    kind = {"replay": pb.ReplayParkedRequest, "discard": pb.DiscardParkedRequest}[what]
    call = {"replay": ops.ReplayParked, "discard": ops.DiscardParked}[what]
    return call(kind(idempotency_key=new_key(), parked_id=parked_id, reason=f"to {what} it"))


def test_a_broken_event_is_listed_shown_replayed_and_discarded(county: County):
    """It comes back as long as it is broken; given up, it stays in the table with who and why."""
    mark = str(ids.new_id())
    body = json.dumps({"specversion": "1.0", "id": mark, "type": "org.millage.receivables.Odd.v9"})
    county.publish_as("receivables", [(*BALANCE, body)])

    parked = parked_one(county, "taxsale", mark)
    shown = county.office.ops("taxsale").GetParked(pb.GetParkedRequest(parked_id=parked.parked_id))
    assert shown.reason == "UNEXPECTED_EVENT_TYPE"
    assert "Odd.v9" in shown.message
    assert shown.queue.endswith("--taxsale.on_balance_changed")
    assert json.loads(shown.body)["id"] == mark

    assert settle(county, "taxsale", "replay", parked.parked_id).state == "replayed"
    again = parked_one(county, "taxsale", mark)
    assert again.parked_id != parked.parked_id

    given_up = settle(county, "taxsale", "discard", again.parked_id)
    assert (given_up.state, given_up.settled_by) == ("discarded", "olive")
    assert given_up.settled_reason == "to discard it"
    assert not county.parked("taxsale")
    with refused("PARKED_SETTLED"):
        settle(county, "taxsale", "replay", again.parked_id)
    for service in ("cashiering", "levy", "collections"):
        settle(county, service, "discard", parked_one(county, service, mark).parked_id)


def test_one_poisonous_message_hinders_no_payment(county: County, session: Session):
    """Garbage on a busy queue is set aside; the payment behind it arrives everywhere."""
    mark = str(ids.new_id())
    exchange_and_key = ("cashiering.events", "PaymentPosted.v1")
    county.publish_as("cashiering", [(*exchange_and_key, f"garbage {mark}")])
    bill = county.bills["33312020310000", 2019]
    receipt = county.pay(session, [line(bill, 6_00)], [cash(6_00)])

    county.followed(receipt)

    for service in ("receivables", "distribution", "notifications"):
        found = parked_one(county, service, mark)
        assert found.reason == "BODY_NOT_JSON"
        settle(county, service, "discard", found.parked_id)
    county.settled()


def test_a_message_that_is_not_there_cannot_be_settled(county: County):
    with refused("PARKED_NOT_FOUND"):
        settle(county, "levy", "discard", str(ids.new_id()))
