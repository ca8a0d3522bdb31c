"""CASH-069, CASH-072: money ahead of a bill, and plans by their number."""

import pytest

from cashiering_service.schemas import PaymentPostedV1, PaymentReversedV1
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2 as money
from taxkit import testing

PIN = "55555555555555"
ADVANCE = {"service_type": "advance", "advance_type": "regular", "amount_cents": 2_500}


@pytest.fixture(autouse=True)
def known(bills) -> None:
    """A parcel whose only bill is paid."""
    bills((PIN, 2021, 0))


def test_cash_069_an_advance_needs_no_balance(app, window, basket, counter) -> None:
    """Kept beside a bill's line in one receipt, told as held money, read as it was answered."""
    window.load(basket, parcel_number=PIN, tax_year=2022, **ADVANCE)
    both = window.load(basket, service_type="advance", escrow_account="E-9", amount_cents=700)
    found = window.change("PostBasket", both, tenders=[counter.cash(3_200)])
    (event,) = testing.emitted(app)

    assert (both.payer.name, both.total_cents) == ("Tamsin Kowalczyk-Reyes", 3_200)
    assert PaymentPostedV1().validate(event["data"]) == {}
    told = [
        (one["kind"], one["advance_type"], one["parcel_number"], one["tax_year"],
         one["escrow_account"], one["amount_cents"], one["bill_id"])
        for one in event["data"]["lines"]
    ]  # fmt: skip
    assert told == [
        ("advance", "regular", PIN, 2022, None, 2_500, None),
        ("advance", "escrow", "", None, "E-9", 700, None),
    ]
    asked = money.GetReceiptRequest(receipt=found.receipt.receipt_id)
    assert counter.stub.GetReceipt(asked, metadata=counter.metadata) == found.receipt
    assert [one.advance_type for one in found.receipt.lines] == ["regular", "escrow"]


def test_cash_069_an_advance_stands_before_the_bills(window, basket, bills, counter) -> None:
    """So that what is tendered above the lines is the last bill's surplus."""
    bills(("6", 2021, 500))
    window.load(basket, parcel_number="6")
    both = window.load(basket, parcel_number=PIN, **ADVANCE)
    given = {"tenders": [counter.check(3_100)], "return_change": False}
    receipt = window.change("PostBasket", both, **given).receipt

    assert [(one.line_number, one.amount_cents) for one in receipt.lines] == [(1, 2_500), (2, 600)]
    assert receipt.surplus_cents == 100


def test_cash_069_a_reversal_takes_an_advance_back_as_it_was(app, window, basket, counter) -> None:
    loaded = window.load(basket, parcel_number=PIN, **ADVANCE)
    receipt = window.change("PostBasket", loaded, tenders=[counter.cash(2_500)]).receipt
    counter.reverse(receipt.receipt_id)
    posted, reversed_ = (event["data"] for event in testing.emitted(app))

    assert PaymentReversedV1().validate(reversed_) == {}
    assert reversed_["lines"] == posted["lines"]


def test_an_advance_alone_is_tendered_exactly_or_with_change(
    window, basket, counter, refused
) -> None:
    """There is no bill that would keep what is over."""
    loaded = window.load(basket, parcel_number=PIN, **ADVANCE)
    over = {"tenders": [counter.check(2_600)], "return_change": False}
    refused("ADVANCE_NOT_EXACT", window.change, "PostBasket", loaded, **over)
    back = window.get(loaded.basket_id)
    change = {"tenders": [counter.cash(2_600)], "return_change": True}

    assert window.change("PostBasket", back, **change).receipt.change_cents == 100


def test_two_advances_of_the_same_keys_are_two(window, basket) -> None:
    """Nothing says that the second is a mistake; the same call again is one."""
    first = window.load(basket, parcel_number=PIN, idempotency_key="one", **ADVANCE)
    window.load(basket, parcel_number=PIN, **ADVANCE)

    assert window.load(basket, parcel_number=PIN, idempotency_key="one", **ADVANCE) == first
    assert window.get(basket.basket_id).line_count == 2


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"advance_type": "regular", "parcel_number": PIN}, "KEY_MISSING"),
        ({"advance_type": "regular", "amount_cents": 1}, "KEY_MISSING"),
        ({"advance_type": "gift", "parcel_number": PIN, "amount_cents": 1}, "ADVANCE_TYPE_UNKNOWN"),
        ({"advance_type": "escrow", "parcel_number": PIN, "amount_cents": 1},
         "ADVANCE_TYPE_UNKNOWN"),
        ({"advance_type": "regular", "parcel_number": "1", "amount_cents": 1}, "PARCEL_NOT_FOUND"),
        ({"advance_type": "regular", "parcel_number": PIN, "amount_cents": -1}, "KEY_INVALID"),
        ({"advance_type": "regular", "parcel_number": PIN, "amount_cents": 2**53},
         "AMOUNT_OUT_OF_RANGE"),
    ],
)  # fmt: skip
def test_an_advance_that_could_not_be_held_is_refused(
    window, basket, refused, unchanged, given, reason
) -> None:
    with unchanged():
        refused(reason, window.load, basket, service_type="advance", **given)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"parcel_number": PIN, "amount_cents": 1}, "ADVANCE_TYPE_MISSING"),
        ({"advance_type": "regular", "amount_cents": 1}, "ADVANCE_KEY_MISSING"),
        ({"advance_type": "regular", "parcel_number": PIN}, "AMOUNT_NOT_POSITIVE"),
        ({"advance_type": "regular", "parcel_number": PIN, "amount_cents": 2**60},
         "AMOUNT_TOO_LARGE"),
        ({"advance_type": "x" * 101, "parcel_number": PIN, "amount_cents": 1}, "TEXT_INVALID"),
    ],
)  # fmt: skip
def test_a_payment_with_a_bad_advance_is_refused(
    counter, session, refused, unchanged, line, reason
) -> None:
    """PostPayment takes advances, too."""
    given = {"lines": [], "advances": [money.AdvanceLine(**line)]}
    with unchanged():
        refused(reason, counter.pay, session.session_id, 1, **given)


def test_cash_072_a_plans_bills_are_loaded_by_its_number(
    window, basket, bills, app, bill_of
) -> None:
    """Those of the parcel that are not in it stay out."""
    bills(("6", 2020, 500), ("6", 2021, 600))
    with app.database.begin() as connection:
        connection.exec_driver_sql("insert into plans values ('PL-1', 'active')")
        connection.exec_driver_sql(
            "insert into plan_bills values ('PL-1', %s)", (bill_of("6", 2020),)
        )
    loaded: pb.Basket = window.load(basket, service_type="payment_plan", plan_number="PL-1")

    assert [line.bill_number for line in loaded.lines] == ["2020-6"]


def test_cash_069_an_advance_finds_its_parcel_by_an_ain_and_keeps_its_year(
    window, basket, bills
) -> None:
    """The number on the deed leads to the parcel; the year is the bill's that is to come."""
    pin = "55555555555555"
    bills((pin, 2021, 0))
    key = {"kind": "ain", "value": "A-55", "parcel_number": pin}
    window.call("RecordAccountKey", account_key=key)
    (line,) = window.load(
        basket,
        service_type="advance",
        advance_type="regular",
        ain="A-55",
        tax_year=2022,
        amount_cents=700,
    ).lines

    assert (line.parcel_number, line.tax_year, line.paying_cents) == (pin, 2022, 700)
