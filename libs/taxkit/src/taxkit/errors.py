"""Refusals and their stable reason codes.

Exception
└── Refusal      the request was understood and declined; carries a reason code a program can read
    └── Permanent    a message that can never be handled: it is parked with its reason, not retried
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class RefusalKind(StrEnum):
    """Why, in the words of gRPC's status codes."""

    INVALID = "INVALID_ARGUMENT"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "ALREADY_EXISTS"
    PRECONDITION = "FAILED_PRECONDITION"
    FORBIDDEN = "PERMISSION_DENIED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    UNAVAILABLE = "UNAVAILABLE"
    EXHAUSTED = "RESOURCE_EXHAUSTED"


@dataclass(frozen=True, slots=True)
class FieldViolation:
    field: str
    description: str


class Refusal(Exception):
    """A request declined: what was asked, what stood in the way, what to do next."""

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        kind: RefusalKind = RefusalKind.PRECONDITION,
        fields: Sequence[FieldViolation] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message
        self.kind = kind
        self.fields = tuple(fields)
        self.metadata = dict(metadata or {})


class Permanent(Refusal):
    """A message no retry can mend."""


def invalid(reason: str, message: str, field: str = "") -> Refusal:
    """Refuse bad input, naming the field when there is one."""
    fields = (FieldViolation(field, message),) if field else ()
    return Refusal(reason, message, kind=RefusalKind.INVALID, fields=fields)


def not_found(reason: str, message: str) -> Refusal:
    return Refusal(reason, message, kind=RefusalKind.NOT_FOUND)


def forbidden(reason: str, message: str) -> Refusal:
    return Refusal(reason, message, kind=RefusalKind.FORBIDDEN)


def conflict(reason: str, message: str) -> Refusal:
    return Refusal(reason, message, kind=RefusalKind.CONFLICT)
