"""Whatever fails for want of an open session offers those its cashier has (CASH-002)."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from cashiering_service.sessions.commands import with_offer
from taxkit import requests, rpc
from taxkit.app import App
from taxkit.errors import Refusal, not_found


@contextmanager
def offering(app: App) -> Iterator[None]:
    """Add to a refusal for want of a session which ones the caller may go on with."""
    try:
        yield
    except Refusal as refusal:
        raise with_offer(app, refusal, rpc.caller().user) from refusal


def named_session(session_id: str) -> UUID:
    if not session_id:
        raise not_found("NO_OPEN_SESSION", "no session is named")
    return requests.required_id(session_id, "session_id")
