"""NOTI-004: whoever saved is told how much and what is owed now, once (AC-12)."""

import pytest

from taxkit import testing
from taxkit.ids import new_id


def discount(name: str = "DiscountApplied", **changes) -> str:
    """An event of a discount as receivables publishes it."""
    bill_id = new_id()
    data = {
        "grant_id": str(new_id()),
        "posting_id": str(new_id()),
        "receipt_id": str(new_id()),
        "payment_id": str(new_id()),
        "bill_id": str(bill_id),
        "bill_number": "2021-13264290020000",
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "program": "early",
        "discount_type": "early",
        "rate": "0.05",
        "gl_account": "4190",
        "rule_id": "r",
        "cause": "payment",
        "exception": False,
        "business_date": "2022-01-15",
        "effective_on": "2022-01-15",
        "amount_cents": 15_000,
        "rows": [],
        "open_cents": 0,
        "owner": {"name": "Imogen Vale", "email": "imogen.vale@example.org"},
        **changes,
    }
    return testing.foreign_event(f"org.millage.receivables.{name}.v1", f"bill/{bill_id}", data)


def test_ac_12_the_owner_reads_what_was_saved(app, sink) -> None:
    """NOTI-004: 150.00 saved, nothing owed; told again, it is written once."""
    body = discount()
    app.consumer.absorb("on_discount_applied", [body, body])
    app.sender.send_due()
    (message,) = sink.messages
    assert str(message["Subject"]) == "You saved $150.00 on tax bill 2021-13264290020000"
    words = message.get_content()
    assert "$150.00" in words
    assert "now owes $0.00" in words


def test_noti_004_what_is_owed_again_is_told_too(app, sink) -> None:
    body = discount("DiscountReversed", open_cents=15_000)
    app.consumer.absorb("on_discount_reversed", [body])
    app.sender.send_due()
    (message,) = sink.messages
    assert "is owed again" in str(message["Subject"])
    assert "now owes $150.00" in message.get_content()


@pytest.mark.parametrize("email", [None, "not an address"])
def test_noti_004_without_an_address_it_waits_to_be_printed(app, sink, email) -> None:
    body = discount(owner={"name": "Imogen Vale", "email": email})
    app.consumer.absorb("on_discount_applied", [body])
    app.sender.send_due()
    assert list(sink.messages) == []
    with app.database.begin() as connection:
        (state,) = connection.exec_driver_sql("select state from notices").scalars()
    assert state == "to_print"


def ending(**changes) -> str:
    """A reminder as receivables tells it."""
    bill_id = str(new_id())
    data = {
        "bill_id": bill_id,
        "bill_number": "2021-13264290020000",
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "programs": ["early"],
        "discount_cents": 15_000,
        "settles_cents": 285_000,
        "open_cents": 300_000,
        "last_day": "2022-01-31",
        "days_left": 8,
        "business_date": "2022-01-24",
        "owner": {"name": "Imogen Vale", "email": "imogen.vale@example.org"},
        **changes,
    }
    subject = f"discount-period/{bill_id}/2022-01-31"
    name = "org.millage.receivables.DiscountPeriodEnding.v1"
    return testing.foreign_event(name, subject, data)


def test_noti_004_an_owner_reads_until_when_what_is_saved(app, sink) -> None:
    """Over real SMTP; told again, it is written once."""
    body = ending()
    app.consumer.absorb("on_discount_period_ending", [body, body])
    app.sender.send_due()
    (message,) = sink.messages
    subject = "Pay tax bill 2021-13264290020000 by 2022-01-31 and save $150.00"
    assert str(message["Subject"]) == subject
    words = message.get_content()
    assert "$2,850.00 through 2022-01-31" in words
    assert "owes $3,000.00" in words


def test_noti_004_a_reminder_without_an_address_is_printed(app, sink) -> None:
    app.consumer.absorb("on_discount_period_ending", [ending(owner={"name": "V", "email": None})])
    app.sender.send_due()
    assert list(sink.messages) == []
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql("select state, template from notices").all()
    assert [tuple(row) for row in rows] == [("to_print", "discount_ending")]


def test_noti_005_nobody_is_reminded_while_the_parcel_is_held(app, sink) -> None:
    """Once it is released, the next one is written."""
    hold = str(new_id())
    held = {"hold_id": hold, "parcel_number": "13264290020000", "kind": "bankruptcy", "reason": "r"}
    placed = held | {"authority": "court", "begins_on": "2022-01-01", "ends_on": None}
    name = "org.millage.collections.HoldPlaced.v1"
    app.consumer.absorb("on_hold_placed", [testing.foreign_event(name, f"hold/{hold}", placed)])
    app.consumer.absorb("on_discount_period_ending", [ending()])
    app.sender.send_due()
    assert list(sink.messages) == []
    name = "org.millage.collections.HoldReleased.v1"
    released = held | {"released_on": "2022-06-01"}
    over = testing.foreign_event(name, f"hold/{hold}", released, sequence=2)
    app.consumer.absorb("on_hold_released", [over])
    app.consumer.absorb("on_discount_period_ending", [ending()])
    app.sender.send_due()
    assert len(sink.messages) == 1
