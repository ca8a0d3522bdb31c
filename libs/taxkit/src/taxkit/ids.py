"""Identifiers: UUID version 7, ordered by the time they were made."""

from uuid import UUID, uuid5

import uuid6


def new_id() -> UUID:
    """Make an id whose order is the order of making, so that indexes grow at one end."""
    return UUID(int=uuid6.uuid7().int)


def derived_id(namespace: UUID, *parts: str) -> UUID:
    """Make the same id from the same parts every time: a retry names what it made before."""
    return uuid5(namespace, "\x1f".join(parts))


def parse_id(text: str) -> UUID | None:
    """Read a UUID, or None when the text is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None
