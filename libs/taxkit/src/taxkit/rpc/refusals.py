"""A refusal as google.rpc.Status: code, message, machine-readable reason, fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from taxkit.errors import FieldViolation, Refusal

_DOMAIN = "millage"
# All of it travels in headers, of which clients take 8 KiB: the message twice, once with three
# bytes for each that is no ASCII, the rest in base64.
_MESSAGE_BYTES_MAX = 600
_VIOLATIONS_BYTES_MAX = 2800
_DESCRIPTION_BYTES_MAX = 500
_METADATA_BYTES_MAX = 1000


def status_of(refusal: Refusal) -> status_pb2.Status:
    """A refusal as google.rpc.Status with a machine-readable reason."""
    details: list[Any] = [
        error_details_pb2.ErrorInfo(
            reason=refusal.reason, domain=_DOMAIN, metadata=_fitting(refusal.metadata)
        )
    ]
    if refusal.fields:
        details.append(_bad_request(refusal.fields))
    packed = []
    for detail in details:
        box = any_pb2.Any()
        box.Pack(detail)
        packed.append(box)
    return status_pb2.Status(
        code=code_pb2.Code.Value(refusal.kind.value),
        message=_clip(refusal.message, _MESSAGE_BYTES_MAX),
        details=packed,
    )


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ends that gives no answer."""

    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, str | bytes], ...] = ()

    @classmethod
    def refused(cls, refusal: Refusal) -> "Ending":
        status = rpc_status.to_status(status_of(refusal))
        return cls(status.code, status.details, status.trailing_metadata)


async def end(context: grpc.aio.ServicerContext[Any, Any], ending: Ending) -> None:
    """End a call; raises to unwind."""
    await context.abort(ending.code, ending.details, ending.trailing_metadata)


def _bad_request(fields: Sequence[FieldViolation]) -> error_details_pb2.BadRequest:
    """The violations that fit into the headers."""
    bad, left = error_details_pb2.BadRequest(), _VIOLATIONS_BYTES_MAX
    for violation in fields:
        description = _clip(violation.description, _DESCRIPTION_BYTES_MAX)
        left -= len(violation.field.encode()) + len(description.encode()) + 8
        if left < 0:
            break
        bad.field_violations.add(field=violation.field, description=description)
    return bad


def _fitting(metadata: Mapping[str, str]) -> dict[str, str]:
    told, left = {}, _METADATA_BYTES_MAX
    for name, value in metadata.items():
        told[name] = _clip(value, left)
        left = max(left - len(told[name].encode()), 0)
    return told


def _clip(text: str, bytes_max: int) -> str:
    """A text that echoes what was sent may be as long as that; what is cut off is shown as cut."""
    told = text[: bytes_max + 1].encode(errors="replace")
    if len(told) <= bytes_max:
        return told.decode()
    return told[: max(bytes_max - 3, 0)].decode(errors="ignore") + "…"
