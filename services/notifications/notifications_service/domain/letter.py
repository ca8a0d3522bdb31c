"""A notice as a mail message: the same bytes every time it is sent."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

# Seven bits through any server, whatever the language of the name.
_POLICY = policy.SMTP.clone(cte_type="7bit")


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
        """Write headers and body; the header registry refuses a line break in any of them."""
        message = EmailMessage(policy=_POLICY)
        message["From"] = Address(addr_spec=self.sender)
        message["To"] = Address(self.recipient_name, addr_spec=self.recipient)
        message["Subject"] = self.subject_line
        message["Date"] = format_datetime(self.queued_at)
        message["Message-ID"] = self.message_id
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.body)
        return message.as_bytes()
