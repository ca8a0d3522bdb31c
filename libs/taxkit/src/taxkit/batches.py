"""Several events in one message: CloudEvents' JSON batch, for what comes in crowds.

A message costs the broker and both its ends far more than an event does. The relay puts what
waits for the same routing key into one message; a reader finds a JSON array where it else finds
an object, each element of it the envelope that would have come alone.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from taxkit.contracts import BODY_BYTES_MAX

MEDIA_TYPE = "application/cloudevents-batch+json"
# A message is held whole in memory, at both ends and in the broker.
_BATCH_LENGTH = 256 * 1024
# What a reader takes apart: far above what the relay makes, for a producer with other limits.
_READ_BYTES_MAX = 16 * BODY_BYTES_MAX
# An envelope is one line, because JSON writes a line break inside a text as an escape.
_FIRST, _BETWEEN, _LAST = "[\n", ",\n", "\n]"
_ENVELOPE = '{"specversion"'
_JSON = json.JSONDecoder()


@dataclass(slots=True)
class Message:
    """Events that travel together; rows of the outbox, in their order."""

    exchange: str
    routing_key: str
    mandatory: bool
    rows: list[Any]
    bodies: list[str]
    size: int = 0

    @property
    def body(self) -> bytes:
        if len(self.bodies) == 1:
            return self.bodies[0].encode("utf-8")
        return (_FIRST + _BETWEEN.join(self.bodies) + _LAST).encode("utf-8")

    @property
    def event_id(self) -> str:
        """The event's own id where it travels alone; a batch is not the same when sent again."""
        return str(self.rows[0][4]) if len(self.rows) == 1 else ""

    @property
    def traceparents(self) -> list[str]:
        return [row[6] for row in self.rows]

    @property
    def headers(self) -> dict[str, str]:
        # Tools look for a message's one trace here; of several, each envelope names its own.
        return {"traceparent": self.traceparents[0]} if len(self.rows) == 1 else {}

    @property
    def media_type(self) -> str:
        # A single event keeps the type that every nameko service reads (ADR 9).
        return "application/json" if len(self.bodies) == 1 else MEDIA_TYPE


def gathered(rows: Sequence[Any], events_max: int) -> list[Message]:
    """Put rows of the outbox into messages; no event overtakes another of its subject.

    A row joins the last message of its routing key, unless that one goes out before a later
    event of its subject.
    """
    messages: list[Message] = []
    of_key: dict[Any, int] = {}
    of_subject: dict[str, int] = {}
    for row in rows:
        _id, exchange, routing_key, mandatory, _event_id, subject, _traceparent, body = row
        # What is replayed was parked, and may be anything.
        alone = not exchange.endswith(".events")
        key = (exchange, routing_key, mandatory)
        at = -1 if alone else of_key.get(key, -1)
        if at < of_subject.get(subject, 0) or _is_full(messages[at], len(body), events_max):
            at = len(messages)
            messages.append(Message(exchange, routing_key, mandatory, [], []))
        message = messages[at]
        message.rows.append(row)
        message.bodies.append(body)
        message.size += len(body)
        of_subject[subject] = at
        if not alone:
            of_key[key] = at
    return messages


def _is_full(message: Message, length: int, events_max: int) -> bool:
    return len(message.rows) >= events_max or message.size + length > _BATCH_LENGTH


def count(body: bytes | str) -> int:
    """How many events a message holds; exact where our own relay sent it."""
    if not _is_batch(body):
        return 1
    return (body.count(_BETWEEN) if isinstance(body, str) else body.count(b",\n")) + 1


def split(body: bytes | str) -> Sequence[bytes | str]:
    """The events of a message, each as it would have come alone; what is no batch, as it came."""
    if not _is_batch(body) or len(body) > _READ_BYTES_MAX:
        return (body,)
    try:
        text = body if isinstance(body, str) else body.decode("utf-8")
    except UnicodeDecodeError:
        return (body,)
    if text.startswith(_FIRST) and text.endswith(_LAST):
        lines = text[len(_FIRST) : -len(_LAST)].split(_BETWEEN)
        if all(line.startswith(_ENVELOPE) for line in lines):
            return lines
    return list(_elements(text))


def _is_batch(body: bytes | str) -> bool:
    return body.startswith("[") if isinstance(body, str) else body.startswith(b"[")


def _elements(text: str) -> Iterator[str]:
    """The elements of an array in any layout; from the first that is no JSON on, as one."""
    at = _after_gap(text, 1)
    while at < len(text) and text[at] != "]":
        try:
            _, end = _JSON.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield text[at:]
            return
        yield text[at:end]
        at = _after_gap(text, end)


def _after_gap(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at
