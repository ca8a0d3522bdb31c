"""Every consumer reads what it consumes, and every event that is consumed has to arrive."""

import json

import pytest

from taxkit import contracts
from taxkit.errors import Permanent


def test_a_consumer_reads_the_golden_example(consumer, subscription, golden_of):
    """The event a service subscribes to decodes with that service's own schema."""
    body = golden_of(subscription.owner, subscription.event)

    event = contracts.decode(body, subscription.type_name, subscription.schema)

    assert subscription.type_name == event.type_name
    assert json.loads(body)["subject"] == event.subject
    assert event.data


def test_a_consumer_ignores_what_it_does_not_know(consumer, subscription, golden_of):
    """An owner may add a field, on top or inside, and nobody has to be released for it."""
    envelope = json.loads(golden_of(subscription.owner, subscription.event))
    envelope["data"] = _with_more(envelope["data"])

    contracts.decode(json.dumps(envelope), subscription.type_name, subscription.schema)


def test_a_consumer_parks_a_version_it_does_not_know(consumer, subscription, golden_of):
    """The next version on this queue is refused with its own reason, not misread."""
    envelope = json.loads(golden_of(subscription.owner, subscription.event))
    envelope["type"] = envelope["type"].replace(".v1", ".v2")

    with pytest.raises(Permanent) as refused:
        contracts.decode(json.dumps(envelope), subscription.type_name, subscription.schema)

    assert refused.value.reason == "UNKNOWN_EVENT_VERSION"


def test_a_consumer_names_a_published_event(consumer, subscription, published):
    """Nobody waits for an event that no service publishes."""
    assert subscription.type_name in published


def test_only_consumed_events_have_to_reach_a_queue(event, specs):
    """`mandatory` is set exactly where a Millage service consumes: no loss, no false alarm."""
    consumers = [
        name
        for name, spec in specs.items()
        if any(one.type_name == event.type_name for one in spec.subscriptions)
    ]

    assert bool(consumers) is event.mandatory, consumers


def _with_more(value):
    if isinstance(value, dict):
        return {**{name: _with_more(inner) for name, inner in value.items()}, "added_later": [1]}
    return [_with_more(inner) for inner in value] if isinstance(value, list) else value


def test_a_consumer_reads_an_event_of_an_earlier_release(
    consumer, subscription, published, files_by
):
    """Without all that was added since: it may wait in a queue, or come out of an old outbox."""
    files = files_by(published[subscription.type_name])
    earlier = _without_additions(files.example, files.schema)

    event = contracts.decode(json.dumps(earlier), subscription.type_name, subscription.schema)

    assert event.data


def _without_additions(value, schema):
    """What is there in every version: a field that came later is never required."""
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return {
            name: _without_additions(inner, known[name])
            for name, inner in value.items()
            if name in schema.get("required", ())
        }
    if isinstance(value, list):
        return [_without_additions(inner, schema.get("items", {})) for inner in value]
    return value
