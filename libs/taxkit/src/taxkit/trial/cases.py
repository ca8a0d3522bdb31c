"""How a method is asked rightly, and in which states it has to refuse."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import Message

# One message, or the messages of a stream.
Asked = Message | Sequence[Message]


@dataclass(frozen=True, slots=True)
class Case:
    """A method's right request; made anew whenever the one before was carried out."""

    valid: Callable[[], Asked]
    # Whoever asks, with every right of every service unless it is said which.
    user: str = "clerk"
    rights: tuple[str, ...] = ("*",)
    # Reason -> a request the present state does not allow. Making it brings the state about.
    refused_when: Mapping[str, Callable[[], Asked]] = field(default_factory=dict)
    # Of a command without such a state: why there is none.
    always_possible: str = ""
    # True of a command that carries no idempotency_key.
    writes: bool = False
    # Tables in which a refusal itself is put on record, by design.
    on_record: frozenset[str] = frozenset()
    # Of a question that cannot be answered beside a test: the reason it is refused for.
    unanswered: str = ""


def messages(asked: Asked) -> list[Message]:
    return [asked] if isinstance(asked, Message) else list(asked)


def key_holder(message: Message) -> Message | None:
    """The part of a request that carries its idempotency_key: itself, or its header."""
    if "idempotency_key" in message.DESCRIPTOR.fields_by_name:
        return message
    for kept, value in message.ListFields():
        if not kept.is_repeated and kept.message_type and _has_key(kept.message_type):
            found: Message = value
            return found
    return None


def with_key(asked: Asked, key: str) -> list[Message]:
    """The same request under another key."""
    copies = []
    for one in messages(asked):
        copy = type(one)()
        copy.CopyFrom(one)
        holder = key_holder(copy)
        if holder is not None:
            setattr(holder, "idempotency_key", key)  # noqa: B010 - no field of every message
        copies.append(copy)
    return copies


def _has_key(descriptor: object) -> bool:
    return "idempotency_key" in getattr(descriptor, "fields_by_name", ())
