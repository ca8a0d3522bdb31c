"""Whatever arrives on a queue becomes an event or a refusal with a known reason: nothing else."""

import json
from datetime import UTC, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from taxkit import contracts, parking, telemetry
from taxkit.contracts import IncomingEvent
from taxkit.errors import Permanent

REASONS = {
    "MESSAGE_TOO_LARGE",
    "BODY_NOT_UTF8",
    "BODY_NOT_JSON",
    "ENVELOPE_INVALID",
    "NUMBER_TOO_LARGE",
    "UNKNOWN_EVENT_VERSION",
    "UNEXPECTED_EVENT_TYPE",
    "DATA_INVALID",
}
SLOW_START = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([2**53, -(2**63), 2**63, 10**400, 1e308, float("inf"), float("nan"), -0.0]),
)
texts = st.one_of(
    st.text(),
    st.sampled_from(
        ["", "\x00", "\ud800", "a" * 3000, "1_0", "\u0661\u0662", "9" * 19, "0" * 30, "{}"],
    ),
    st.sampled_from(["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2022-13-45"]),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


def outcome(body, subscription):
    """Decode; anything but an event or a known refusal fails the test."""
    try:
        event = contracts.decode(body, subscription.type_name, subscription.schema)
    except Permanent as refusal:
        reason = refusal.reason
    else:
        assert_storable(event)
        return "EVENT"
    assert reason in REASONS
    return reason


def assert_storable(event: IncomingEvent):
    """PostgreSQL takes every part of an event that the inbox stores."""
    for text in (event.subject, event.source, event.traceparent, event.body):
        assert "\x00" not in text
        text.encode("utf-8")
    assert 1 <= event.sequence < 2**63
    assert timedelta(0) == event.time.utcoffset()
    assert event.time.astimezone(UTC) == event.time
    telemetry.trace_id_of(event.traceparent)
    json.dumps(event.data, default=str, ensure_ascii=False).encode("utf-8")


def parkable(body):
    """What cannot be read can still be listed: peek and as_text never fail."""
    assert all(isinstance(part, str) for part in contracts.peek(body))
    parking.as_text(body).encode("utf-8")


@SLOW_START
@given(body=st.one_of(st.binary(), st.text()))
@example(body=b"\xff\xfe")
@example(body=b"")
@example(body='"\ud800"')
def test_any_bytes_are_refused_with_a_reason(specs, body):
    """Noise on a queue is parked."""
    subscription = specs["receivables"].subscriptions[0]

    assert outcome(body, subscription) != "EVENT"
    parkable(body)


@SLOW_START
@given(document=values)
def test_any_json_is_refused_with_a_reason(specs, document):
    """Well-formed JSON that is no event is parked."""
    body = json.dumps(document)

    assert outcome(body, specs["receivables"].subscriptions[0]) != "EVENT"
    parkable(body)


@SLOW_START
@given(choice=st.data())
def test_a_changed_event_is_an_event_or_is_refused(consumer, subscription, golden_of, choice):
    """A golden example with one place replaced, anywhere, never breaks the decoder."""
    envelope = json.loads(golden_of(subscription.owner, subscription.event))
    # Half of the time in the envelope itself, which has fewer places than the data.
    anywhere, on_top = list(paths(envelope)), [(name,) for name in envelope]
    path = choice.draw(st.one_of(st.sampled_from(on_top), st.sampled_from(anywhere)))
    replaced(envelope, path, choice.draw(st.one_of(texts, values)))
    body = json.dumps(envelope)

    outcome(body, subscription)
    parkable(body)


def test_a_missing_field_is_refused_or_not_needed(consumer, subscription, golden_of):
    """Without any one field of envelope or data, an event is read or parked; never half read."""
    body = golden_of(subscription.owner, subscription.event)
    for path in paths(json.loads(body)):
        envelope = json.loads(body)
        removed(envelope, path)
        seen = outcome(json.dumps(envelope), subscription)
        if path[:1] in (("id",), ("sequence",), ("time",), ("subject",), ("source",), ("type",)):
            assert seen == "ENVELOPE_INVALID", path
        if path == ("data",):
            assert seen == "DATA_INVALID"


CASES = {
    "not UTF-8": (lambda body: body.replace(b"cook", b"\xff"), "BODY_NOT_UTF8"),
    "truncated": (lambda body: body[:-20], "BODY_NOT_JSON"),
    "NaN": (lambda body: body.replace(b'"data": {', b'"data": {"x": NaN,'), "BODY_NOT_JSON"),
    "too deep": (lambda _body: b"[" * 100_000, "BODY_NOT_JSON"),
    "too large": (lambda body: body + b" " * contracts.BODY_BYTES_MAX, "MESSAGE_TOO_LARGE"),
    "a list": (lambda body: b"[" + body + b"]", "ENVELOPE_INVALID"),
    "NUL": (lambda body: body.replace(b"/cook/", b"/\\u0000/"), "ENVELOPE_INVALID"),
    "half a pair": (lambda body: body.replace(b"/cook/", b"/\\uD800/"), "ENVELOPE_INVALID"),
    "sequence 0": (lambda body: body.replace(b"000000000001", b"0"), "ENVELOPE_INVALID"),
    "sequence 2^63": (
        lambda body: body.replace(b"000000000001", str(2**63).encode(), 1),
        "ENVELOPE_INVALID",
    ),
    "no offset": (lambda body: body.replace(b"16:20:00+00:00", b"16:20:00", 1), "ENVELOPE_INVALID"),
    "another version": (
        lambda body: body.replace(b"Posted.v1", b"Posted.v2"),
        "UNKNOWN_EVENT_VERSION",
    ),
    "another event": (lambda body: body.replace(b"Posted.v1", b"Lost.v1"), "UNEXPECTED_EVENT_TYPE"),
    "an amount beyond 2^53": (
        lambda body: body.replace(b"1260222", b"9007199254740993"),
        "NUMBER_TOO_LARGE",
    ),
    "a fraction": (lambda body: body.replace(b"1260222", b"1260222.5"), "DATA_INVALID"),
}


@pytest.mark.parametrize(("spoil", "reason"), CASES.values(), ids=CASES)
def test_a_spoiled_payment_is_refused_with_its_own_reason(specs, golden_of, spoil, reason):
    """Each way to spoil a message has the reason that operations finds documented."""
    subscription = next(
        one for one in specs["receivables"].subscriptions if one.event == "PaymentPosted.v1"
    )
    body = spoil(golden_of("cashiering", "PaymentPosted.v1"))

    assert reason == outcome(body, subscription)
    parkable(body)


def test_deep_nesting_beside_the_data_does_no_harm(specs, golden_of):
    """An extension nobody reads may be deep; one that is read may not, and both can be parked."""
    subscription = specs["receivables"].subscriptions[0]
    envelope = golden_of(subscription.owner, subscription.event).decode().rstrip()[:-1]
    for name in ("extension", "traceparent"):
        for depth in (200, 900):
            body = f'{envelope}, "{name}": {"[" * depth}{"]" * depth}}}'
            assert outcome(body, subscription) in {"EVENT", "BODY_NOT_JSON"}
            parkable(body)


def paths(node, path=()):
    """Every place in a document."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from paths(inner, (*path, key))


def place(document, path):
    for key in path[:-1]:
        document = document[key]
    return document


def replaced(document, path, value):
    place(document, path)[path[-1]] = value


def removed(document, path):
    del place(document, path)[path[-1]]
