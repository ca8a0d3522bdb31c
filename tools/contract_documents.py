"""The files of events/: per event a JSON Schema and a golden example, and one AsyncAPI document.

The schema is a subscriber's: of the whole message, and open, so that fields may be added.
"""

import importlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL

import yaml
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from taxkit.contracts import EventType, OutgoingEvent
from taxkit.ids import derived_id

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_COUNTY = "cook"
_TIME = datetime(2022, 12, 15, 16, 20, tzinfo=UTC)
_TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
_NOT_EMPTY = {"type": "string", "minLength": 1}
_ABOUT = """\
What Millage tells on the county's message bus. Each service owns one topic exchange; the routing
key is the event's name and version. A message is a CloudEvent 1.0 in JSON, structured mode, with
content type application/json; or, when many wait, several of one routing key as a CloudEvents JSON
batch: an array of such events, content type application/cloudevents-batch+json. Events come at
least once and may overtake each other: drop an id seen before, and order a subject's events by
their sequence. docs/subscribing.md tells the rest.
"""


def published_events(root: Path) -> list[EventType]:
    """Every event type of every service, by owner and name."""
    found: list[EventType] = []
    for path in sorted(root.glob("services/*/*_service/events.py")):
        found += importlib.import_module(f"{path.parent.name}.events").PUBLISHED
    return sorted(found, key=lambda event: (event.owner, event.name, event.version))


def documents(events: Sequence[EventType]) -> dict[str, str]:
    """Every file of events/ with its content; the same events give the same bytes."""
    files = {"events/asyncapi.yaml": _yaml(asyncapi(events))}
    for event in events:
        stem = f"events/{event.owner}/{event.routing_key}"
        files[f"{stem}.schema.json"] = _json(message_schema(event))
        files[f"{stem}.example.json"] = _json(golden(event))
    return files


def golden(event: EventType) -> dict[str, Any]:
    """The owner's example in an envelope, made by the code that publishes."""
    assert event.subject, f"{event.type_name}: its EventType names no subject"
    outgoing = OutgoingEvent(
        event_id=derived_id(NAMESPACE_URL, event.type_name),
        type=event,
        subject=event.subject.format_map(event.example),
        sequence=1,
        time=_TIME,
        data=event.example,
        traceparent=_TRACEPARENT,
    )
    envelope: dict[str, Any] = json.loads(outgoing.body(_COUNTY))
    return envelope


def message_schema(event: EventType) -> dict[str, Any]:
    """What a subscriber may rely on in a message of this event."""
    envelope = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid"},
        "type": {"const": event.type_name},
        "source": {"type": "string", "pattern": f"^/county/[a-z0-9-]+/{event.owner}$"},
        "subject": {"type": "string", "pattern": f"^{event.subject.partition('/')[0]}/"},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "sequence": {"type": "string", "pattern": "^[0-9]{12,}$"},
        "partitionkey": _NOT_EMPTY,
        "traceparent": {"type": "string"},
        "data": _data_schema(event),
    }
    return {
        "$schema": DIALECT,
        "$id": f"urn:millage:events:{event.owner}:{event.routing_key}",
        "title": event.type_name,
        "description": event.doc,
        "type": "object",
        "properties": envelope,
        "required": list(envelope),
    }


def _data_schema(event: EventType) -> dict[str, Any]:
    # No names: nested schemas are written where they are used, so one file says all.
    plugin = MarshmallowPlugin(schema_name_resolver=lambda _schema: "")
    APISpec(title="events", version="1", openapi_version="3.1.0", plugins=[plugin])
    assert plugin.converter is not None
    schema = plugin.converter.schema2jsonschema(event.schema())  # type: ignore[no-untyped-call]
    opened: dict[str, Any] = _opened(schema)
    return opened


def _opened(schema: Any) -> Any:
    """An owner refuses unknown fields in what it sends; a reader must not."""
    if isinstance(schema, dict):
        return {
            name: _opened(value) for name, value in schema.items() if name != "additionalProperties"
        }
    return [_opened(each) for each in schema] if isinstance(schema, list) else schema


def asyncapi(events: Sequence[EventType]) -> dict[str, Any]:
    """One document for all exchanges; what Millage sends, a subscriber receives."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Millage events",
            "version": "1.0.0",
            "description": _ABOUT,
            "tags": [{"name": owner} for owner in sorted({event.owner for event in events})],
        },
        "defaultContentType": "application/json",
        "servers": {
            "production": {
                "host": "broker.millage-broker.svc:5671",
                "pathname": "/millage",
                "protocol": "amqps",
                "protocolVersion": "0-9-1",
                "description": "The county's RabbitMQ; the virtual host is `millage`.",
            }
        },
        "channels": {_key(event): _channel(event) for event in events},
        "operations": {f"send.{_key(event)}": _operation(event) for event in events},
        "components": {"messages": {_key(event): _message(event) for event in events}},
    }


def _key(event: EventType) -> str:
    return f"{event.owner}.{event.routing_key}"


def _channel(event: EventType) -> dict[str, Any]:
    exchange = {
        "name": f"{event.owner}.events",
        "type": "topic",
        "durable": True,
        "vhost": "millage",
    }
    return {
        "address": event.routing_key,
        "title": _key(event),
        "description": event.doc,
        "messages": {event.name: {"$ref": f"#/components/messages/{_key(event)}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {**exchange, "autoDelete": False},
                "bindingVersion": "0.3.0",
            }
        },
    }


def _operation(event: EventType) -> dict[str, Any]:
    channel = f"#/channels/{_key(event)}"
    amqp = {"deliveryMode": 2, "mandatory": event.mandatory, "bindingVersion": "0.3.0"}
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "summary": f"{event.owner} publishes {event.name}.",
        "tags": [{"name": event.owner}],
        "messages": [{"$ref": f"{channel}/messages/{event.name}"}],
        "bindings": {"amqp": amqp},
    }


def _message(event: EventType) -> dict[str, Any]:
    return {
        "name": event.type_name,
        "title": event.name,
        "summary": event.doc,
        "contentType": "application/json",
        "headers": {"type": "object", "properties": {"traceparent": {"type": "string"}}},
        "payload": {"$ref": f"{event.owner}/{event.routing_key}.schema.json"},
        "bindings": {
            "amqp": {
                "contentEncoding": "utf-8",
                "messageType": event.type_name,
                "bindingVersion": "0.3.0",
            }
        },
        "examples": [{"name": "golden", "payload": golden(event)}],
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class _Plain(yaml.SafeDumper):
    """Without anchors: a reader should not have to look elsewhere for a repeated value."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the dumper's own signature
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Plain.add_representer(str, _text)


def _yaml(document: dict[str, Any]) -> str:
    head = "# Written by `make generate` from the services' schemas; do not edit.\n"
    return head + yaml.dump(document, Dumper=_Plain, sort_keys=False, width=100, allow_unicode=True)
