"""Notifications' SQL: whole batches, one statement each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from notifications_service.domain.outcome import Outcome
from notifications_service.domain.wording import Wording
from taxkit.rows import Columns


class NewNotice(NamedTuple):
    notice_id: UUID
    event_id: UUID
    # What the notice is about: a receipt, or a bill.
    receipt_id: UUID | None
    bill_id: UUID | None
    sequence: int
    template: str
    template_version: str
    rule_id: str
    recipient: str
    recipient_name: str
    postal_address: str
    sender: str
    subject_line: str
    body: str
    data: str
    state: str
    reason: str
    queued_at: datetime
    due_at: datetime
    traceparent: str


_NOTICES = Columns(
    {
        "notice_id": "uuid",
        "event_id": "uuid",
        "receipt_id": "uuid",
        "bill_id": "uuid",
        "sequence": "bigint",
        "template": "text",
        "template_version": "text",
        "rule_id": "text",
        "recipient": "text",
        "recipient_name": "text",
        "postal_address": "text",
        "sender": "text",
        "subject_line": "text",
        "body": "text",
        "data": "jsonb",
        "state": "text",
        "reason": "text",
        "queued_at": "timestamptz",
        "due_at": "timestamptz",
        "traceparent": "text",
    }
)
_TEMPLATES = Columns({"template": "text", "version": "text", "subject": "text", "body": "text"})
_OUTCOMES = Columns(
    {
        "notice_id": "uuid",
        "state": "text",
        "attempts": "integer",
        "due_at": "timestamptz",
        "sent_at": "timestamptz",
        "smtp_reply": "text",
        "reason": "text",
    }
)
# Another sender's notices are skipped, and so is one whose receipt or bill has an earlier to send:
# asked for each as it is found, where a join would first compare all that wait.
_DUE = """
select * from notices n
where state = 'pending' and due_at <= %(now)s
  and (
      select 1 from notices earlier
      where earlier.receipt_id = n.receipt_id and earlier.sequence < n.sequence
        and earlier.state = 'pending' limit 1
  ) is null
  and (
      select 1 from notices earlier
      where earlier.bill_id = n.bill_id and earlier.sequence < n.sequence
        and earlier.state = 'pending' limit 1
  ) is null
order by due_at, notice_id limit %(limit)s
for update of n skip locked
"""
_SETTLE = f"""
update notices n set state = v.state, attempts = v.attempts, due_at = v.due_at,
    sent_at = v.sent_at, smtp_reply = v.smtp_reply, reason = v.reason
from {_OUTCOMES.source} where n.notice_id = v.notice_id
"""


def keep_templates(connection: Connection, templates: Sequence[Wording]) -> None:
    """Keep the texts behind the versions that notices name."""
    rows = sorted((one.name, one.version, one.subject_text, one.body_text) for one in templates)
    _TEMPLATES.insert(connection, "template_versions", rows, "on conflict do nothing")


def queue(connection: Connection, notices: Sequence[NewNotice]) -> None:
    """Queue notices, each (event, template, recipient) once (NOTI-011)."""
    _NOTICES.insert(
        connection, "notices", notices, "on conflict (event_id, template, recipient) do nothing"
    )


def due(connection: Connection, now: datetime, limit: int) -> Sequence[Any]:
    """Lock the notices to send now, those that have waited longest first."""
    return connection.exec_driver_sql(_DUE, {"now": now, "limit": limit}).all()


def settle(connection: Connection, outcomes: Sequence[tuple[UUID, Outcome]]) -> None:
    params = _OUTCOMES.params(
        (
            notice_id,
            one.state.value,
            one.attempts,
            one.due_at,
            one.sent_at,
            one.reply,
            one.reason,
        )
        for notice_id, one in outcomes
    )
    connection.exec_driver_sql(_SETTLE, params)


def notice(connection: Connection, notice_id: UUID) -> Any:
    return connection.exec_driver_sql(
        "select * from notices where notice_id = %s", (notice_id,)
    ).one_or_none()


def notices_of(
    connection: Connection, about: str, subject_id: UUID, after: UUID, limit: int
) -> Sequence[Any]:
    """The notices about a receipt (`receipt_id`) or a bill (`bill_id`)."""
    assert about in ("receipt_id", "bill_id"), about
    return connection.exec_driver_sql(
        f"select * from notices where {about} = %s and notice_id > %s order by notice_id limit %s",
        (subject_id, after, limit),
    ).all()
