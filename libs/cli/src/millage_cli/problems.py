"""What stood in the way, in one shape: a reason code, a message, what to do next, an exit code."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status


class ExitCode(IntEnum):
    """Stable: scripts may rely on them."""

    DONE = 0
    DIFFERENCE = 1  # the question was answered, and the answer is no
    USAGE = 2
    REFUSED = 3
    NOT_FOUND = 4
    NOT_ALLOWED = 5
    AWAY = 6
    BUG = 7


_EXITS = {
    grpc.StatusCode.INVALID_ARGUMENT: ExitCode.REFUSED,
    grpc.StatusCode.FAILED_PRECONDITION: ExitCode.REFUSED,
    grpc.StatusCode.ALREADY_EXISTS: ExitCode.REFUSED,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ExitCode.REFUSED,
    grpc.StatusCode.OUT_OF_RANGE: ExitCode.REFUSED,
    grpc.StatusCode.ABORTED: ExitCode.REFUSED,
    grpc.StatusCode.NOT_FOUND: ExitCode.NOT_FOUND,
    grpc.StatusCode.PERMISSION_DENIED: ExitCode.NOT_ALLOWED,
    grpc.StatusCode.UNAUTHENTICATED: ExitCode.NOT_ALLOWED,
    grpc.StatusCode.UNAVAILABLE: ExitCode.AWAY,
    grpc.StatusCode.DEADLINE_EXCEEDED: ExitCode.AWAY,
}
_NEXT_STEPS = {
    "NO_OPEN_SESSION": "open one: millage session open --till TILL --business-date DATE",
    "SESSION_CLOSED": "open another session: millage session open --till TILL --business-date DATE",
    "RECEIPT_OF_CLOSED_SESSION": "its session is closed: the payment is cancelled, not reversed",
    "BILL_VERSION_MISMATCH": "quote again: millage quote PARCEL, then pay the new version",
    "BILL_VERSION_STALE": "look at the bill as it is now: millage bill corrections BILL",
    "BILL_NOT_FOUND": "see the bills that are known: millage quote PARCEL",
    "SESSION_ALREADY_OPEN": "close it: millage session close --till TILL; or go on with it",
    "RECEIPT_NOT_FOUND": "see those of a day: millage receipt list --date DATE",
    "PARKED_NOT_FOUND": "see which there are: millage parked list, also with --state replayed",
    "TOKEN_EXPIRED": "get a new one: millage token --role cashier",
    "TOKEN_MISSING": "give --token or MILLAGE_TOKEN; for a local stack: millage token",
    "TOKEN_INVALID": "was it signed for this stack? for a local one: millage token --stack NAME",
    "FORBIDDEN": "use a token of a role that has the right: millage token --role ROLE",
    "IDEMPOTENCY_CONFLICT": "leave --key out, or send exactly what was sent under it before",
    "TENDERS_UNBALANCED": "the tenders are less than the lines: add a tender or lower a line",
    "UNAVAILABLE": "see what runs: make status; then send it again with the same --key",
    "DEADLINE_EXCEEDED": "it may or may not have been done: send it again with the same --key",
    "INTERNAL": "read the service's log under the trace id: make logs",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One part of a request that was not as it has to be."""

    field: str
    description: str


class Problem(Exception):
    """A command that was not done, or not known to be done."""

    def __init__(
        self,
        reason: str,
        message: str,
        next_step: str = "",
        *,
        exit_code: ExitCode = ExitCode.REFUSED,
        fields: Sequence[Field] = (),
        about: "About | None" = None,
    ) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message
        self.next_step = next_step or _NEXT_STEPS.get(reason, "")
        self.exit_code = exit_code
        self.fields = tuple(fields)
        self.about = about or About()

    def as_json(self) -> dict[str, Any]:
        """The error as programs read it."""
        told: dict[str, Any] = {
            "reason": self.reason,
            "message": self.message,
            "fields": [{"field": one.field, "description": one.description} for one in self.fields],
        }
        if self.next_step:
            told["next_step"] = self.next_step
        about = {name: value for name, value in self.about.items() if value}
        return told | about


@dataclass(frozen=True, slots=True)
class About:
    """What was asked of whom, and what identifies the attempt."""

    asked: str = ""
    address: str = ""
    trace_id: str = ""
    idempotency_key: str = ""
    metadata: tuple[tuple[str, str], ...] = ()

    def items(self) -> list[tuple[str, object]]:
        return [
            ("asked", self.asked),
            ("address", self.address),
            ("trace_id", self.trace_id),
            ("idempotency_key", self.idempotency_key),
            ("metadata", dict(self.metadata)),
        ]


def usage(reason: str, message: str, next_step: str = "") -> Problem:
    """Refuse what was typed, before any service is asked."""
    return Problem(reason, message, next_step, exit_code=ExitCode.USAGE)


def problem_of(error: Any, about: About) -> Problem:
    """A failed call as a problem, with the service's own reason where it gave one."""
    code: grpc.StatusCode = error.code()
    message = error.details() or "no explanation was given"
    if code is grpc.StatusCode.UNAVAILABLE and "connect" in message:
        # What grpc says of a refused connection names everything but the service.
        message = f"nobody answers at {about.address}"
    reason, fields = code.name, list[Field]()
    for detail in _details(error):
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason = info.reason
            about = replace(about, metadata=tuple(sorted(info.metadata.items())))
        elif detail.Unpack(bad):
            fields += [Field(one.field, one.description) for one in bad.field_violations]
    return Problem(
        reason,
        message,
        _NEXT_STEPS.get(reason) or _NEXT_STEPS.get(code.name, ""),
        exit_code=_EXITS.get(code, ExitCode.BUG),
        fields=fields,
        about=about,
    )


def _details(error: Any) -> list[Any]:
    try:
        status = rpc_status.from_call(error)
    except ValueError:  # the trailing metadata belong to another status: a proxy answered
        return []
    return list(status.details) if status else []
