"""A receiver of traces: what a real collector would be sent, kept to be looked at."""

import gzip
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True, slots=True)
class Received:
    """One span and the process it comes from."""

    service: str
    role: str
    span: Span

    @property
    def kind(self) -> str:
        return Span.SpanKind.Name(self.span.kind).removeprefix("SPAN_KIND_").lower()


@dataclass
class Collector:
    """Speaks OTLP over HTTP, as the exporters of all processes do."""

    url: str
    spans: list[Received] = field(default_factory=list)

    def of_trace(self, trace_id: str) -> list[Received]:
        wanted = bytes.fromhex(trace_id)
        return [one for one in list(self.spans) if one.span.trace_id == wanted]

    def linked_to(self, trace_id: str) -> list[Received]:
        """Spans of other traces that name this one in a link: batches do."""
        wanted = bytes.fromhex(trace_id)
        return [
            one
            for one in list(self.spans)
            if any(link.trace_id == wanted for link in one.span.links)
        ]

    def take(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            about: Mapping[str, str] = {
                one.key: one.value.string_value for one in resource.resource.attributes
            }
            for scope in resource.scope_spans:
                self.spans += [
                    Received(about["service.name"], about["millage.role"], span)
                    for span in scope.spans
                ]


@contextmanager
def collecting() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.take(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """One line an export would bury the test's own words."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
