"""The parameter that names a closed session."""

from sqlalchemy import Connection

from cashiering_service.sessions import drawers
from reportkit import Cell
from taxkit import ids
from taxkit.errors import Refusal, not_found


def check_session(connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    """Refuse a session that is still open: what it holds is not settled."""
    session_id = ids.parse_id(str(asked["session_id"]))
    row = drawers.session(connection, session_id) if session_id else None
    if row is None:
        raise not_found("SESSION_NOT_FOUND", f"no session {asked['session_id']}")
    if row.is_open:
        raise Refusal("SESSION_OPEN", f"session {session_id} is open: its cashier closes it first")
    return {**asked, "session_id": str(session_id)}
