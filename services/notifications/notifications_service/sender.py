"""Sends queued notices: beside the handlers, never inside their transactions."""

import time
from collections.abc import Sequence
from typing import Any

from notifications_service import store
from notifications_service.domain.letter import Letter
from notifications_service.domain.outcome import NoticeState, Outcome, RetryPolicy, outcome_of
from notifications_service.events import (
    BILL_NOTICE_FAILED,
    BILL_NOTICE_SENT,
    NOTICE_FAILED,
    NOTICE_SENT,
)
from notifications_service.measures import NOTICES
from notifications_service.postbox import MailServerAway, Postbox
from taxkit import ids, logs, outbox
from taxkit.clock import Clock
from taxkit.contracts import OutgoingEvent
from taxkit.db import Database

_log = logs.get(__name__)
# What one crash between the server's answer and our commit can send a second time.
ROUND = 20
# Rounds end well before the database would end an idle transaction.
ROUND_SECONDS = 10
# A worker that is told to stop waits for its burst.
BURST_SECONDS = 5
_PAUSE_MAX_SECONDS = 60


class Sender:
    """One sender; any number may run at once, each on notices the others have not locked."""

    def __init__(
        self, database: Database, clock: Clock, county: str, postbox: Postbox, retry: RetryPolicy
    ) -> None:
        self._database = database
        self._clock = clock
        self._county = county
        self._postbox = postbox
        self._retry = retry
        self._pause = 0.0
        self._resume_at = 0.0

    def send_due(self, seconds: float = BURST_SECONDS) -> bool:
        """Send what is due, over one connection; tells whether time ran out before the notices.

        A mail server that does not answer costs no notice an attempt: the sender itself pauses.
        """
        if time.monotonic() < self._resume_at:
            return False
        started = time.monotonic()
        try:
            while self._round():
                if time.monotonic() - started > seconds:
                    return True
        except MailServerAway as error:
            self._pause = min(max(self._pause * 2, 1), _PAUSE_MAX_SECONDS)
            self._resume_at = time.monotonic() + self._pause
            _log.warning("mail server away", why=str(error), pause_s=self._pause)
        finally:
            self._postbox.close()
        return False

    def _round(self) -> int:
        with self._database.begin() as connection:
            rows = store.due(connection, self._clock.now(), ROUND)
            if not rows:
                return 0
            outcomes = self._send(rows)
            store.settle(connection, [(row.notice_id, outcome) for row, outcome in outcomes])
            told = [event for row, outcome in outcomes if (event := self._event(row, outcome))]
            outbox.store(connection, self._county, told)
        for _, outcome in outcomes:
            NOTICES.labels(outcome.state.value).inc()
        return len(outcomes)

    def _send(self, rows: Sequence[Any]) -> list[tuple[Any, Outcome]]:
        started = time.monotonic()
        self._postbox.open()
        self._pause = 0.0
        outcomes: list[tuple[Any, Outcome]] = []
        for row in rows:
            reply = self._postbox.send(_letter(row))
            outcomes.append((row, outcome_of(reply, row.attempts, self._clock.now(), self._retry)))
            if not self._postbox.is_open or time.monotonic() - started > ROUND_SECONDS:
                break
        return outcomes

    def _event(self, row: Any, outcome: Outcome) -> OutgoingEvent | None:
        if not row.receipt_id and not row.bill_id:
            return None  # of what subscribers are told nobody waits to hear
        field, sent, failed = (
            ("receipt_id", NOTICE_SENT, NOTICE_FAILED)
            if row.receipt_id
            else ("bill_id", BILL_NOTICE_SENT, BILL_NOTICE_FAILED)
        )
        about = {
            "notice_id": str(row.notice_id),
            field: str(getattr(row, field)),
            "template": row.template,
            "recipient": row.recipient,
        }
        if outcome.state is NoticeState.SENT:
            event_type = sent
            about |= {"smtp_reply": outcome.reply, "sent_at": _utc(outcome)}
        elif outcome.state is NoticeState.FAILED:
            event_type = failed
            about |= {"reason": outcome.reason, "attempts": outcome.attempts}
        else:
            return None
        return OutgoingEvent(
            event_id=ids.new_id(),
            type=event_type,
            subject=f"notice/{row.notice_id}",
            sequence=1,
            time=self._clock.now(),
            data=about,
            traceparent=row.traceparent,
            partition_key=f"{field.removesuffix('_id')}/{about[field]}",
        )


def _letter(row: Any) -> Letter:
    return Letter(
        notice_id=row.notice_id,
        sender=row.sender,
        recipient=row.recipient,
        recipient_name=row.recipient_name,
        subject_line=row.subject_line,
        body=row.body,
        queued_at=row.queued_at,
    )


def _utc(outcome: Outcome) -> str:
    assert outcome.sent_at is not None
    return outcome.sent_at.isoformat()
