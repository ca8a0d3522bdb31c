"""What notifications' processes are told beyond what every process is."""

import environ

from taxkit.config import Settings


@environ.config(prefix="MILLAGE", frozen=True)
class NotificationsSettings(Settings):
    smtp_url: str = environ.var("smtp://127.0.0.1:1025", help="smtp(s)://user:password@host:port")
    smtp_timeout_seconds: int = environ.var(5, converter=int, help="for each step")
    notice_sender: str = environ.var("", help="sends instead of the address the pack names")
    notice_attempts: int = environ.var(8, converter=int)
    notice_retry_seconds: int = environ.var(30, converter=int, help="rest after the first failure")
