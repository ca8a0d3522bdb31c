"""The broker user of a service may touch its own exchange and queues, and read others' events."""

import re

import pytest
from tools.manifest_rules import of_kind

OWN = (
    "cashiering.events",
    "cashiering.dlx",
    "evt-levy-BillIssued.v1--cashiering.bill_issued",
    "evt-parking--cashiering.dead_letters",
)
FOREIGN = (
    "levy.events",
    "levy.dlx",
    "evt-cashiering-PaymentPosted.v1--levy.payment_posted",
    "evt-parking--levy.dead_letters",
    "xcashiering.events",
    "evt-levy-BillIssued.v1--cashieringx.bill_issued",
    "amq.topic",
    "assessor",
)


@pytest.fixture
def rights(production):
    (permission,) = [
        p for p in of_kind(production, "Permission") if p["metadata"]["name"] == "cashiering-broker"
    ]
    return permission["spec"]["permissions"]


@pytest.mark.parametrize("right", ["configure", "write"])
def test_a_service_changes_what_is_its_own_and_nothing_else(rights, right):
    for name in OWN:
        assert re.search(rights[right], name), name
    for name in FOREIGN:
        assert not re.search(rights[right], name), name


def test_a_service_reads_its_queues_and_everybody_s_events(rights):
    for name in (*OWN, "levy.events", "taxsale.events"):
        assert re.search(rights["read"], name), name
    for name in ("levy.dlx", FOREIGN[2], FOREIGN[3], "assessor"):
        assert not re.search(rights["read"], name), name


def test_nobody_may_publish_straight_to_a_queue(rights):
    """The default exchange would reach every queue; a replay goes through the service's own."""
    allowed = {right for right, pattern in rights.items() if re.search(pattern, "amq.default")}
    assert set() == allowed


def test_a_full_handler_queue_refuses_and_a_full_subscriber_queue_forgets(production):
    """Our events wait in the outbox; somebody else's queue never holds up a payment."""
    policies = {p["spec"]["name"]: p["spec"] for p in of_kind(production, "Policy")}
    handlers, subscribers = policies["handler-queues"], policies["subscriber-queues"]
    assert handlers["definition"]["overflow"] == "reject-publish"
    assert subscribers["definition"]["overflow"] == "drop-head"
    for queue in OWN[2:]:
        assert re.search(handlers["pattern"], queue)
        assert not re.search(subscribers["pattern"], queue)
    assert re.search(subscribers["pattern"], "assessor")
    assert not re.search(handlers["pattern"], "assessor")
