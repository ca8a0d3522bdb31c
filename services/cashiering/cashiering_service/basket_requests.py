"""Reading what callers of baskets send."""

from collections.abc import Sequence
from typing import Any

import grpc

from cashiering_service.domain.receipt import LINES_MAX
from millage.cashiering.v1 import basket_pb2 as pb
from taxkit import requests, rpc
from taxkit.errors import invalid

KEY_MAX = 60
# As the key table words it; the contract names the unit.
_KEY_NAMES = {"amount_cents": "amount"}


def keys(given: pb.LookupKeys) -> dict[str, str]:
    """The keys that were given, as text under the key table's names."""
    found: dict[str, str] = {}
    for field, value in given.ListFields():
        if isinstance(value, int) and value < 0:
            raise invalid("KEY_INVALID", f"{field.name} is below zero", f"keys.{field.name}")
        text = str(value) if isinstance(value, int) else value.strip()
        requests.plain_text(text, f"keys.{field.name}", KEY_MAX)
        if text:
            found[_KEY_NAMES.get(field.name, field.name)] = text
    return found


def texts(given: Sequence[str], field: str) -> list[str]:
    if len(given) > LINES_MAX:
        raise invalid("TOO_MANY_BILLS", f"at most {LINES_MAX} at once", field)
    return [
        requests.plain_text(text, f"{field}[{place}]", KEY_MAX) for place, text in enumerate(given)
    ]


def prefix(text: str, field: str) -> str | None:
    """A LIKE pattern for what begins with a text."""
    plain = requests.plain_text(text.strip(), field, KEY_MAX)
    for sign in "\\%_":
        plain = plain.replace(sign, "\\" + sign)
    return f"{plain}%" if plain else None


def passed_on(context: grpc.ServicerContext) -> list[tuple[str, Any]]:
    """Whose call this is, for the service that is asked in its course."""
    kept = [(key, value) for key, value in context.invocation_metadata() if key == "authorization"]
    return [*kept, ("traceparent", rpc.traceparent())]
