"""A database, a real SMTP server that keeps its mail, and events as cashiering sends them."""

import asyncio
import email
import email.policy
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from notifications_service.bootstrap import SPEC, NotificationsApp
from taxkit import testing
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import Keys, foreign_event

JURISDICTIONS = Path(__file__).parents[3] / "jurisdictions"
NOON = datetime(2023, 3, 1, 18, tzinfo=UTC)


class MailSink:
    """Keeps every message; `answers` are given to recipients or contents before it accepts."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.rcpt_answers: list[str] = []
        self.data_answers: list[str] = []
        self.sessions: set[int] = set()
        # Whether it tells that commands need not wait for one another.
        self.pipelining = False

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, host: str, told: list[str]
    ) -> list[str]:
        session.host_name = host
        return [told[0], *(["250-PIPELINING"] if self.pipelining else []), *told[1:]]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.rcpt_answers:
            return self.rcpt_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.sessions.add(id(session))
        if self.data_answers:
            answer = self.data_answers.pop(0)
            if answer == "hang up":
                assert server.transport is not None
                server.transport.abort()
                await asyncio.sleep(0)
            return answer
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, policy=email.policy.SMTP)
        assert isinstance(message, EmailMessage)
        assert [str(message["To"].addresses[0].addr_spec)] == envelope.rcpt_tos
        self.messages.append(message)
        return f"250 2.0.0 kept as {len(self.messages)}"

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.messages]


def stop(controller: Controller) -> None:
    """Stop a server, unless the test did."""
    if not controller.loop.is_closed():
        controller.stop()


class AnyPort(Controller):
    """Listens on a free port, which aiosmtpd's own controller does not find out."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def serve_smtp(sink: MailSink) -> Iterator[Callable[..., Controller]]:
    """Start SMTP servers that keep their mail in the sink, with aiosmtpd's options."""
    with ExitStack() as running:

        def start(**options: Any) -> Controller:
            controller = AnyPort(sink, hostname="127.0.0.1", port=0, **options)
            controller.start()
            running.callback(stop, controller)
            return controller

        yield start


@pytest.fixture
def sink() -> MailSink:
    return MailSink()


@pytest.fixture
def smtp(serve_smtp: Callable[..., Controller]) -> Controller:
    return serve_smtp()


@pytest.fixture
def smtp_url(smtp: Controller) -> str:
    return f"smtp://127.0.0.1:{smtp.port}"


@pytest.fixture(scope="session")
def database_url(postgres_admin_url: str) -> Iterator[str]:
    with testing.fresh_database(postgres_admin_url, "notifications") as url:
        yield url


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def app(database_url: str, smtp_url: str, clock: FixedClock) -> Iterator[NotificationsApp]:
    given = {"MILLAGE_JURISDICTIONS_DIR": str(JURISDICTIONS), "MILLAGE_SMTP_URL": smtp_url}
    with testing.application(SPEC, database_url, clock, **given) as built:
        testing.empty(built)
        assert isinstance(built, NotificationsApp)
        yield built


@pytest.fixture(scope="session")
def keys() -> Keys:
    return testing.make_keys()


@pytest.fixture
def channel(app: NotificationsApp, keys: Keys) -> Iterator[grpc.Channel]:
    with testing.server(SPEC, app, keys) as opened:
        yield opened


def _receipt(receipt_id: UUID, payer: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "receipt_id": str(receipt_id),
        "receipt_number": "C-2023-000017",
        "session_id": str(new_id()),
        "business_date": "2023-03-01",
        "effective_on": "2023-03-01",
        "recorded_at": "2023-03-01T18:00:00+00:00",
        "payer": payer or {"name": "Ada Moore", "email": "ada@example.com"},
        "total_cents": 123_456,
        "lines": [
            {
                "line_number": 1,
                "kind": "bill",
                "bill_id": str(new_id()),
                "bill_number": "2021-13264290020000",
                "bill_version": 1,
                "parcel_number": "13264290020000",
                "tax_year": 2021,
                "amount_cents": 123_456,
                "suspense_reason": None,
            }
        ],
    }


@pytest.fixture
def posted() -> Callable[..., str]:
    """Make a PaymentPosted.v1: posted(receipt, payer=None, **changes)."""

    def make(receipt_id: UUID, payer: dict[str, Any] | None = None, **changes: Any) -> str:
        more = {"till_code": "T1", "source": "counter", "received_on": "2023-03-01"}
        data = {**_receipt(receipt_id, payer), **more, "change_cents": 0, "tenders": [], **changes}
        return foreign_event(
            "org.millage.cashiering.PaymentPosted.v1", f"receipt/{receipt_id}", data
        )

    return make


@pytest.fixture
def reversed_() -> Callable[..., str]:
    """Make a PaymentReversed.v1 of the same receipt."""

    def make(receipt_id: UUID, payer: dict[str, Any] | None = None, **changes: Any) -> str:
        more = {"reversal_id": str(new_id()), "reason": "wrong parcel", "reversed_by": "head"}
        data = {**_receipt(receipt_id, payer), **more, **changes}
        return foreign_event(
            "org.millage.cashiering.PaymentReversed.v1",
            f"receipt/{receipt_id}",
            data,
            sequence=2,
        )

    return make


@pytest.fixture
def notices(app: NotificationsApp) -> Callable[..., list[Any]]:
    """Read a receipt's notices, oldest first."""

    def read(receipt_id: UUID) -> list[Any]:
        with app.database.begin() as connection:
            return list(
                connection.exec_driver_sql(
                    "select * from notices where receipt_id = %s order by sequence", (receipt_id,)
                ).all()
            )

    return read


@pytest.fixture
def jurisdiction() -> Path:
    """Cook County's law."""
    return JURISDICTIONS / "us-il-cook"
