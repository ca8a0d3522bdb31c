"""NOTI-003: whoever left more than was owed is told once it is held, unless they want no word."""

import json
from typing import Any

import pytest

from taxkit import testing
from taxkit.ids import new_id
from taxkit.testing import parked

SUBJECT = "$2.50 of receipt C-2023-000017 is kept for you"


def surplus(receipt=None, sequence: int = 1, **changes: Any) -> str:
    """A change of held money as receivables publishes it."""
    item_id = str(new_id())
    data = {
        "surplus_item_id": item_id,
        "category": "surplus",
        "subcode": "overpayment",
        "parcel_number": "13264290020000",
        "owner": "Imogen Vale",
        "open_cents": 250,
        "state": "open",
        "reason": "payment",
        "receipt_id": str(receipt or new_id()),
        "tax_year": 2021,
        "business_date": "2023-03-01",
        "receipt_number": "C-2023-000017",
        "payer": {"name": "Ada Moore", "email": "ada@example.com"},
        "surplus_notice_suppressed": False,
        "opened_cents": 250,
        **changes,
    }
    name = "org.millage.receivables.SurplusChanged.v1"
    return testing.foreign_event(name, f"surplus/{item_id}", data, sequence=sequence)


def test_noti_003_the_payer_reads_what_is_kept_and_of_which_receipt(app, sink) -> None:
    """Once, though the event comes twice."""
    body = surplus()
    app.consumer.absorb("on_surplus_changed", [body, body])
    app.consumer.absorb("on_surplus_changed", [body])
    app.sender.send_due()
    (message,) = sink.messages
    assert str(message["Subject"]) == SUBJECT
    assert str(message["To"]) == "Ada Moore <ada@example.com>"
    words = " ".join(message.get_content().split())
    assert "with receipt C-2023-000017 on parcel 13264290020000, tax year 2021, $2.50 is" in words
    assert "changed" not in words


def test_noti_003_a_word_that_cannot_be_written_is_somebody_s_to_look_at(app) -> None:
    """TEMPLATE_FAILED: money is held and nobody is named to tell; it is not lost quietly."""
    nameless = json.loads(surplus())
    del nameless["data"]["payer"]
    app.consumer.absorb("on_surplus_changed", [json.dumps(nameless)])
    app.consumer.absorb("on_surplus_changed", [surplus()])
    ((reason, message),) = parked(app)
    assert reason == "TEMPLATE_FAILED"
    assert "is for the payer: none is named" in message
    with app.database.begin() as connection:
        queued = connection.exec_driver_sql("select count(*) from notices").scalar_one()
    assert queued == 1


def test_noti_003_what_a_correction_left_says_so(app, sink) -> None:
    """A word of why: the payer did nothing then."""
    app.consumer.absorb("on_surplus_changed", [surplus(reason="reallocation", tax_year=None)])
    app.sender.send_due()
    (message,) = sink.messages
    words = " ".join(message.get_content().split())
    assert "on parcel 13264290020000, $2.50 is more than is owed since the bill" in words


@pytest.mark.parametrize(
    "changes",
    [
        {"surplus_notice_suppressed": True},
        {"opened_cents": 0},
        {"category": "advance"},
        {"category": "suspense"},
    ],
    ids=["suppressed", "not new", "an advance", "suspense"],
)
def test_noti_003_nobody_is_written_to_of_what_is_no_news(app, sink, changes) -> None:
    """A payer who wants no word, a change of what was told, money that waits for its bill."""
    app.consumer.absorb("on_surplus_changed", [surplus(**changes)])
    app.sender.send_due()
    assert sink.messages == []
    assert parked(app) == []


def test_noti_003_a_message_from_before_it_was_told_is_left_alone(app, sink) -> None:
    """It names neither payer nor receipt: nothing is written, and nothing is parked."""
    event = json.loads(surplus())
    old = ("category", "parcel_number", "surplus_item_id", "subcode", "owner", "open_cents")
    event["data"] = {name: event["data"][name] for name in old} | {"state": "open"}
    app.consumer.absorb("on_surplus_changed", [json.dumps(event)])
    app.sender.send_due()
    assert sink.messages == []
    assert parked(app) == []


def test_noti_003_without_an_address_it_waits_to_be_printed(app, notices) -> None:
    """As every notice does."""
    receipt = new_id()
    body = surplus(receipt, payer={"name": "Ada Moore", "email": None})
    app.consumer.absorb("on_surplus_changed", [body])
    (notice,) = notices(receipt)
    assert (notice.state, notice.template) == ("to_print", "surplus")


def test_noti_003_a_reversed_receipt_is_told_of_last(app, sink, posted, reversed_) -> None:
    """Its surplus went with it: the last word is that it is void, and none of surplus follows."""
    receipt = new_id()
    app.consumer.absorb("on_payment_posted", [posted(receipt, receipt_print_suppressed=True)])
    app.consumer.absorb("on_payment_reversed", [reversed_(receipt)])
    gone = surplus(receipt, 2, open_cents=0, opened_cents=0, state="closed", reason="reversal")
    app.consumer.absorb("on_surplus_changed", [surplus(receipt), gone])
    for _ in range(3):
        app.sender.send_due()
    assert sink.subjects == [SUBJECT, "Receipt C-2023-000017 is void"]
