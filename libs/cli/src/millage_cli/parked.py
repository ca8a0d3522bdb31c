"""Parked messages: which there are, why, and putting each back or giving it up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from millage.ops.v1 import ops_pb2 as pb
from millage_cli.addresses import SERVICES
from millage_cli.client import Client, new_key
from millage_cli.everywhere import Answers, ask_all
from millage_cli.paging import pages
from millage_cli.plain import plain
from millage_cli.problems import ExitCode, Problem

_PAGE = 200
_UNKNOWN = "PARKED_NOT_FOUND"
STATES = ("parked", "replayed", "discarded")


@dataclass(frozen=True, slots=True)
class Parked:
    """A message, with the service that parked it."""

    service: str
    message: pb.ParkedMessage

    def as_json(self) -> dict[str, Any]:
        return {"service": self.service, **plain(self.message)}


def list_parked(
    client: Client, services: Sequence[str] = SERVICES, state: str = "parked"
) -> Answers[list[Parked]]:
    """Every message in a state, of every service asked."""
    return ask_all(services, lambda service: _all_of(client, service, state))


def find(client: Client, parked_id: str, services: Sequence[str] = SERVICES) -> Parked:
    """The message with an id, whichever service parked it."""
    request = pb.GetParkedRequest(parked_id=parked_id)
    answers = ask_all(services, lambda service: client.ops(service).GetParked(request))
    for service, message in answers.given.items():
        return Parked(service, message)
    # A service that is away may be the one that has it.
    worst = answers.worst()
    if worst is not None and worst.reason != _UNKNOWN:
        raise worst
    raise Problem(
        _UNKNOWN,
        f"none of {', '.join(services)} has parked a message {parked_id}",
        exit_code=ExitCode.NOT_FOUND,
    )


def replay(client: Client, found: Parked, reason: str, key: str = "") -> Parked:
    """Put a message back on its queue."""
    request = pb.ReplayParkedRequest(
        idempotency_key=key or new_key(), parked_id=found.message.parked_id, reason=reason
    )
    return Parked(found.service, client.ops(found.service).ReplayParked(request))


def discard(client: Client, found: Parked, reason: str, key: str = "") -> Parked:
    """Give a message up, with a reason that is kept."""
    request = pb.DiscardParkedRequest(
        idempotency_key=key or new_key(), parked_id=found.message.parked_id, reason=reason
    )
    return Parked(found.service, client.ops(found.service).DiscardParked(request))


def lag(client: Client, services: Sequence[str] = SERVICES) -> Answers[pb.Lag]:
    """What waits in each service: unpublished events, gaps, parked messages, queues."""
    return ask_all(services, lambda service: client.ops(service).GetLag(pb.GetLagRequest()))


def _all_of(client: Client, service: str, state: str) -> list[Parked]:
    asked = pb.ListParkedRequest(state=state, page_size=_PAGE)
    return [
        Parked(service, message)
        for page in pages(client.ops(service).ListParked, asked)
        for message in page.messages
    ]
