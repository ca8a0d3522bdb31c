"""What a mail server's answer means for a notice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class NoticeState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    TO_PRINT = "to_print"
    PRINTED = "printed"


@dataclass(frozen=True, slots=True)
class Reply:
    """The server's last word on one message; code 0 when the conversation broke off."""

    code: int
    text: str
    # A refusal of our own side (sender, connection) says nothing about the recipient.
    about_recipient: bool = True

    @property
    def accepted(self) -> bool:
        return 200 <= self.code < 300

    @property
    def final(self) -> bool:
        return self.accepted or (self.about_recipient and 500 <= self.code < 600)

    def __str__(self) -> str:
        return f"{self.code} {self.text}" if self.code else self.text


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a notice is tried, and how long it rests after the first failure."""

    attempts_max: int
    first_rest: timedelta
    rest_max: timedelta = timedelta(hours=4)

    def rest_after(self, attempts: int) -> timedelta:
        """Double the rest with every failure, up to a limit."""
        rest = self.first_rest * (1 << min(attempts - 1, 30))
        return min(rest, self.rest_max)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A notice's state after an attempt."""

    state: NoticeState
    attempts: int
    due_at: datetime
    sent_at: datetime | None
    reply: str
    reason: str


def outcome_of(reply: Reply, attempts_before: int, now: datetime, retry: RetryPolicy) -> Outcome:
    """Decide what follows from an attempt: done, given up, or tried again later."""
    attempts, words = attempts_before + 1, str(reply)[:1000]
    if reply.accepted:
        return Outcome(NoticeState.SENT, attempts, now, now, words, "")
    if reply.final:
        return Outcome(NoticeState.FAILED, attempts, now, None, words, f"refused: {words}")
    if attempts >= retry.attempts_max:
        reason = f"given up after {attempts} attempts: {words}"
        return Outcome(NoticeState.FAILED, attempts, now, None, words, reason)
    due_at = now + retry.rest_after(attempts)
    return Outcome(NoticeState.PENDING, attempts, due_at, None, words, "")
