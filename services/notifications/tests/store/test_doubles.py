"""NOTI-011: a sender that dies before its commit sends again under the same name, told once."""

import pytest

from notifications_service import store
from taxkit import testing
from taxkit.ids import new_id


def test_noti_011_after_a_crash_the_same_message_goes_out_again(app, sink, posted, monkeypatch):
    """NOTI-011: between the server's answer and our commit; nothing is lost, and one event told."""
    app.consumer.absorb("on_payment_posted", [posted(new_id())])

    def die(*_given) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(store, "settle", die)
        with pytest.raises(RuntimeError, match="killed"):
            app.sender.send_due()
    assert testing.emitted(app) == []
    app.sender.send_due()
    first, again = sink.messages
    assert first["Message-ID"] == again["Message-ID"]
    assert first.as_bytes() == again.as_bytes()
    assert [one["type"] for one in testing.emitted(app)] == [
        "org.millage.notifications.NoticeSent.v1"
    ]
