"""Traces: one payment is one trace, from the call through outbox, relay, queue and consumers."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from uuid import UUID

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import Link, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from taxkit.ids import read_id

_PROPAGATOR = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("millage")
_IDS = RandomIdGenerator()
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def setup(service: str, role: str, county: str) -> TracerProvider:
    """Export over OTLP/HTTP when an endpoint is named; otherwise only make and pass on ids."""
    resource = Resource.create(
        {
            "service.name": service,
            "service.namespace": "millage",
            "millage.role": role,
            "millage.county": county,
        }
    )
    if exporting():
        provider = TracerProvider(resource=resource)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    else:
        # Unsampled spans still carry valid ids, and cost a tenth.
        provider = TracerProvider(resource=resource, sampler=ALWAYS_OFF)
    trace.set_tracer_provider(provider)
    return provider


@cache
def exporting() -> bool:
    """Whether an endpoint is named, as it was when the process began."""
    return any(
        os.environ.get(name)
        for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    )


@contextmanager
def server_span(name: str, traceparent: str | None) -> Iterator[str]:
    """Enter a server span under the caller's; gives the traceparent to hand on."""
    if not exporting():
        yield _next_traceparent(traceparent)
        return
    with _tracer.start_as_current_span(
        name, context=_extract(traceparent), kind=SpanKind.SERVER
    ) as span:
        yield format_traceparent(span)


@contextmanager
def consumer_spans(name: str, traceparents: Iterable[str]) -> Iterator[list[str]]:
    """Open a span per message, each in its own trace, and a batch span linked to all of them.

    Gives the traceparent of each message's span: what the message causes continues its trace.
    """
    if not exporting():
        yield list(traceparents)
        return
    spans = [
        _tracer.start_span(name, context=_extract(parent), kind=SpanKind.CONSUMER)
        for parent in traceparents
    ]
    links = [Link(span.get_span_context()) for span in spans]
    try:
        with _tracer.start_as_current_span(
            f"{name} batch", context=Context(), kind=SpanKind.CONSUMER, links=links
        ) as batch:
            batch.set_attribute("messaging.batch.message_count", len(spans))
            yield [format_traceparent(span) for span in spans]
    finally:
        for span in spans:
            span.end()


@contextmanager
def producer_spans(name: str, traceparents: Iterable[str]) -> Iterator[None]:
    """Mark a publication in the trace of each event that goes out with it."""
    if not exporting():
        yield
        return
    spans = [
        _tracer.start_span(name, context=_extract(parent), kind=SpanKind.PRODUCER)
        for parent in traceparents
    ]
    try:
        yield
    finally:
        for span in spans:
            span.end()


def current_traceparent() -> str:
    """The traceparent of the present span; a new trace when there is none."""
    span = trace.get_current_span()
    if span.get_span_context().is_valid:
        return format_traceparent(span)
    fresh = _tracer.start_span("millage", context=otel_context.get_current())
    fresh.end()
    return format_traceparent(fresh)


def _next_traceparent(traceparent: str | None) -> str:
    """A new span's ids in the caller's trace, or in a new one: what an unsampled span carries."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    trace_id = found.group(1) if found else f"{_IDS.generate_trace_id():032x}"
    return f"00-{trace_id}-{_IDS.generate_span_id():016x}-00"


def format_traceparent(span: trace.Span) -> str:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def trace_id_of(traceparent: str) -> UUID:
    """Read the trace id as a UUID (128 bits, stored compactly); zero when malformed."""
    parts = traceparent.split("-")
    try:
        return read_id(parts[1])
    except (IndexError, ValueError):
        return UUID(int=0)


def _extract(traceparent: str | None) -> Context:
    if not traceparent:
        return Context()
    return _PROPAGATOR.extract({"traceparent": traceparent}, context=Context())
