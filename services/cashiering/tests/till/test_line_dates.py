"""CASH-026: a line may have a date of payment of its own, and be paid under a service's rule."""

import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import sources_pb2
from taxkit import testing

OTHER = "88888888888888"


def _line(counter, bill_id, cents=1_000, **changes):
    return pb.PaymentLine(bill_id=str(bill_id), bill_version=1, amount_cents=cents, **changes)


def _told(app):
    return [one["data"] for one in testing.emitted(app) if one["type"].endswith("PaymentPosted.v1")]


def _pay(counter, session, *lines, **changes):
    tendered = [counter.cash(sum(line.amount_cents for line in lines))]
    return counter.pay(session.session_id, lines=lines, tenders=tendered, **changes)


@pytest.fixture
def dated(counter, session, bill):
    """A receipt of two lines: one of the day, one of December 9."""

    def make(**changes):
        lines = [
            _line(counter, bill()),
            _line(counter, bill(OTHER), 2_000, effective_on="2022-12-09"),
        ]
        return _pay(counter, session, *lines, **changes)

    return make


def test_cash_026_a_line_keeps_its_own_date(app, counter, dated) -> None:
    """In the answer, in the event, and when it is read again."""
    receipt = dated()
    asked = pb.GetReceiptRequest(receipt=receipt.receipt_id)

    assert receipt.effective_on == "2022-12-15"
    assert [line.effective_on for line in receipt.lines] == ["", "2022-12-09"]
    assert counter.stub.GetReceipt(asked, metadata=counter.metadata) == receipt
    assert [line.get("effective_on") for line in _told(app)[0]["lines"]] == [None, "2022-12-09"]


def test_cash_026_a_reversal_tells_the_lines_date_again(app, counter, dated) -> None:
    """It undoes exactly what was posted."""
    counter.reverse(dated().receipt_id)
    reversed_ = testing.emitted(app)[-1]["data"]

    assert [line.get("effective_on") for line in reversed_["lines"]] == [None, "2022-12-09"]


def test_cash_032_the_lines_date_is_what_a_later_payment_stands_against(
    counter, session, bill, dated, refused
) -> None:
    """December 9 was paid: before it nothing is applied to that bill, whatever the receipt says."""
    dated()
    early = _line(counter, bill(OTHER), effective_on="2022-12-08")
    same = _line(counter, bill(OTHER), effective_on="2022-12-09")

    error = refused("BACK_DATED", _pay, counter, session, early)
    assert error.said == {"later_on": "2022-12-09"}
    assert _pay(counter, session, same).total_cents == 1_000


@pytest.mark.parametrize("run", ["lines", "advances", "source_lines"])
def test_cash_026_no_line_is_paid_in_the_future(
    counter, session, refused, unchanged, run: str
) -> None:
    """The field says which line it is."""
    future = {"effective_on": "2022-12-16"}
    ahead = pb.AdvanceLine(advance_type="regular", parcel_number="1", amount_cents=1_000, **future)
    asked = {
        "lines": {"lines": [_line(counter, counter.bill[0], **future)]},
        "advances": {"lines": [], "advances": [ahead]},
        "source_lines": {
            "lines": [], "source_lines": [sources_pb2.SourceEntry(source_code="X", **future)]
        },
    }[run]  # fmt: skip
    with unchanged():
        error = refused(
            "EFFECTIVE_DATE_IN_FUTURE",
            counter.pay, session.session_id, tenders=[counter.cash(1_000)], **asked,
        )  # fmt: skip
    assert error.fields == [f"{run}[0].effective_on"]


def test_cash_009_a_lines_date_needs_the_right(counter, session, keys, refused, unchanged) -> None:
    """As the receipt's does."""
    metadata = testing.bearer(keys.token("cashiering.pay", user="cashier"))
    line = _line(counter, counter.bill[0], effective_on="2022-12-09")
    with unchanged():
        refused(
            "FORBIDDEN", counter.post, counter.order(session.session_id, lines=[line]), metadata
        )


def test_recv_011_a_service_is_told_and_its_own_rule_counts(app, counter, session, bill) -> None:
    """No rule is named, so receivables takes the service's; the mark of a hand is not set."""
    receipt = _pay(counter, session, _line(counter, bill(), service="tax_sale_buyer"))
    (line,) = receipt.lines
    told = _told(app)[0]["lines"][0]["allocation"]

    assert (line.rule_id, line.allocation.service) == ("", "tax_sale_buyer")
    assert (told["rule_id"], told["service"], told["overridden"]) == ("", "tax_sale_buyer", False)


def test_recv_011_a_rule_that_is_named_comes_before_the_services(
    app, counter, session, bill
) -> None:
    """The service is told beside it."""
    chosen = _line(counter, bill(), service="tax_sale_buyer", allocation_rule="statute")
    receipt = _pay(counter, session, chosen)
    told = _told(app)[0]["lines"][0]["allocation"]

    assert receipt.lines[0].rule_id == told["rule_id"] == "statute"
    assert told["service"] == "tax_sale_buyer"
