"""What is said to a mail server to hand one letter over."""

import re
import smtplib

from notifications_service.domain.letter import Letter
from notifications_service.domain.outcome import Reply

_OK, _WILL_FORWARD, _GO_ON = 250, 251, 354
_LEADING_DOT = re.compile(rb"(?m)^\.")
_LINE_END = b"\r\n"


def converse(smtp: smtplib.SMTP, letter: Letter, content: bytes) -> Reply:
    """Hand one letter over; gives the server's last word on it."""
    if smtp.has_extn("pipelining"):
        return _at_once(smtp, letter, content)
    return _step_by_step(smtp, letter, content)


def _at_once(smtp: smtplib.SMTP, letter: Letter, content: bytes) -> Reply:
    """Say who, to whom and that a letter comes without waiting in between (RFC 2920).

    Two waits a letter instead of four: with a server far away, twice as many letters a minute.
    """
    said = (
        f"MAIL FROM:{smtplib.quoteaddr(letter.sender)}",
        f"RCPT TO:{smtplib.quoteaddr(letter.recipient)}",
        "DATA",
    )
    smtp.send("".join(f"{line}\r\n" for line in said))
    (from_code, from_text), (to_code, to_text), (code, text) = (
        smtp.getreply(),
        smtp.getreply(),
        smtp.getreply(),
    )
    refused = None
    if from_code != _OK:
        refused = Reply(from_code, _words(from_text), about_recipient=False)
    elif to_code not in (_OK, _WILL_FORWARD):
        refused = Reply(to_code, _words(to_text))
    if code == _GO_ON:
        # A server may wait for a letter that it has nobody for: it gets an empty one.
        smtp.send((b"" if refused else _framed(content)) + b"." + _LINE_END)
        code, text = smtp.getreply()
    return refused or Reply(code, _words(text))


def _step_by_step(smtp: smtplib.SMTP, letter: Letter, content: bytes) -> Reply:
    code, text = smtp.mail(letter.sender)
    if code != _OK:
        return Reply(code, _words(text), about_recipient=False)
    code, text = smtp.rcpt(letter.recipient)
    if code not in (_OK, _WILL_FORWARD):
        return Reply(code, _words(text))
    try:
        code, text = smtp.data(content)
    except smtplib.SMTPDataError as error:
        refused = error.smtp_error
        code, text = error.smtp_code, refused if isinstance(refused, bytes) else refused.encode()
    return Reply(code, _words(text))


def _framed(content: bytes) -> bytes:
    """Lines that begin with a dot begin with two; the last line is ended (RFC 5321, 4.5.2)."""
    quoted = _LEADING_DOT.sub(b"..", content)
    return quoted if quoted.endswith(_LINE_END) else quoted + _LINE_END


def _words(text: bytes) -> str:
    return " ".join(text.decode("utf-8", errors="replace").replace("\0", " ").split())
