"""What callers of notifications' API are told, and refused."""

import grpc
import pytest

from millage.notifications.v1 import notifications_pb2 as pb
from millage.notifications.v1 import notifications_pb2_grpc as stubs
from taxkit.ids import new_id
from taxkit.testing import bearer, reason_of


@pytest.fixture
def stub(channel):
    return stubs.NotificationsServiceStub(channel)


@pytest.fixture
def reader(keys):
    return bearer(keys.token("notifications.read"))


def test_a_receipts_notices_page_by_page(app, stub, reader, posted, reversed_):
    """Receipt and void notice with state, reply and words; a page token leads on."""
    receipt = new_id()
    app.consumer.absorb("on_payment_posted", [posted(receipt)])
    app.consumer.absorb("on_payment_reversed", [reversed_(receipt)])
    app.sender.send_due()
    request = pb.ListNoticesRequest(receipt_id=str(receipt), page_size=1)
    first = stub.ListNotices(request, metadata=reader)
    request.page_token = first.next_page_token
    second = stub.ListNotices(request, metadata=reader)
    assert [one.template for one in (*first.notices, *second.notices)] == ["receipt", "void"]
    assert second.next_page_token == ""
    (notice,) = first.notices
    assert (
        notice.state,
        notice.smtp_reply,
        notice.attempts,
    ) == (pb.NOTICE_STATE_SENT, "250 2.0.0 kept as 1", 1)
    assert notice == stub.GetNotice(
        pb.GetNoticeRequest(notice_id=notice.notice_id), metadata=reader
    )


def test_a_notice_to_print_says_why(app, stub, reader, posted):
    """The counter sees that there is paper to hand over, and for what reason."""
    receipt = new_id()
    app.consumer.absorb(
        "on_payment_posted", [posted(receipt, {"name": "Ada Moore", "email": None})]
    )
    (notice,) = stub.ListNotices(
        pb.ListNoticesRequest(receipt_id=str(receipt)), metadata=reader
    ).notices
    assert (
        notice.state,
        notice.reason,
    ) == (pb.NOTICE_STATE_TO_PRINT, "the payer gave no address")
    assert notice.body.startswith("Ada Moore,")


def test_a_receipt_without_notices_has_an_empty_list(stub, reader):
    """Not heard of yet is no error: the notice follows the payment by itself."""
    request = pb.ListNoticesRequest(receipt_id=str(new_id()))
    assert list(stub.ListNotices(request, metadata=reader).notices) == []


@pytest.mark.parametrize(
    ("method", "request_", "reason"),
    [
        ("ListNotices", pb.ListNoticesRequest(receipt_id="7"), "ID_INVALID"),
        (
            "ListNotices",
            pb.ListNoticesRequest(receipt_id=str(new_id()), page_token="x"),
            "ID_INVALID",
        ),
        ("GetNotice", pb.GetNoticeRequest(notice_id=""), "ID_INVALID"),
        ("GetNotice", pb.GetNoticeRequest(notice_id=str(new_id())), "NOTICE_NOT_FOUND"),
    ],
)
def test_bad_requests_are_refused_with_a_reason(stub, reader, method, request_, reason):
    """A stable reason code each."""
    with pytest.raises(grpc.RpcError) as refused:
        getattr(stub, method)(request_, metadata=reader)
    assert reason == reason_of(refused.value)


@pytest.mark.parametrize("method", ["ListNotices", "GetNotice"])
def test_every_method_needs_the_right_to_read(stub, keys, method):
    """People's addresses are not for everybody."""
    with pytest.raises(grpc.RpcError) as refused:
        getattr(stub, method)(
            getattr(pb, f"{method}Request")(), metadata=bearer(keys.token("cashiering.read"))
        )
    assert reason_of(refused.value) == "FORBIDDEN"
