"""CASH-063, CASH-055: mail and other money taken at a counter, and paper nobody wants."""

import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import corrections_pb2, corrections_pb2_grpc
from taxkit import testing

MAIL = {"source": "mail", "postmarked_on": "2022-12-08"}


def _told(app):
    return [one["data"] for one in testing.emitted(app) if one["type"].endswith("PaymentPosted.v1")]


def _read(counter, receipt):
    return counter.stub.GetReceipt(
        pb.GetReceiptRequest(receipt=receipt.receipt_number), metadata=counter.metadata
    )


def test_cash_063_mail_keeps_its_postmark_and_counts_from_it(app, counter, session, rows) -> None:
    """The receipt, its event and whoever reads it later say the same."""
    receipt = counter.pay(session.session_id, **MAIL, received_on="2022-12-14")
    (told,) = _told(app)

    assert (receipt.source, receipt.postmarked_on) == ("mail", "2022-12-08")
    assert (receipt.effective_on, receipt.received_on) == ("2022-12-08", "2022-12-14")
    assert _read(counter, receipt) == receipt
    for name in ("source", "postmarked_on", "effective_on", "received_on"):
        assert told[name] == getattr(receipt, name)
    assert rows("select postmarked_on::text from receipt_handling") == [("2022-12-08",)]


def test_cash_063_a_plain_payment_says_nothing_of_it(app, counter, session, rows) -> None:
    """No row, no field: what plainly came over the counter costs nothing more."""
    receipt = counter.pay(session.session_id)
    (told,) = _told(app)

    assert (receipt.source, receipt.postmarked_on) == ("counter", "")
    assert not told.keys() & {"postmarked_on", "lender_code", "receipt_print_suppressed"}
    assert rows("select count(*) from receipt_handling") == [(0,)]


@pytest.mark.parametrize("source", ["web", "ivr", "lockbox", "wire", "dmv"])
def test_cash_063_other_ways_use_the_standard_capture(counter, session, source: str) -> None:
    """Their day is the one the money was here."""
    receipt = counter.pay(session.session_id, source=source, received_on="2022-12-12")

    assert (receipt.source, receipt.effective_on) == (source, "2022-12-12")


def test_cash_063_a_lender_pays_under_its_code(app, counter, session, refused, lenders) -> None:
    """Without it nobody could say whose bulk a payment was of; it has to be on file."""
    refused("LENDER_MISSING", counter.pay, session.session_id, source="lender")
    refused("LENDER_NOT_FOUND", counter.pay, session.session_id, source="lender", lender_code="FNB")
    lenders("FNB")
    receipt = counter.pay(session.session_id, source="lender", lender_code="FNB")

    assert (_read(counter, receipt).lender_code, _told(app)[0]["lender_code"]) == ("FNB", "FNB")


def test_cash_063_a_later_payment_does_not_make_mail_late(counter, session, bill, refused) -> None:
    """Nobody chose the postmark; a date that is chosen has to be after the other payment."""
    bill_id = bill()
    lines = {"lines": [counter.line(1_000, bill_id)], "tenders": [counter.cash(1_000)]}
    counter.pay(session.session_id, **lines, effective_on="2022-12-10")

    refused("BACK_DATED", counter.pay, session.session_id, **lines, effective_on="2022-12-08")
    assert counter.pay(session.session_id, **lines, **MAIL).effective_on == "2022-12-08"


def test_cash_009_the_source_needs_a_right(counter, session, keys, refused, unchanged) -> None:
    """As does naming another date."""
    metadata = testing.bearer(keys.token("cashiering.pay", user="cashier"))
    with unchanged():
        for asked in (MAIL, {"received_on": "2022-12-14"}, {"lender_code": "FNB"}):
            order = counter.order(session.session_id, **asked)
            refused("FORBIDDEN", counter.post, order, metadata)
    also = testing.bearer(keys.token("cashiering.pay", "cashiering.payment_source", user="cashier"))

    assert counter.post(counter.order(session.session_id, **MAIL), also).source == "mail"


@pytest.mark.parametrize(
    ("asked", "reason", "field"),
    [
        ({"source": "pigeon"}, "SOURCE_UNKNOWN", "source"),
        ({"source": "mail"}, "POSTMARK_MISSING", "postmarked_on"),
        ({"source": "mail", "postmarked_on": "soon"}, "DATE_INVALID", "postmarked_on"),
        ({**MAIL, "postmarked_on": "2022-12-16"}, "POSTMARK_AFTER_RECEIPT", "postmarked_on"),
        ({**MAIL, "source": "web"}, "POSTMARK_NOT_WANTED", "postmarked_on"),
        ({"source": "web", "received_on": "2023-01-01"}, "RECEIVED_IN_FUTURE", "received_on"),
        ({"source": "m\x00il"}, "TEXT_INVALID", "source"),
        ({"lender_code": "x" * 61}, "TEXT_INVALID", "lender_code"),
    ],
)  # fmt: skip
def test_cash_063_what_cannot_be_is_refused(
    counter, session, refused, unchanged, asked: dict[str, str], reason: str, field: str
) -> None:
    """With the field that is wrong, and nothing written."""
    with unchanged():
        assert refused(reason, counter.pay, session.session_id, **asked).fields == [field]


def test_cash_055_paper_may_be_suppressed(app, counter, session) -> None:
    """The flags are kept with the receipt and told, each by itself."""
    without_print = counter.pay(session.session_id, suppress_receipt_print=True)
    without_notice = counter.pay(session.session_id, suppress_surplus_notice=True)
    found = [_read(counter, one) for one in (without_print, without_notice)]

    assert [one.receipt_print_suppressed for one in found] == [True, False]
    assert [one.surplus_notice_suppressed for one in found] == [False, True]
    assert [
        (one.get("receipt_print_suppressed"), one.get("surplus_notice_suppressed"))
        for one in _told(app)
    ] == [(True, None), (None, True)]


def test_cash_060_repaying_mail_gives_its_postmark_back(app, counter, session, channel) -> None:
    """Sent again as it is, it is the same payment."""
    receipt = counter.pay(session.session_id, **MAIL, suppress_receipt_print=True)
    stub = corrections_pb2_grpc.CorrectionsServiceStub(channel)
    order = stub.RepayReversal(
        corrections_pb2.RepayReversalRequest(
            idempotency_key=counter.key(),
            receipt_number=receipt.receipt_number,
            receipt_year=2022,
            reason="wrong parcel",
        ),
        metadata=counter.metadata,
    ).order
    order.idempotency_key = counter.key()
    again = counter.post(order)

    assert (again.source, again.postmarked_on, again.effective_on) == (
        "mail", "2022-12-08", "2022-12-08",
    )  # fmt: skip
    assert again.receipt_print_suppressed
