"""The operations API every service answers: parked messages, lag, what a trace did here."""

from collections.abc import Iterator
from typing import Any

import grpc
import pika
import pika.exceptions
from sqlalchemy import Connection

from millage.ops.v1 import ops_pb2 as pb
from millage.ops.v1 import ops_pb2_grpc as rpc_stubs
from taxkit import audit_check, broker, idempotency, parking, requests, rpc, topology
from taxkit.app import App
from taxkit.auth import requires
from taxkit.errors import Refusal, RefusalKind, invalid
from taxkit.ids import parse_id
from taxkit.inbox import Subscription

PAGE_MAX = 500
_STATE_MAX = 20
_REASON_MAX = 500

# When a step was durable, by the commit clock; without it, the moment within the transaction.
_WRITTEN = ("handled_at", "created_at")
_COMMITTED = (
    "coalesce(pg_xact_commit_timestamp(xmin), handled_at)",
    "coalesce(pg_xact_commit_timestamp(stored_by::xid), created_at)",
)
_TRACE = """
select 'consumed' as kind, event_id, event_type, subject, handler, {consumed} as at
from inbox where trace_id = %(trace)s
union all
select 'emitted', event_id, routing_key, subject, '', {emitted}
from outbox where trace_id = %(trace)s and exchange not like '%%.replay'
order by 6
"""


class OpsServicer(rpc_stubs.OpsServiceServicer):
    """Served beside each service's own API."""

    def __init__(self, app: App, subscriptions: tuple[Subscription, ...]) -> None:
        self._app = app
        self._subscriptions = subscriptions

    @requires("ops.read")
    def ListParked(
        self, request: pb.ListParkedRequest, context: grpc.ServicerContext
    ) -> pb.ListParkedResponse:
        size = min(requests.page_size(request.page_size), PAGE_MAX)
        token = request.page_token
        after = requests.required_id(token, "page_token") if token else None
        state = requests.plain_text(request.state, "state", _STATE_MAX) or "parked"
        with self._app.database.begin() as connection:
            rows = parking.list_parked(connection, state, size + 1, after)
        answer = pb.ListParkedResponse(messages=[_parked(row) for row in rows[:size]])
        if len(rows) > size:
            answer.next_page_token = str(rows[size - 1].parked_id)
        return answer

    @requires("ops.read")
    def GetParked(
        self, request: pb.GetParkedRequest, context: grpc.ServicerContext
    ) -> pb.ParkedMessage:
        with self._app.database.begin() as connection:
            return _parked(parking.get(connection, parse_id(request.parked_id)))

    @requires("ops.settle")
    def ReplayParked(
        self, request: pb.ReplayParkedRequest, context: grpc.ServicerContext
    ) -> pb.ParkedMessage:
        return self._settle("ReplayParked", request, parking.replay)

    @requires("ops.settle")
    def DiscardParked(
        self, request: pb.DiscardParkedRequest, context: grpc.ServicerContext
    ) -> pb.ParkedMessage:
        if not request.reason.strip():
            raise invalid("REASON_MISSING", "say why the message is given up", "reason")
        return self._settle("DiscardParked", request, parking.discard)

    def _settle(self, method: str, request: Any, settle: Any) -> pb.ParkedMessage:
        by = rpc.caller().user
        requests.plain_text(request.reason, "reason", _REASON_MAX)

        def work(connection: Connection) -> pb.ParkedMessage:
            return idempotency.once(
                connection,
                method,
                request.idempotency_key,
                request,
                pb.ParkedMessage,
                lambda: _parked(
                    settle(connection, parse_id(request.parked_id), by, request.reason)
                ),
            )

        return self._app.database.run(work)

    @requires("ops.read")
    def GetLag(self, request: pb.GetLagRequest, context: grpc.ServicerContext) -> pb.Lag:
        with self._app.database.begin() as connection:
            row = connection.exec_driver_sql(
                "select (select count(*) from outbox where published_at is null),"
                " (select coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)"
                "  from outbox where published_at is null),"
                " (select count(*) from inbox_waiting),"
                " (select count(*) from parked_messages where state = 'parked')"
            ).one()
        return pb.Lag(
            service=self._app.service,
            outbox_unpublished=row[0],
            outbox_oldest_seconds=float(row[1]),
            waiting=row[2],
            parked=row[3],
            queues=self._queues(),
        )

    @requires("ops.read")
    def VerifyAudit(
        self, request: pb.VerifyAuditRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.AuditChain]:
        heads = {one.table_name: _head(one) for one in request.heads}
        with self._app.database.begin() as connection:
            connection.exec_driver_sql("set transaction isolation level repeatable read")
            for found in audit_check.check(connection, self._app.unsealed, heads):
                yield _chain(self._app.service, found)

    def _queues(self) -> list[pb.QueueDepth]:
        names = [self._app.consumer.queue_of(one) for one in self._subscriptions]
        address = broker.parameters(
            self._app.settings.amqp_url, ca_file=self._app.settings.amqp_ca_file
        )
        try:
            connection = pika.BlockingConnection(address)
        except (pika.exceptions.AMQPError, OSError) as error:
            raise Refusal(
                "BROKER_AWAY", "the broker does not answer", kind=RefusalKind.UNAVAILABLE
            ) from error
        try:
            channel = connection.channel()
            depths = []
            for name in [*names, topology.dead_letter_queue_of(self._app.service)]:
                state = channel.queue_declare(name, passive=True).method
                depths.append(
                    pb.QueueDepth(
                        queue=name, ready=state.message_count, consumers=state.consumer_count
                    )
                )
            return depths
        finally:
            connection.close()

    @requires("ops.read")
    def GetTrace(
        self, request: pb.GetTraceRequest, context: grpc.ServicerContext
    ) -> pb.GetTraceResponse:
        trace_id = parse_id(request.trace_id)
        if trace_id is None:
            raise invalid("TRACE_ID_INVALID", "a trace id is 32 hexadecimal digits", "trace_id")
        with self._app.database.begin() as connection:
            kept = connection.exec_driver_sql("show track_commit_timestamp").scalar_one() == "on"
            consumed, emitted = _COMMITTED if kept else _WRITTEN
            sql = _TRACE.format(consumed=consumed, emitted=emitted)
            rows = connection.exec_driver_sql(sql, {"trace": trace_id}).all()
        return pb.GetTraceResponse(
            steps=[
                pb.TraceStep(
                    service=self._app.service,
                    kind=row.kind,
                    event_id=str(row.event_id),
                    event_type=row.event_type,
                    subject=row.subject,
                    handler=row.handler,
                    committed_at=row.at.isoformat() if row.at else "",
                )
                for row in rows
            ]
        )


def _head(one: pb.AuditHead) -> audit_check.Head:
    try:
        return audit_check.Head(one.number, bytes.fromhex(one.chain_hash))
    except ValueError:
        raise invalid(
            "CHAIN_HASH_INVALID", f"{one.chain_hash[:80]!r} is not hexadecimal", "heads"
        ) from None


def _chain(service: str, found: audit_check.Checked) -> pb.AuditChain:
    return pb.AuditChain(
        service=service,
        head=pb.AuditHead(
            table_name=found.table, number=found.number, chain_hash=found.chain_hash.hex()
        ),
        unsealed=found.unsealed,
        breaks=[
            pb.AuditBreak(number=one.number, row_key=one.row_key, kind=one.kind.value)
            for one in found.broken
        ],
    )


def servicer(app: App, subscriptions: tuple[Subscription, ...]) -> rpc.Servicer:
    return rpc.Servicer(
        OpsServicer(app, subscriptions),
        rpc_stubs.add_OpsServiceServicer_to_server,
        "millage.ops.v1.OpsService",
    )


def _parked(row: Any) -> pb.ParkedMessage:
    return pb.ParkedMessage(
        parked_id=str(row.parked_id),
        queue=row.queue,
        event_id=row.event_id,
        event_type=row.event_type,
        reason=row.reason,
        message=row.message,
        state=row.state,
        parked_at=row.parked_at.isoformat(),
        trace_id=row.trace_id,
        body=row.body,
        settled_by=row.settled_by,
        settled_reason=row.settled_reason,
    )
