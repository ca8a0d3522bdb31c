"""A mail server that keeps every message as a file and delivers none of them.

`python -m devkit.smtp --listen 127.0.0.1:1025 --folder mail`
"""

import argparse
import asyncio
import itertools
import signal
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

_LARGEST_MESSAGE = 32 * 1024 * 1024


class KeepingHandler:
    """Accepts whatever comes, writing each message beside and renaming it when complete."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def handle_EHLO(  # noqa: N802  aiosmtpd's name
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Tell that commands need not wait for one another, as most mail servers do (RFC 2920)."""
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]]

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Store the message with the envelope's addresses on top."""
        content = envelope.original_content or b""
        name = f"{time.time_ns()}-{next(self._numbers):06}.eml"
        top = f"X-Envelope-From: {envelope.mail_from}\r\n" + "".join(
            f"X-Envelope-To: {address}\r\n" for address in envelope.rcpt_tos
        )
        beside = self._folder / f".{name}"
        beside.write_bytes(top.encode("utf-8") + content)
        beside.replace(self._folder / name)
        print(f"{envelope.mail_from} -> {', '.join(envelope.rcpt_tos)}: {name}", flush=True)
        return f"250 2.0.0 kept as {name}"


async def serve(host: str, port: int, folder: Path) -> None:
    """Listen until SIGTERM or SIGINT."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    handler = KeepingHandler(folder)

    def conversation() -> SMTP:
        return SMTP(
            handler, hostname="localhost", enable_SMTPUTF8=True, data_size_limit=_LARGEST_MESSAGE
        )

    server = await loop.create_server(conversation, host, port)
    print(f"keeping mail for {host}:{port} in {folder}", flush=True)
    await ended.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Keep mail as files; deliver none.")
    parser.add_argument("--listen", default="127.0.0.1:1025")
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    host, _, port = given.listen.rpartition(":")
    asyncio.run(serve(host, int(port), given.folder))


if __name__ == "__main__":
    main()
