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


def hanging(spans: list[Received]) -> list[str]:
    """Spans below one that is not there yet: each process hands over its own in its own time."""
    known = {one.span.span_id for one in spans}
    return [
        f"{one.service} {one.role} {one.span.name} hangs in the air"
        for one in spans
        if one.kind != "server" and one.span.parent_span_id not in known
    ]


def test_the_client_s_trace_runs_unbroken_through_every_process(
    county: County, session: pb.Session, collector: Collector
):
    """Real spans over OTLP: server, producers and consumers, each hanging below the one before."""
    trace_id = paid_in_a_trace(county, session)
    spans = eventually(
        lambda: collector.of_trace(trace_id),
        lambda found: (
            consumers(found) >= CONSUMERS and producers(found) >= PUBLISHED and not hanging(found)
        ),
        lambda found: (
            f"{consumers(found)} consumed, {producers(found)} published, {hanging(found)}"
        ),
    )
    by_id = {one.span.span_id: one for one in spans}

    (server,) = [one for one in spans if one.kind == "server"]
    assert (server.service, server.role) == ("cashiering", "api")
    for one in spans:
        if one is server:
            continue
        parent = by_id[one.span.parent_span_id]
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
    wanted = bytes.fromhex(trace_id)

    def unconsumed(batches: list[Received]) -> set[bytes]:
        """Links to spans that their process has not handed over, or that there are none of."""
        links = {
            link.span_id for one in batches for link in one.span.links if link.trace_id == wanted
        }
        return links - {one.span.span_id for one in collector.of_trace(trace_id)}

    batches = eventually(
        lambda: collector.linked_to(trace_id),
        lambda found: consumers(found) >= CONSUMERS and not unconsumed(found),
        lambda found: f"no batch spans of {CONSUMERS - consumers(found)}, or {unconsumed(found)}",
    )

    assert all(batch.span.name.endswith(" batch") for batch in batches)


def test_a_reversal_is_a_trace_of_its_own(county: County, session: pb.Session):
    bill = county.bills["16071070040000", 2018]
    receipt = county.pay(session, [line(bill, 4_00)], [cash(4_00)])
    county.followed(receipt)
    reversed_one = county.reverse(receipt, "keyed twice")
    trail = county.followed(receipt)

    assert reversed_one.reversal_trace_id not in ("", receipt.trace_id)
    assert {step.service for step in trail.reversal_steps} == set(SERVICES)
