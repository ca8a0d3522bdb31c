"""What the bus carries: event types owned by a service, in CloudEvents 1.0 JSON envelopes."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError

from taxkit import jsontext, quickread
from taxkit.errors import Permanent
from taxkit.ids import read_id, text_of
from taxkit.quickread import Read

TYPE_PREFIX = "org.millage"
BODY_BYTES_MAX = 1024 * 1024
SEQUENCE_MAX = 2**63 - 1
# An index entry in PostgreSQL holds 2,700 bytes, and subjects are in one.
ENVELOPE_TEXT_MAX = 500


class EventSchema(Schema):
    """Base of an owner's event schema: what is published is exactly what is declared."""

    class Meta:
        unknown = RAISE


class ReaderSchema(Schema):
    """Base of a consumer's view of an event: it names what it needs and ignores the rest."""

    class Meta:
        unknown = EXCLUDE

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._quick: Read | None = None
        self._compiled = False

    def load(self, data: Any, **options: Any) -> Any:
        """As marshmallow does; what is plainly right takes a shorter way to the same result."""
        if not self._compiled:
            self._quick, self._compiled = quickread.compiled(self), True
        if self._quick is not None and not options:
            with suppress(*quickread.NOT_PLAIN):
                return self._quick(data)
        return super().load(data, **options)


@dataclass(frozen=True, slots=True)
class EventType:
    """An event a service owns; a new version is a new type, published beside the old one."""

    owner: str
    name: str
    schema: type[EventSchema]
    doc: str
    example: Mapping[str, Any]
    version: int = 1
    # Published with `mandatory`: an event a Millage service consumes must reach a queue.
    mandatory: bool = True
    # What the event is about, filled from its data: "receipt/{receipt_id}".
    subject: str = ""

    @property
    def routing_key(self) -> str:
        return f"{self.name}.v{self.version}"

    @property
    def type_name(self) -> str:
        return f"{TYPE_PREFIX}.{self.owner}.{self.name}.v{self.version}"


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event about to be stored in the outbox."""

    event_id: UUID
    type: EventType
    subject: str
    # Position in the subject's own stream, from 1.
    sequence: int
    time: datetime
    data: Mapping[str, Any]
    traceparent: str
    partition_key: str = ""

    def body(self, county: str) -> str:
        """The envelope as it goes over the wire."""
        envelope = {
            "specversion": "1.0",
            "id": text_of(self.event_id),
            "type": self.type.type_name,
            "source": f"/county/{county}/{self.type.owner}",
            "subject": self.subject,
            "time": self.time.isoformat(),
            "datacontenttype": "application/json",
            # CloudEvents' sequence extension is a string that sorts as text.
            "sequence": f"{self.sequence:012d}",
            "partitionkey": self.partition_key or self.subject,
            "traceparent": self.traceparent,
            "data": self.data,
        }
        text = jsontext.written(envelope)
        assert len(text) <= BODY_BYTES_MAX, f"{self.type.name} of {self.subject}: {len(text)} bytes"
        return text


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """An event received, its data checked against the reader's schema."""

    event_id: UUID
    type_name: str
    source: str
    subject: str
    sequence: int
    time: datetime
    traceparent: str
    data: Mapping[str, Any]
    body: str = field(repr=False, default="")
    # The data as they were told, of which `data` is what the reader's schema names.
    told: Mapping[str, Any] = field(repr=False, default_factory=dict)


def decode(body: bytes | str, expected_type: str, schema: Schema) -> IncomingEvent:
    """Read an envelope; raise Permanent with a stable reason for anything that is not one."""
    if len(body) > BODY_BYTES_MAX:
        raise Permanent(
            "MESSAGE_TOO_LARGE", f"{len(body)} bytes, at most {BODY_BYTES_MAX} are read"
        )
    text, envelope = jsontext.read(body)
    type_name = _text(envelope, "type")
    if type_name != expected_type:
        raise Permanent(
            _type_reason(type_name, expected_type), f"{type_name} is not {expected_type}"
        )
    return IncomingEvent(
        event_id=_id(envelope),
        type_name=type_name,
        source=_text(envelope, "source"),
        subject=_text(envelope, "subject"),
        sequence=_sequence(envelope),
        time=_time(envelope),
        traceparent=_text_or_nothing(envelope, "traceparent"),
        data=_load(schema, envelope.get("data")),
        body=text,
        told=envelope["data"],
    )


def peek(body: bytes | str) -> tuple[str, str, str]:
    """Read id, type and traceparent of what may not be an event at all, for the parking list."""
    try:
        _, envelope = jsontext.read(body)
    except Permanent:
        return "", "", ""
    event_id, type_name, traceparent = (
        _text_or_nothing(envelope, name)[:200] for name in ("id", "type", "traceparent")
    )
    return event_id, type_name, traceparent


def _id(envelope: Mapping[str, Any]) -> UUID:
    try:
        return read_id(_text(envelope, "id"))
    except ValueError as error:
        raise Permanent("ENVELOPE_INVALID", f"id: {error}") from error


def _sequence(envelope: Mapping[str, Any]) -> int:
    digits = _text(envelope, "sequence")
    # Not int() alone: it reads "1_0", " 1 " and the digits of every script.
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(SEQUENCE_MAX))):
        raise Permanent("ENVELOPE_INVALID", f"sequence: {digits[:40]!r} is no whole number")
    sequence = int(digits)
    if not 1 <= sequence <= SEQUENCE_MAX:
        raise Permanent("ENVELOPE_INVALID", f"sequence: {sequence} is not 1 to {SEQUENCE_MAX}")
    return sequence


def _time(envelope: Mapping[str, Any]) -> datetime:
    text = _text(envelope, "time")
    try:
        time = datetime.fromisoformat(text)
        in_utc = time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Permanent("ENVELOPE_INVALID", f"time: {error}") from error
    if time.tzinfo is None:
        raise Permanent("ENVELOPE_INVALID", f"time: {text} has no offset")
    return in_utc


def _text(envelope: Mapping[str, Any], name: str) -> str:
    value = envelope.get(name)
    if not isinstance(value, str) or not value:
        raise Permanent("ENVELOPE_INVALID", f"{name} is missing or not text")
    if len(value) > ENVELOPE_TEXT_MAX:
        raise Permanent("ENVELOPE_INVALID", f"{name} has more than {ENVELOPE_TEXT_MAX} characters")
    return value


def _text_or_nothing(envelope: Mapping[str, Any], name: str) -> str:
    """What is no text is not turned into text: that may be deep, and means nothing."""
    value = envelope.get(name)
    return value if isinstance(value, str) else ""


def _type_reason(type_name: str, expected_type: str) -> str:
    stem = expected_type.rsplit(".v", 1)[0]
    same = type_name.rsplit(".v", 1)[0] == stem
    return "UNKNOWN_EVENT_VERSION" if same else "UNEXPECTED_EVENT_TYPE"


def _load(schema: Schema, data: Any) -> Mapping[str, Any]:
    try:
        loaded: Mapping[str, Any] = schema.load(data)
    except ValidationError as error:
        raise Permanent("DATA_INVALID", json.dumps(error.messages, default=str)) from error
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise Permanent("DATA_INVALID", str(error)) from error
    return loaded
