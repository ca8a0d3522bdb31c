"""NOTI-005: letters that wait for paper are printed once, and told of as they go out."""

import threading
import time
from uuid import UUID

import grpc
import pypdfium2
import pytest

from millage.notifications.v1 import notifications_pb2, notifications_pb2_grpc
from millage.notifications.v1 import printing_pb2 as pb
from millage.notifications.v1 import printing_pb2_grpc as stubs
from notifications_service.printing import commands
from taxkit import testing
from taxkit.ids import new_id

PARCEL = "13264290020000"


def requested(number: int = 1, **changes) -> str:
    """A last letter, which goes by post."""
    notice_id = str(UUID(int=number))
    data = {
        "notice_id": notice_id, "run_id": str(new_id()), "stage": "final",
        "stage_name": "Final notice", "bill_id": str(UUID(int=100 + number)),
        "bill_number": f"B-{number}", "parcel_number": f"P-{number}", "tax_year": 2021,
        "business_date": "2023-03-01", "overdue_cents": 103_000, "balance_on": "2023-02-11",
        "due_on": "2023-01-15", "days_past_due": 45, "bucket": "31-60",
        "answer_by": "2023-03-31", "before_on": "2023-01-30", "rule_id": "r",
        "owner": {"name": "Imogen Vale", "email": "imogen@example.org",
                  "mailing_address": "2901 W Logan Blvd, Chicago, IL 60647"}, **changes,
    }  # fmt: skip
    name = "org.millage.collections.NoticeRequested.v1"
    return testing.foreign_event(name, f"delinquent-notice/{notice_id}", data)


class Press:
    def __init__(self, app, channel, keys) -> None:
        self.app = app
        self.stub = stubs.PrintServiceStub(channel)
        self.notices = notifications_pb2_grpc.NotificationsServiceStub(channel)
        rights = ("notifications.read", "notifications.print")
        self.bearer = testing.bearer(keys.token(*rights, user="bo"))

    def ask_for(self, *bodies: str) -> None:
        self.app.consumer.absorb("on_notice_requested", list(bodies))
        assert testing.parked(self.app) == []

    def start(self, key: str = "", **given) -> pb.PrintBatch:
        request = pb.StartPrintRequest(idempotency_key=key or str(new_id()), **given)
        return self.stub.StartPrint(request, metadata=self.bearer)

    def end(self, how: str, batch_id: str) -> pb.PrintBatch:
        wanted = {"Confirm": pb.ConfirmPrintRequest, "Discard": pb.DiscardPrintRequest}[how]
        request = wanted(idempotency_key=str(new_id()), batch_id=batch_id)
        return getattr(self.stub, f"{how}Print")(request, metadata=self.bearer)

    def read(self, batch_id: str) -> list[str]:
        request = pb.ReadPrintRequest(batch_id=batch_id)
        return _pages(self.stub.ReadPrint(request, metadata=self.bearer))

    def letter(self, notice_id: str) -> list[str]:
        request = pb.ReadLetterRequest(notice_id=notice_id)
        return _pages(self.stub.ReadLetter(request, metadata=self.bearer))

    def notice(self, number: int) -> notifications_pb2.Notice:
        request = notifications_pb2.GetNoticeRequest(notice_id=str(UUID(int=number)))
        return self.notices.GetNotice(request, metadata=self.bearer)

    def told(self) -> list[dict]:
        told = testing.emitted(self.app)
        return [one["data"] for one in told if ".NoticePrinted." in one["type"]]


def _pages(parts) -> list[str]:
    with pypdfium2.PdfDocument(b"".join(part.content for part in parts)) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def _refused(call, *args, **given) -> str:
    with pytest.raises(grpc.RpcError) as refusal:
        call(*args, **given)
    return testing.reason_of(refusal.value)


@pytest.fixture
def press(app, channel, keys) -> Press:
    return Press(app, channel, keys)


def test_noti_005_a_letter_is_printed_once_and_told_of(press) -> None:
    """NOTI-005: read before it goes out, confirmed by a name, and in no other batch."""
    press.ask_for(requested(1), requested(2))
    batch = press.start()
    assert (batch.letter_count, batch.state) == (2, "open")
    pages = press.read(batch.batch_id)
    assert "2901 W Logan Blvd" in pages[0]
    assert "Final notice: tax bill B-1 is past due" in pages[0]
    assert press.read(batch.batch_id) == pages
    assert _refused(press.start) == "NOTHING_TO_PRINT"
    assert press.end("Confirm", batch.batch_id).state == "printed"
    assert press.notice(1).state == notifications_pb2.NOTICE_STATE_PRINTED
    assert press.notice(1).postal_address == "2901 W Logan Blvd\nChicago, IL 60647"
    assert [(one["notice_id"], one["printed_by"]) for one in press.told()] == [
        (str(UUID(int=1)), "bo"), (str(UUID(int=2)), "bo"),
    ]  # fmt: skip
    assert _refused(press.end, "Confirm", batch.batch_id) == "PRINT_ENDED"
    assert _refused(press.end, "Discard", batch.batch_id) == "PRINT_ENDED"
    assert len(press.told()) == 2


def test_noti_005_what_was_discarded_is_printed_again(press) -> None:
    """NOTI-005: nothing is told of a batch that did not go out."""
    press.ask_for(requested())
    press.end("Discard", press.start().batch_id)
    assert press.told() == []
    again = press.start()
    assert again.letter_count == 1
    press.end("Confirm", again.batch_id)
    assert len(press.told()) == 1
    request = pb.ListPrintsRequest(page_size=1)
    listed = press.stub.ListPrints(request, metadata=press.bearer)
    assert [one.state for one in listed.batches] == ["printed"]
    assert listed.next_page_token


def test_coll_010_what_is_held_meanwhile_is_not_printed(press) -> None:
    """COLL-010: looked at once more before it goes on paper; once released it does."""
    press.ask_for(requested(1), requested(2))
    hold = str(new_id())
    held = {"hold_id": hold, "parcel_number": "P-1", "kind": "dispute", "reason": "r",
            "authority": "a", "begins_on": "2022-01-01", "ends_on": None}  # fmt: skip
    name = "org.millage.collections.HoldPlaced.v1"
    told = testing.foreign_event(name, f"hold/{hold}", held)
    press.app.consumer.absorb("on_hold_placed", [told])
    batch = press.start()
    assert batch.letter_count == 1
    assert "B-2" in press.read(batch.batch_id)[0]


def test_noti_005_what_mail_failed_for_is_printed_where_asked(press, sink) -> None:
    """NOTI-005: a mailbox that is not there; the letter on paper is told of after the failure."""
    sink.rcpt_answers = ["550 no such mailbox"]
    press.ask_for(requested(stage="first", before_on=None))
    press.app.sender.send_due()
    assert press.notice(1).state == notifications_pb2.NOTICE_STATE_FAILED
    assert _refused(press.start) == "NOTHING_TO_PRINT"
    batch = press.start(failed_too=True)
    press.end("Confirm", batch.batch_id)
    assert press.notice(1).state == notifications_pb2.NOTICE_STATE_PRINTED


def test_noti_005_kinds_and_limits_choose(press) -> None:
    press.ask_for(*(requested(number) for number in (1, 2, 3)))
    assert _refused(press.start, template="receipt") == "NOTHING_TO_PRINT"
    assert press.start(template="delinquent_final", limit=2).letter_count == 2
    assert press.start().letter_count == 1
    assert _refused(press.start, limit=1001) == "LIMIT_INVALID"
    assert _refused(press.read, str(new_id())) == "PRINT_NOT_FOUND"
    assert _refused(press.letter, str(new_id())) == "NOTICE_NOT_FOUND"


def test_noti_005_two_presses_at_once_share_what_waits(press) -> None:
    """NOTI-005: no letter is in two batches."""
    press.ask_for(*(requested(number) for number in range(1, 21)))
    found: list[int] = []
    reasons: list[str] = []

    def one() -> None:
        try:
            found.append(press.start(limit=10).letter_count)
        except grpc.RpcError as error:
            reasons.append(testing.reason_of(error))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if sum(found) < 20:
        press.start()
    assert {*reasons} <= {"NOTHING_TO_PRINT"}
    with press.app.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "select count(*), count(distinct notice_id) from print_batch_letters"
        ).one()
    assert tuple(rows) == (20, 20)


def test_noti_005_a_press_waits_for_the_one_before_it(press) -> None:
    """NOTI-005: else it might find a letter free that the other took while it looked."""
    press.ask_for(requested(1), requested(2))
    second: list[int] = []
    later = threading.Thread(target=lambda: second.append(press.start().letter_count))

    with press.app.database.begin() as connection:
        first = commands.start(press.app, connection, ("", 1), "ana", failed_too=False)
        later.start()
        waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        until = time.monotonic() + 4
        while not connection.exec_driver_sql(waits).scalar_one() and time.monotonic() < until:
            time.sleep(0.01)
        assert second == []
    later.join(120)

    assert (first.letters, second) == (1, [1])


def test_noti_005_any_notice_can_be_had_as_a_letter(press, posted, notices) -> None:
    """NOTI-002: a receipt, too."""
    receipt = new_id()
    press.app.consumer.absorb("on_payment_posted", [posted(receipt)])
    (page,) = press.letter(str(notices(receipt)[0].notice_id))
    assert "Receipt C-2023-000017" in page
