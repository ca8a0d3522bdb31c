"""A notice as a mail message: the same bytes every time it is sent."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import Header
from email.message import Message
from email.utils import format_datetime, formataddr
from typing import Any
from uuid import UUID

# The newer policies parse and refold every header: half a millisecond a letter instead of a sixth.
_POLICY = policy.compat32.clone(linesep="\r\n")
# RFC 5322, 2.1.1: a server may cut what is longer.
_LINE_LENGTH_MAX = 998


@dataclass(frozen=True, slots=True)
class Letter:
    notice_id: UUID
    sender: str
    recipient: str
    recipient_name: str
    subject_line: str
    body: str
    queued_at: datetime

    @property
    def message_id(self) -> str:
        """Name the notice, so that a server that gets it twice can tell."""
        return f"<{self.notice_id}@{self.sender.rpartition('@')[2]}>"

    def content(self) -> bytes:
        """Write headers and body in seven bits, whatever the language of the name.

        Raises ValueError where a header would hold a line break.
        """
        message: Message[Any, Any] = Message(policy=_POLICY)
        for name, value in self._headers().items():
            if "\r" in value or "\n" in value:
                raise ValueError(f"a line break in {name}")
            message[name] = value if value.isascii() else Header(value, "utf-8", header_name=name)
        if self._body_is_plain():
            message["MIME-Version"] = "1.0"
            message["Content-Type"] = 'text/plain; charset="utf-8"'
            message["Content-Transfer-Encoding"] = "7bit"
            message.set_payload(self.body)
        else:
            message.set_payload(self.body, "utf-8")
        return message.as_bytes()

    def _headers(self) -> dict[str, str]:
        return {
            "From": self.sender,
            "To": formataddr((self.recipient_name, self.recipient)),
            "Subject": self.subject_line,
            "Date": format_datetime(self.queued_at),
            "Message-ID": self.message_id,
            "Auto-Submitted": "auto-generated",
        }

    def _body_is_plain(self) -> bool:
        lines = self.body.split("\n")
        return self.body.isascii() and max(map(len, lines)) <= _LINE_LENGTH_MAX
