"""NOTI-005: letters about overdue bills are worded by their stage, and each is answered."""

import json
from pathlib import Path

import pytest

from notifications_service.domain.plaintext import postal_lines
from taxkit import testing
from taxkit.ids import new_id

OWNER = {
    "name": "Imogen Vale",
    "email": "imogen.vale@example.org",
    "mailing_address": "2901 W Logan Blvd, Chicago, IL 60647",
}


def requested(stage: str = "first", **changes) -> str:
    """A letter as collections asks for it."""
    notice_id = changes.pop("notice_id", str(new_id()))
    data = {
        "notice_id": notice_id,
        "run_id": str(new_id()),
        "stage": stage,
        "stage_name": "First notice",
        "bill_id": str(new_id()),
        "bill_number": "2021-13264290020000",
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "business_date": "2023-03-01",
        "overdue_cents": 103_000,
        "balance_on": "2023-02-11",
        "due_on": "2023-01-15",
        "days_past_due": 45,
        "bucket": "31-60",
        "answer_by": "2023-03-31",
        "before_on": "2023-01-30" if stage == "final" else None,
        "owner": OWNER,
        "rule_id": "r",
        **changes,
    }
    name = "org.millage.collections.NoticeRequested.v1"
    return testing.foreign_event(name, f"delinquent-notice/{notice_id}", data)


def _notices(app) -> list:
    with app.database.begin() as connection:
        return list(connection.exec_driver_sql("select * from notices order by queued_at"))


def _told(app, name: str) -> list[dict]:
    return [one["data"] for one in testing.emitted(app) if f".{name}." in one["type"]]


def test_noti_005_an_owner_reads_what_is_overdue(app, sink) -> None:
    """NOTI-005: over real SMTP, once, under the id collections gave it."""
    notice_id = str(new_id())
    body = requested(notice_id=notice_id)
    app.consumer.absorb("on_notice_requested", [body, body])
    app.sender.send_due()
    (message,) = sink.messages
    assert str(message["Subject"]) == "Tax bill 2021-13264290020000 is past due"
    words = message.get_content()
    assert "$1,030.00 was overdue on 2023-02-11" in words
    assert "Please pay by 2023-03-31" in words
    (sent,) = _told(app, "BillNoticeSent")
    assert (sent["notice_id"], sent["template"]) == (notice_id, "delinquent_first")


def test_noti_005_the_last_letter_goes_by_post(app, sink) -> None:
    """NOTI-005: whatever address for mail is known; it names the letter before."""
    app.consumer.absorb("on_notice_requested", [requested("final")])
    app.sender.send_due()
    assert list(sink.messages) == []
    (letter,) = _notices(app)
    assert (letter.state, letter.reason, letter.template) == (
        "to_print", "it goes by post", "delinquent_final",
    )  # fmt: skip
    assert letter.postal_address == "2901 W Logan Blvd\nChicago, IL 60647"
    assert "we wrote to you on 2023-01-30" in letter.body


def test_noti_005_without_an_address_for_mail_it_is_printed(app, sink) -> None:
    owner = {"name": "Imogen Vale", "email": None, "mailing_address": ""}
    app.consumer.absorb("on_notice_requested", [requested(owner=owner)])
    app.sender.send_due()
    (letter,) = _notices(app)
    assert (letter.state, letter.postal_address) == ("to_print", "")


def test_noti_005_of_a_held_parcel_no_letter_is_written_and_that_is_told(app, sink) -> None:
    """NOTI-005: whoever asked hears of it; what was asked for beside it is written."""
    hold = str(new_id())
    held = {
        "hold_id": hold, "parcel_number": "13264290020000", "kind": "dispute", "reason": "r",
        "authority": "a", "begins_on": "2022-01-01", "ends_on": None,
    }  # fmt: skip
    name = "org.millage.collections.HoldPlaced.v1"
    app.consumer.absorb("on_hold_placed", [testing.foreign_event(name, f"hold/{hold}", held)])
    other = requested(parcel_number="99")
    app.consumer.absorb("on_notice_requested", [requested(), other])
    app.sender.send_due()
    assert len(sink.messages) == 1
    (failed,) = _told(app, "BillNoticeFailed")
    assert (failed["reason"], failed["attempts"]) == (
        "the parcel is held: nobody writes about it", 0,
    )  # fmt: skip


def test_noti_005_what_was_withheld_is_written_when_it_is_asked_for_again(app, sink) -> None:
    """By the name it had before: the hold is over."""
    notice_id, hold = str(new_id()), str(new_id())
    on = {"hold_id": hold, "parcel_number": "13264290020000", "kind": "dispute", "reason": "r",
          "authority": "a", "begins_on": "2022-01-01", "ends_on": None}  # fmt: skip
    name = "org.millage.collections.HoldPlaced.v1"
    app.consumer.absorb("on_hold_placed", [testing.foreign_event(name, f"hold/{hold}", on)])
    app.consumer.absorb("on_notice_requested", [requested(notice_id=notice_id)])
    off = {"hold_id": hold, "parcel_number": "13264290020000", "kind": "dispute", "reason": "r",
           "released_on": "2023-02-28"}  # fmt: skip
    name = "org.millage.collections.HoldReleased.v1"
    app.consumer.absorb(
        "on_hold_released", [testing.foreign_event(name, f"hold/{hold}", off, sequence=2)]
    )
    app.consumer.absorb("on_notice_requested", [requested(notice_id=notice_id)])
    app.sender.send_due()
    assert testing.parked(app) == []
    assert [str(one.notice_id) for one in _notices(app)] == [notice_id]
    assert len(sink.messages) == 1


def test_noti_005_a_letter_nobody_can_word_is_refused_by_name(app) -> None:
    """NOTI-005: collections and the pack disagree on the stages: it is parked for a person."""
    app.consumer.absorb("on_notice_requested", [requested("third")])
    ((reason, _),) = testing.parked(app)
    assert reason == "NO_NOTICE_FOR_STAGE"
    assert _notices(app) == []


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ("PO Box 12, Chicago", ["PO Box 12", "Chicago"]),
        ("12 Main St\nApt 3\nElm, TX 75001", ["12 Main St", "Apt 3", "Elm, TX 75001"]),
        ("c/o\x00 Nobody\r\n\r\nElm", ["c/o Nobody", "Elm"]),
        ("x" * 100, ["x" * 60]),
        ("\n".join("abcdefgh"), list("abcde")),
        ("", []),
        (None, []),
    ],
)
def test_noti_005_an_address_is_lines_of_a_letter(given, lines: list[str]) -> None:
    """NOTI-005: nothing typed leaves its line, and no address its window."""
    assert postal_lines(given).splitlines() == lines


def test_noti_005_the_golden_example_is_read(app, sink) -> None:
    """NOTI-005: collections' own example makes a letter."""
    example = Path(__file__).parents[4] / "events/collections/NoticeRequested.v1.example.json"
    envelope = json.loads(example.read_text("utf-8"))
    app.consumer.absorb("on_notice_requested", [json.dumps(envelope)])
    assert [one.template for one in _notices(app)] == ["delinquent_final"]
