"""NOTI-003: what is newly held is told with its payer, and whether they want no word of it."""

import json
from datetime import date

import pytest

from receivables_service.held.item_telling import opened_cents
from taxkit.ids import new_id

PAYER = {"name": "Ada Moore", "email": "ada@example.com"}


def changed(body: str, **data) -> str:
    """A neighbour's message with other data."""
    event = json.loads(body)
    event["data"] |= data
    return json.dumps(event)


def told(ledger):
    return [one["data"] for one in ledger.told("SurplusChanged")]


def news(ledger):
    return [(one["reason"], one["open_cents"], one.get("opened_cents", 0)) for one in told(ledger)]


def pay(app, neighbours, *lines, receipt=None, day="2022-02-10", **data):
    receipt = receipt or new_id()
    body = neighbours.payment_posted(receipt, *lines, day=day)
    body = changed(body, payer=PAYER, receipt_number="W1-2022-000007", **data)
    app.consumer.absorb("on_payment_posted", [body])
    return receipt


def test_noti_003_excess_on_a_line_is_told_with_its_payer(app, bill, neighbours, ledger):
    """NOTI-003: who paid, with which receipt, on what day, and how much of it is held."""
    receipt = pay(app, neighbours, neighbours.line(1, 200_000, bill))
    (one,) = told(ledger)
    assert one["payer"] == PAYER
    assert (one["receipt_id"], one["receipt_number"]) == (str(receipt), "W1-2022-000007")
    assert (one["opened_cents"], one["reason"], one["tax_year"]) == (20_000, "payment", 2021)
    assert (one["business_date"], one["surplus_notice_suppressed"]) == ("2022-02-10", False)


def test_noti_003_the_tills_choice_goes_with_it(app, bill, neighbours, ledger):
    """CASH-055: a payer who wants no word is named as one, whenever the surplus comes about."""
    pay(app, neighbours, neighbours.line(1, 180_000, bill), surplus_notice_suppressed=True)
    lower = [
        {"installment": 1, "due_on": "2022-03-01", "amount_cents": 103_000},
        {"installment": 2, "due_on": "2022-12-30", "amount_cents": 60_000},
    ]
    body = neighbours.bill_corrected(bill, 2, lower, date(2022, 3, 1))
    app.consumer.absorb("on_bill_corrected", [body])
    (one,) = told(ledger)
    assert (one["reason"], one["opened_cents"]) == ("reallocation", 17_000)
    assert (one["payer"], one["surplus_notice_suppressed"]) == (PAYER, True)


def test_noti_003_a_reversal_opens_nothing(app, bill, neighbours, ledger):
    """NOTI-003: told as gone; the same in one batch is never told as held."""
    line = neighbours.line(1, 200_000, bill)
    receipt = pay(app, neighbours, line)
    undone = neighbours.payment_reversed(receipt, line, day="2022-02-11")
    app.consumer.absorb("on_payment_reversed", [undone])
    assert news(ledger) == [("payment", 20_000, 20_000), ("reversal", 0, 0)]


def test_noti_003_a_reversal_that_came_first_leaves_nothing_to_tell(app, bill, neighbours, ledger):
    """NOTI-003: the facts commute, and no surplus is ever held."""
    line, receipt = neighbours.line(1, 200_000, bill), new_id()
    undone = neighbours.payment_reversed(receipt, line, day="2022-02-11")
    app.consumer.absorb("on_payment_reversed", [undone])
    pay(app, neighbours, line, receipt=receipt)
    assert [one for one in news(ledger) if one[2]] == []


def test_noti_003_a_tender_given_back_is_no_news(app, bill, neighbours, ledger):
    """NOTI-003: the item is open again, and was told of when it came about."""
    pay(app, neighbours, neighbours.line(1, 200_000, bill))
    other, receipt = new_id(), new_id()
    body = neighbours.bill_created(other, bill_number="2021-other", parcel_number="other")
    app.consumer.absorb("on_bill_created", [body])
    line = neighbours.line(1, 20_000, other)
    item = told(ledger)[0]["surplus_item_id"]
    tender = [{"tender_type": "surplus", "amount_cents": 20_000, "reference": item}]
    posted = neighbours.payment_posted(receipt, line, tenders=tender)
    app.consumer.absorb("on_payment_posted", [posted])
    undone = neighbours.payment_reversed(receipt, line, day="2022-02-11")
    app.consumer.absorb("on_payment_reversed", [undone])
    assert [(cents, opened) for _, cents, opened in news(ledger)] == [
        (20_000, 20_000),
        (0, 0),
        (20_000, 0),
    ]


def test_noti_003_a_receipt_kept_before_its_payer_was_is_its_owners(app, bill, neighbours, ledger):
    """NOTI-003: without a payer the notice is for the owner, without an address."""
    pay(app, neighbours, neighbours.line(1, 180_000, bill))
    with app.database.begin() as connection:
        connection.exec_driver_sql("update receipts set payer_name = '', payer_email = null")
    lower = [
        {"installment": 1, "due_on": "2022-03-01", "amount_cents": 103_000},
        {"installment": 2, "due_on": "2022-12-30", "amount_cents": 60_000},
    ]
    body = neighbours.bill_corrected(bill, 2, lower, date(2022, 3, 1))
    app.consumer.absorb("on_bill_corrected", [body])
    (one,) = told(ledger)
    assert one["payer"] == {"name": one["owner"], "email": None}


@pytest.mark.parametrize(
    ("before", "after", "kinds", "opened"),
    [
        (0, 100, ["payment"], 100),
        (0, 40, ["payment", "draw"], 40),
        (0, 0, ["payment", "draw"], 0),
        (0, 100, ["draw"], 0),
        (100, 150, ["correction"], 0),
        (100, 0, ["reversal"], 0),
    ],
)
def test_noti_003_what_is_newly_held_was_nothing_before(before, after, kinds, opened):
    """NOTI-003: more of what is held already is no new surplus; a draw given back neither."""
    assert opened_cents(before, after, kinds) == opened
