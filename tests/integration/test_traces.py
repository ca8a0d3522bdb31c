"""One payment is one trace: from the client's call through outbox, relay, queue and consumers."""

from collector import Collector, Received
from county import County, cash, eventually, line

from devkit.roster import SERVICES
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage_cli.client import new_key, one_trace

CONSUMERS = set(SERVICES)
PUBLISHED = {
    "cashiering publish PaymentPosted.v1",
    "receivables publish PaymentAllocated.v1",
    "receivables publish BalanceChanged.v1",
    "distribution publish DistributionPosted.v1",
    "notifications publish NoticeSent.v1",
}


def paid_in_a_trace(county: County, session: pb.Session) -> str:
    bill = county.bills["16071070040000", 2018]
    with one_trace() as trace_id:
        receipt = county.clerk.cashiering.PostPayment(
            pb.PostPaymentRequest(
                idempotency_key=new_key(),
                session_id=session.session_id,
                payer=pb.Payer(name="Valentin Osei", email="valentin@example.org"),
                lines=[line(bill, 3_00)],
                tenders=[cash(3_00)],
            )
        )
    assert receipt.trace_id == trace_id
    county.followed(receipt)
    return trace_id


def producers(spans: list[Received]) -> set[str]:
    return {one.span.name for one in spans if one.kind == "producer" and one.role == "relay"}


def consumers(spans: list[Received]) -> set[str]:
    return {one.service for one in spans if one.kind == "consumer" and one.role == "worker"}


def test_the_client_s_trace_runs_unbroken_through_every_process(
    county: County, session: pb.Session, collector: Collector
):
    """Real spans over OTLP: server, producers and consumers, each hanging below the one before."""
    trace_id = paid_in_a_trace(county, session)
    spans = eventually(
        lambda: collector.of_trace(trace_id),
        lambda found: consumers(found) >= CONSUMERS and producers(found) >= PUBLISHED,
        lambda found: f"only {consumers(found)} consumed, only {producers(found)} published",
    )
    by_id = {one.span.span_id: one for one in spans}

    (server,) = [one for one in spans if one.kind == "server"]
    assert (server.service, server.role) == ("cashiering", "api")
    for one in spans:
        if one is server:
            continue
        parent = by_id.get(one.span.parent_span_id)
        assert parent is not None, f"{one.service} {one.role} {one.span.name} hangs in the air"
        # Consumer below the emitting span of another service, producer below its own service's.
        if one.kind == "producer":
            assert (parent.service, one.role) == (one.service, "relay")
        else:
            assert parent.service != one.service or one.span.name.startswith(one.service)


def test_a_batch_names_every_message_it_absorbed(
    county: County, session: pb.Session, collector: Collector
):
    """A batch is a trace of its own with a link to each message's span."""
    trace_id = paid_in_a_trace(county, session)
    batches = eventually(
        lambda: collector.linked_to(trace_id),
        lambda found: consumers(found) >= CONSUMERS,
        lambda found: f"no batch spans of {CONSUMERS - consumers(found)}",
    )
    consumed = {one.span.span_id for one in collector.of_trace(trace_id)}

    for batch in batches:
        assert batch.span.name.endswith(" batch")
        mine = [link for link in batch.span.links if link.trace_id == bytes.fromhex(trace_id)]
        assert all(link.span_id in consumed for link in mine)


def test_a_reversal_is_a_trace_of_its_own(county: County, session: pb.Session):
    bill = county.bills["16071070040000", 2018]
    receipt = county.pay(session, [line(bill, 4_00)], [cash(4_00)])
    county.followed(receipt)
    reversed_one = county.reverse(receipt, "keyed twice")
    trail = county.followed(receipt)

    assert reversed_one.reversal_trace_id not in ("", receipt.trace_id)
    assert {step.service for step in trail.reversal_steps} == set(SERVICES)
