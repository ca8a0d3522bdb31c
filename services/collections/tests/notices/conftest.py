"""A desk at which letters are decided on, and what notifications answers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from collections_service.bootstrap import SPEC
from collections_service.notices.sending import send_waiting
from millage.collections.v1 import notices_pb2 as pb
from millage.collections.v1 import notices_pb2_grpc as stubs
from taxkit import ids, testing

RIGHTS = ("collections.read", "collections.notice", "collections.notice.commit")


class NoticeDesk:
    def __init__(self, app, channel, keys) -> None:
        self.app = app
        self.channel = channel
        self.stub = stubs.NoticeServiceStub(channel)
        self.bearer = testing.bearer(keys.token(*RIGHTS, user="ana"))

    def hear(self, method: str, *bodies: str) -> None:
        self.app.consumer.absorb(method, list(bodies))
        assert testing.parked(self.app) == []

    def preview(self, stage: str = "first", key: str = "", **given: Any) -> pb.NoticeRun:
        request = pb.PreviewNoticeRunRequest(
            idempotency_key=key or str(ids.new_id()), stage=stage, **given
        )
        return self.stub.PreviewNoticeRun(request, metadata=self.bearer)

    def commit(self, run_id: str, key: str = "") -> pb.NoticeRun:
        request = pb.CommitNoticeRunRequest(idempotency_key=key or str(ids.new_id()), run_id=run_id)
        return self.stub.CommitNoticeRun(request, metadata=self.bearer)

    def send(self) -> None:
        """What a worker's timer does."""
        send_waiting(self.app)

    def write(self, stage: str = "first") -> pb.NoticeRun:
        """A run from its preview to its end."""
        run = self.preview(stage)
        if run.selected_count:
            self.commit(run.run_id)
            self.send()
        return self.run(run.run_id)

    def run(self, run_id: str) -> pb.NoticeRun:
        request = pb.GetNoticeRunRequest(run_id=run_id)
        return self.stub.GetNoticeRun(request, metadata=self.bearer)

    def bills(self, run_id: str, size: int = 0) -> list[pb.NoticeRunBill]:
        found: list[pb.NoticeRunBill] = []
        token = ""
        while True:
            request = pb.ListNoticeRunBillsRequest(run_id=run_id, page_size=size, page_token=token)
            page = self.stub.ListNoticeRunBills(request, metadata=self.bearer)
            found += page.bills
            if not (token := page.next_page_token):
                return found

    def letters(self, bill_id: UUID) -> list[pb.BillNotice]:
        request = pb.ListBillNoticesRequest(bill_id=str(bill_id))
        return list(self.stub.ListBillNotices(request, metadata=self.bearer).notices)

    def asked(self) -> list[dict[str, Any]]:
        """The letters asked for on the bus, oldest first."""
        told = testing.emitted(self.app)
        return [one["data"] for one in told if ".NoticeRequested." in one["type"]]

    def answer(self, kind: str, notice_id: str, **given: Any) -> None:
        """Notifications tells what became of a letter."""
        name, method, data = {
            "sent": (
                "BillNoticeSent",
                "on_bill_notice_sent",
                {"recipient": "a@example.org", "sent_at": self.app.clock.now().isoformat()},
            ),
            "failed": ("BillNoticeFailed", "on_bill_notice_failed", {"reason": "550 no mailbox"}),
            "printed": (
                "NoticePrinted",
                "on_notice_printed",
                {"printed_on": self.app.clock.today().isoformat(), "printed_by": "bo"},
            ),
        }[kind]
        told = testing.foreign_event(
            f"org.millage.notifications.{name}.v1",
            f"notice/{notice_id}",
            {"notice_id": notice_id, **data, **given},
        )
        self.hear(method, told, told)

    def pass_days(self, days: int) -> None:
        self.app.clock.moment += timedelta(days=days)


@pytest.fixture
def desk(app) -> Iterator[NoticeDesk]:
    keys = testing.make_keys()
    with testing.server(SPEC, app, keys) as channel:
        yield NoticeDesk(app, channel, keys)


@pytest.fixture
def owes(desk, balance):
    """Tell of bills with money open since a day: owes(bill, cents=…, since=…)."""
    sequences: dict[UUID, int] = {}

    def tell(bill: UUID, cents: int = 50_000, since: str = "2023-02-01", **changes: Any) -> None:
        sequences[bill] = sequences.get(bill, 0) + 1
        parts = changes.pop("parts", [(since, cents)] if cents else [])
        given = {"parcel_number": f"P-{bill.int}", "bill_number": f"B-{bill.int}", **changes}
        desk.hear("on_balance_changed", balance(bill, sequences[bill], parts, **given))

    return tell
