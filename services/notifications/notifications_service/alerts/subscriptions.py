"""Commands and queries on subscriptions; one transaction each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from taxkit import ids
from taxkit.errors import conflict, not_found

_VIEW = (
    "select s.*, e.ended_by, e.reason as end_reason from subscriptions s"
    " left join subscription_ends e using (subscription_id)"
)


class Wanted(NamedTuple):
    topic: str
    name: str
    email: str


def add(connection: Connection, wanted: Wanted, user: str, now: datetime) -> Any:
    """Subscribe an address to a topic; twice at a time says nothing new and is refused."""
    lock = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
    connection.exec_driver_sql(lock, (f"subscription/{wanted.topic}/{wanted.email.lower()}",))
    if connection.exec_driver_sql(
        f"{_VIEW} where s.topic = %s and lower(s.email) = lower(%s) and e.ended_by is null",
        (wanted.topic, wanted.email),
    ).first():
        raise conflict("SUBSCRIBED", f"{wanted.email} is told of {wanted.topic} already")
    subscription_id = ids.new_id()
    connection.exec_driver_sql(
        "insert into subscriptions (subscription_id, topic, name, email, added_by, recorded_at)"
        " values (%s, %s, %s, %s, %s, %s)",
        (subscription_id, *wanted, user, now),
    )
    return _one(connection, subscription_id)


def end(
    connection: Connection, subscription_id: UUID, reason: str, user: str, now: datetime
) -> Any:
    """End a subscription, once."""
    if _one(connection, subscription_id) is None:
        raise not_found("SUBSCRIPTION_NOT_FOUND", f"no subscription {subscription_id}")
    done = connection.exec_driver_sql(
        "insert into subscription_ends (subscription_id, reason, ended_by, recorded_at)"
        " values (%s, %s, %s, %s) on conflict do nothing returning subscription_id",
        (subscription_id, reason, user, now),
    ).one_or_none()
    found = _one(connection, subscription_id)
    if done is None:
        raise conflict("SUBSCRIPTION_ENDED", f"{found.ended_by or 'somebody'} ended it already")
    return found


def of_topic(connection: Connection, topic: str) -> Sequence[Any]:
    """Those who are told of a topic now."""
    return connection.exec_driver_sql(
        f"{_VIEW} where s.topic = %s and e.ended_by is null order by s.subscription_id", (topic,)
    ).all()


def listed(connection: Connection, topic: str, after: UUID, limit: int) -> Sequence[Any]:
    """Subscriptions, those that ended too."""
    return connection.exec_driver_sql(
        f"{_VIEW} where (%(topic)s = '' or s.topic = %(topic)s) and s.subscription_id > %(after)s"
        " order by s.subscription_id limit %(limit)s",
        {"topic": topic, "after": after, "limit": limit},
    ).all()


def _one(connection: Connection, subscription_id: UUID) -> Any:
    return connection.exec_driver_sql(
        f"{_VIEW} where s.subscription_id = %s", (subscription_id,)
    ).one_or_none()
