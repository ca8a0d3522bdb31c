"""Speaks SMTP with the county's mail server: one connection for a burst of notices."""

import smtplib
import ssl
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote, urlsplit

from notifications_service.dialogue import converse
from notifications_service.domain.letter import Letter
from notifications_service.domain.outcome import Reply

_CLOSING = 421


class MailServerAway(Exception):
    """No conversation could be begun: no notice's fault."""


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    encrypted: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def local(self) -> bool:
        return self.host in ("127.0.0.1", "::1", "localhost")


def mail_server(url: str) -> MailServer:
    """Read smtp(s)://user:password@host:port."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("MILLAGE_SMTP_URL has the form smtp(s)://user:password@host:port")
    encrypted = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if encrypted else 25),
        encrypted=encrypted,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


class Postbox:
    def __init__(self, server: MailServer, timeout_seconds: int) -> None:
        self._server = server
        self._timeout = timeout_seconds
        self._smtp: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect, unless a conversation is under way."""
        if self._smtp is not None:
            return
        try:
            self._smtp = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerAway(f"{self._server.host}:{self._server.port}: {error}") from error

    def send(self, letter: Letter) -> Reply:
        """Hand one letter over; gives the server's last word on it."""
        assert self._smtp is not None, "open the postbox first"
        try:
            content = letter.content()
        except (ValueError, LookupError) as error:
            return Reply(0, f"the letter cannot be written: {error}", about_recipient=False)
        try:
            reply = converse(self._smtp, letter, content)
            if not reply.accepted:
                self._smtp.rset()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Reply(0, f"the conversation broke off: {error}", about_recipient=False)
        if reply.code == _CLOSING:
            self._drop()
        return reply

    @property
    def is_open(self) -> bool:
        return self._smtp is not None

    def close(self) -> None:
        """Say goodbye; a server that is gone already does not matter."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Made once, and only where it is needed: reading the trusted authorities takes 20 ms."""
        return ssl.create_default_context()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        smtp: smtplib.SMTP
        if server.encrypted:
            smtp = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._timeout, context=self._context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            self._greet(smtp)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greet(self, smtp: smtplib.SMTP) -> None:
        server, safe = self._server, self._server.encrypted
        smtp.ehlo_or_helo_if_needed()
        if not safe and smtp.has_extn("starttls"):
            smtp.starttls(context=self._context)
            smtp.ehlo()
            safe = True
        if server.user:
            if not safe and not server.local:
                raise smtplib.SMTPException("no TLS is offered: the password is not sent in clear")
            smtp.login(server.user, server.password)
