"""CASH-038, CASH-039, CASH-040: what a tender says of itself, and whether lines follow tenders."""

import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

CASH, CHECK, CARD = pb.TENDER_TYPE_CASH, pb.TENDER_TYPE_CHECK, pb.TENDER_TYPE_CARD


def _card(**identifiers: str) -> pb.Tender:
    return pb.Tender(
        tender_type=CARD, amount_cents=10_000, reference="A77", identifiers=identifiers
    )


def test_cash_038_a_cards_type_and_expiry_are_kept_with_the_receipt(
    app, counter, session, rows
) -> None:
    """The answer, the stored receipt and the row say the same; the bus is not told."""
    card = _card(card_type="visa", expiry="09/27")
    receipt = counter.pay(session.session_id, tenders=[card])

    assert list(receipt.tenders) == [card]
    request = pb.GetReceiptRequest(receipt=receipt.receipt_id)
    assert counter.stub.GetReceipt(request, metadata=counter.metadata) == receipt
    assert rows("select identifiers from tenders") == [({"card_type": "visa", "expiry": "09/27"},)]
    (event,) = testing.emitted(app)
    assert event["data"]["tenders"] == [
        {"tender_type": "card", "amount_cents": 10_000, "reference": "A77"}
    ]


@pytest.mark.parametrize(
    ("identifiers", "reason"),
    [
        ({}, "TENDER_IDENTIFIER_MISSING"),
        ({"card_type": "visa"}, "TENDER_IDENTIFIER_MISSING"),
        ({"card_type": "visa", "expiry": "13/27"}, "TENDER_IDENTIFIER_INVALID"),
        ({"card_type": "visa", "expiry": "09/27\n"}, "TENDER_IDENTIFIER_INVALID"),
        ({"card_type": "v" * 101, "expiry": "09/27"}, "TEXT_INVALID"),
        (
            {"card_type": "visa", "expiry": "09/27", "number": "4111111111111111"},
            "TENDER_IDENTIFIER_UNKNOWN",
        ),
    ],
)
def test_cash_038_a_card_that_does_not_say_what_the_law_asks_is_refused(
    counter, session, refused, unchanged, identifiers: dict[str, str], reason: str
) -> None:
    """The field is named, and nothing is written."""
    with unchanged():
        error = refused(reason, counter.pay, session.session_id, tenders=[_card(**identifiers)])
    assert error.fields[0].startswith("tenders[0].identifiers")


def test_cash_038_cash_says_nothing_of_itself(counter, session, refused) -> None:
    """What is not asked for is not taken."""
    tender = pb.Tender(tender_type=CASH, amount_cents=10_000, identifiers={"expiry": "09/27"})

    refused("TENDER_IDENTIFIER_UNKNOWN", counter.pay, session.session_id, tenders=[tender])


def test_cash_039_one_tender_line_for_the_total(counter, session) -> None:
    """No amount typed: it is what the lines ask for, and the answer carries all four sums."""
    receipt = counter.pay(
        session.session_id, 10_000, tenders=[pb.Tender(tender_type=CASH, rest=True)]
    )

    assert [one.amount_cents for one in receipt.tenders] == [10_000]
    sums = (receipt.due_cents, receipt.tendered_cents, receipt.change_cents, receipt.surplus_cents)
    assert sums == (10_000, 10_000, 0, 0)


def test_cash_039_several_tenders_and_one_for_the_rest(counter, session) -> None:
    """A check, and cash for what it leaves."""
    receipt = counter.pay(
        session.session_id,
        10_000,
        tenders=[counter.check(7_000), pb.Tender(tender_type=CASH, rest=True)],
    )

    assert [one.amount_cents for one in receipt.tenders] == [7_000, 3_000]


@pytest.mark.parametrize("tendered", [9_000, 12_000])
def test_cash_040_a_difference_nobody_answered_for_is_refused_with_both_figures(
    counter, session, refused, unchanged, tendered: int
) -> None:
    """Too much or too little; the same key may be used with the answer."""
    order = counter.order(
        session.session_id, 10_000, tenders=[counter.cash(tendered)], return_change=None
    )
    with unchanged():
        error = refused("ALLOCATE_TENDERED_UNANSWERED", counter.post, order)

    assert error.said == {"tendered_cents": str(tendered), "due_cents": "10000"}
    order.allocate_tendered = True
    receipt = counter.post(order)
    assert [line.amount_cents for line in receipt.lines] == [tendered]
    assert (receipt.due_cents, receipt.change_cents, receipt.surplus_cents) == (tendered, 0, 0)


def test_cash_040_lines_as_they_are_is_an_answer_too(counter, session) -> None:
    """Then what is above is change, as far as the tender gives any."""
    receipt = counter.pay(
        session.session_id,
        10_000,
        tenders=[counter.cash(12_000)],
        return_change=None,
        allocate_tendered=False,
    )

    assert (receipt.due_cents, receipt.change_cents) == (10_000, 2_000)


def test_cash_040_the_last_line_gives_first(app, counter, session, balance, bill_of) -> None:
    """What is not enough for both pays the first as asked; a line left with nothing is left out."""
    app.consumer.absorb("on_balance_changed", [balance("77777777777777", 2021, 5_000)])
    lines = [counter.line(10_000), counter.line(5_000, bill_of("77777777777777", 2021))]
    paid = [
        counter.pay(
            session.session_id,
            lines=lines,
            tenders=[counter.cash(cents)],
            return_change=None,
            allocate_tendered=True,
        ).lines
        for cents in (12_000, 10_000, 16_000)
    ]

    assert [[one.amount_cents for one in each] for each in paid] == [
        [10_000, 2_000],
        [10_000],
        [10_000, 6_000],
    ]


def test_cash_040_nothing_is_asked_when_they_agree(counter, session) -> None:
    """Neither answer is needed."""
    assert counter.pay(session.session_id, 10_000, return_change=None).change_cents == 0
