"""CASH-017, CASH-039, CASH-043, CASH-055: what a payment makes of lines and tenders."""

import pytest

from cashiering_service.schemas import PaymentPostedV1
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing


def test_cash_055_a_payment_is_stored_answered_and_announced_at_once(
    app, counter, session, rows
) -> None:
    """Receipt, line, tender, answer and event in one transaction; all say the same."""
    receipt = counter.pay(session.session_id, 10_000, note="paid by a neighbour")

    assert receipt.receipt_number == "T01-20221215-1-00001"
    assert receipt.state == pb.RECEIPT_STATE_POSTED
    assert (receipt.total_cents, receipt.change_cents) == (10_000, 0)
    assert (receipt.business_date, receipt.effective_on) == ("2022-12-15", "2022-12-15")
    assert receipt.note == "paid by a neighbour"
    (event,) = testing.emitted(app)
    assert PaymentPostedV1().validate(event["data"]) == {}
    assert event["type"] == "org.millage.cashiering.PaymentPosted.v1"
    assert (event["subject"], int(event["sequence"])) == (f"receipt/{receipt.receipt_id}", 1)
    assert event["traceparent"].split("-")[1] == receipt.trace_id
    told = event["data"]
    assert told["total_cents"] == sum(line["amount_cents"] for line in told["lines"])
    assert (told["lines"][0]["bill_number"], told["lines"][0]["bill_version"]) == (
        "2021-13264290020000", 1,
    )  # fmt: skip
    assert rows("select count(*), sum(total_cents) from receipts") == [(1, 10_000)]


def test_a_receipt_is_read_as_it_was_answered(counter, session) -> None:
    """By id and by number."""
    posted = counter.pay(session.session_id)

    for wanted in (posted.receipt_id, posted.receipt_number):
        request = pb.GetReceiptRequest(receipt=wanted)
        assert counter.stub.GetReceipt(request, metadata=counter.metadata) == posted


def test_cash_039_several_tenders_settle_one_receipt(counter, session) -> None:
    """Cash and a check, each with its own amount."""
    tenders = [counter.cash(260_222), counter.check(1_000_000)]
    receipt = counter.pay(session.session_id, 1_260_222, tenders=tenders)

    assert [(one.amount_cents, one.reference) for one in receipt.tenders] == [
        (260_222, ""), (1_000_000, "1044"),
    ]  # fmt: skip
    assert receipt.change_cents == 0


def test_cash_043_change_is_given_from_cash(app, counter, session) -> None:
    """A hundred dollars for $87.50: $12.50 back; what was received is lines plus change."""
    receipt = counter.pay(session.session_id, 8_750, tenders=[counter.cash(10_000)])

    assert (receipt.total_cents, receipt.change_cents) == (8_750, 1_250)
    (event,) = testing.emitted(app)
    told = event["data"]
    tendered = sum(one["amount_cents"] for one in told["tenders"])
    assert told["total_cents"] == tendered - told["change_cents"]


def test_cash_043_change_comes_out_of_the_cash_beside_a_check(counter, session) -> None:
    """A check over $50 and $60 in cash for $100: $10 back, as that much cash was handed over."""
    tenders = [counter.check(5_000), counter.cash(6_000)]
    receipt = counter.pay(session.session_id, 10_000, tenders=tenders)

    assert receipt.change_cents == 1_000


def test_cash_017_two_bills_of_different_years_are_paid_with_one_tender(
    app, counter, session, rows, bill_of
) -> None:
    """One receipt, two lines, one event."""
    older = rows(
        "select bill_id, open_cents from dues where tax_year = 2019 and open_cents > 500 limit 1"
    )[0]
    lines = [counter.line(70_000), counter.line(500, older[0])]
    receipt = counter.pay(session.session_id, lines=lines, tenders=[counter.check(70_500)])

    assert [(line.line_number, line.tax_year, line.amount_cents) for line in receipt.lines] == [
        (1, 2021, 70_000), (2, 2019, 500),
    ]  # fmt: skip
    (event,) = testing.emitted(app)
    assert {line["kind"] for line in event["data"]["lines"]} == {"bill"}
    assert event["data"]["total_cents"] == 70_500


def test_cash_046_less_than_is_due_is_a_partial_payment(counter, session) -> None:
    """One cent is taken."""
    assert counter.pay(session.session_id, 1).total_cents == 1


def test_cash_041_more_than_is_due_on_a_line_is_taken(counter, session) -> None:
    """The counter does not know the balance for certain: receivables makes surplus of it."""
    assert counter.pay(session.session_id, 5_000_000).total_cents == 5_000_000


def test_cash_009_an_effective_date_of_its_own_needs_a_right(
    counter, session, keys, refused, unchanged
) -> None:
    """With it the date is the receipt's; without it FORBIDDEN."""
    order = counter.order(session.session_id, effective_on="2022-12-01")
    with unchanged():
        plain = testing.bearer(keys.token("cashiering.pay"))
        refused("FORBIDDEN", counter.post, order, metadata=plain)

    receipt = counter.post(order)
    assert (receipt.effective_on, receipt.business_date) == ("2022-12-01", "2022-12-15")


def test_cash_003_a_session_brings_its_effective_date(counter) -> None:
    """For every receipt that names none."""
    session = counter.open(effective_on="2022-12-01")

    assert counter.pay(session.session_id).effective_on == "2022-12-01"


@pytest.mark.parametrize("count", [1, 7])
def test_totals_of_a_day_are_receipts_less_reversals(counter, session, count: int) -> None:
    """The drawer's leg of the tie-out."""
    receipts = [counter.pay(session.session_id, 1_000 + number) for number in range(count)]
    counter.reverse(receipts[0].receipt_id)
    request = pb.GetTotalsRequest(business_date="2022-12-15")
    totals = counter.stub.GetTotals(request, metadata=counter.metadata)

    assert (totals.receipt_count, totals.reversed_cents) == (count, 1_000)
    assert totals.received_cents == sum(1_000 + number for number in range(1, count))


def test_receipts_are_listed_by_session_and_day_in_pages(counter, session, refused) -> None:
    """Each once, in the order they were posted; a filter that is no id is not ignored."""
    other = counter.open("T02", business_date="2022-12-16")
    posted = [counter.pay(session.session_id).receipt_id for _ in range(5)]
    elsewhere = counter.pay(other.session_id).receipt_id

    def listed(**asked) -> list[str]:
        found, token = [], ""
        while True:
            request = pb.ListReceiptsRequest(page_size=2, page_token=token, **asked)
            page = counter.stub.ListReceipts(request, metadata=counter.metadata)
            found += [one.receipt_id for one in page.receipts]
            if not (token := page.next_page_token):
                return found

    assert sorted(posted) == listed(session_id=session.session_id)
    assert listed(business_date="2022-12-16") == [elsewhere]
    assert len(listed()) == 6
    refused("ID_INVALID", listed, session_id="T01")
    refused("DATE_INVALID", listed, business_date="yesterday")
    refused(
        "PAGE_TOKEN_INVALID",
        counter.stub.ListReceipts,
        pb.ListReceiptsRequest(page_token="2"),
        metadata=counter.metadata,
    )
