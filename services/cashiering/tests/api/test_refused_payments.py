"""Bad input is refused with its stable reason, and no trace of it is left."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import grpc
import pytest

from cashiering_service.domain.accepting import TENDERS_MAX
from cashiering_service.domain.receipt import LINES_MAX
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing
from taxkit.money import CENTS_MAX

NOBODY = UUID(int=7)


def _line(cents: int, version: int = 1, bill_id: str = ""):
    return lambda counter: {
        "lines": [pb.PaymentLine(
            bill_id=bill_id or str(counter.bill[0]), bill_version=version, amount_cents=cents
        )],
        "tenders": [counter.cash(max(cents, 1))],
    }  # fmt: skip


def _tenders(*tenders: pb.Tender):
    return lambda _counter: {"tenders": list(tenders)}


CASH, CHECK = pb.TENDER_TYPE_CASH, pb.TENDER_TYPE_CHECK
BAD = {
    "unknown bill": (_line(100, bill_id=str(NOBODY)), "BILL_NOT_FOUND"),
    "bill id that is none": (_line(100, bill_id="x"), "ID_INVALID"),
    "wrong bill version": (_line(100, version=2), "BILL_VERSION_MISMATCH"),
    "no bill version": (_line(100, version=0), "BILL_VERSION_MISMATCH"),
    "amount zero": (_line(0), "AMOUNT_NOT_POSITIVE"),
    "amount negative": (_line(-1), "AMOUNT_NOT_POSITIVE"),
    "amount the most negative": (_line(-(2**63)), "AMOUNT_NOT_POSITIVE"),
    "amount beyond 2^53": (_line(CENTS_MAX + 1), "AMOUNT_TOO_LARGE"),
    "amount the largest there is": (_line(2**63 - 1), "AMOUNT_TOO_LARGE"),
    "no tender": (_tenders(), "TENDER_MISSING"),
    "tender short": (
        _tenders(pb.Tender(tender_type=CASH, amount_cents=9_999)), "TENDERS_UNBALANCED",
    ),
    "tender short, and no change wanted": (
        lambda c: {"tenders": [c.cash(9_999)], "return_change": False}, "TENDERS_UNBALANCED",
    ),
    "tenders beyond 2^53": (
        _tenders(*[pb.Tender(tender_type=CASH, amount_cents=2**52)] * 2), "AMOUNT_TOO_LARGE",
    ),
    "tender of nothing": (
        _tenders(pb.Tender(tender_type=CASH, amount_cents=0)), "AMOUNT_NOT_POSITIVE",
    ),
    "tender negative": (
        _tenders(
            pb.Tender(tender_type=CASH, amount_cents=20_000),
            pb.Tender(tender_type=CASH, amount_cents=-10_000),
        ),
        "AMOUNT_NOT_POSITIVE",
    ),
    "tender beyond 2^53": (
        _tenders(pb.Tender(tender_type=CASH, amount_cents=2**53)), "AMOUNT_TOO_LARGE",
    ),
    "tender of no type": (_tenders(pb.Tender(amount_cents=10_000)), "TENDER_TYPE_UNKNOWN"),
    "tender of a type to come": (
        _tenders(pb.Tender(tender_type=77, amount_cents=10_000)), "TENDER_TYPE_UNKNOWN",
    ),
    "check without a number": (
        _tenders(pb.Tender(tender_type=CHECK, amount_cents=10_000)), "TENDER_REFERENCE_MISSING",
    ),
    "reference with a NUL": (
        _tenders(pb.Tender(tender_type=CHECK, amount_cents=10_000, reference="1\x00")),
        "TEXT_INVALID",
    ),
    "too many tenders": (
        _tenders(*[pb.Tender(tender_type=CASH, amount_cents=100)] * (TENDERS_MAX + 1)),
        "TENDERS_COUNT",
    ),
    "no line": (lambda _: {"lines": []}, "LINES_COUNT"),
    "too many lines": (lambda c: {"lines": [c.line(1)] * (LINES_MAX + 1)}, "LINES_COUNT"),
    "bill twice": (lambda c: {"lines": [c.line(1), c.line(2)]}, "BILL_TWICE"),
    "lines beyond 2^53": (
        lambda c: {"lines": [c.line(CENTS_MAX), c.line(1, c.other_bill[0])]}, "AMOUNT_TOO_LARGE",
    ),
    "no session": (lambda _: {"session_id": str(NOBODY)}, "NO_OPEN_SESSION"),
    "session id that is none": (lambda _: {"session_id": "T01"}, "ID_INVALID"),
    "no key": (lambda _: {"idempotency_key": ""}, "IDEMPOTENCY_KEY_INVALID"),
    "key too long": (lambda _: {"idempotency_key": "k" * 201}, "IDEMPOTENCY_KEY_INVALID"),
    "key with a NUL": (lambda _: {"idempotency_key": "k\x00"}, "IDEMPOTENCY_KEY_INVALID"),
    "payer with a NUL": (lambda _: {"payer": pb.Payer(name="a\x00b")}, "TEXT_INVALID"),
    "payer's name too long": (lambda _: {"payer": pb.Payer(name="a" * 201)}, "TEXT_INVALID"),
    "payer's address too long": (lambda _: {"payer": pb.Payer(email="a" * 255)}, "TEXT_INVALID"),
    "payer's home too long": (
        lambda _: {"payer": pb.Payer(mailing_address="a" * 501)}, "TEXT_INVALID",
    ),
    "note too long": (lambda _: {"note": "n" * 501}, "TEXT_INVALID"),
    "effective date in words": (lambda _: {"effective_on": "today"}, "DATE_INVALID"),
    "effective date to come": (
        lambda _: {"effective_on": "2022-12-16"}, "EFFECTIVE_DATE_IN_FUTURE",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_cash_055_bad_input_is_refused_and_leaves_nothing(
    counter, session, refused, unchanged, case: str
) -> None:
    """No receipt, no number taken, no key remembered, no event."""
    change, reason = BAD[case]
    with unchanged():
        refused(reason, counter.pay, session.session_id, **change(counter))

    assert counter.pay(session.session_id).receipt_number.endswith("-00001")


def test_a_refusal_names_the_field(counter, session, refused) -> None:
    """So that a form can point at it."""
    lines = [counter.line(100), counter.line(-5, counter.other_bill[0])]
    error = refused("AMOUNT_NOT_POSITIVE", counter.pay, session.session_id, lines=lines)

    assert error.fields == ["lines[1].amount_cents"]
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_wrong_version_is_answered_with_the_right_one(counter, session, refused) -> None:
    """The window quotes again."""
    error = refused(
        "BILL_VERSION_MISMATCH", counter.pay, session.session_id, lines=[counter.line(1, None, 9)]
    )

    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "version 1" in error.details()


def test_cash_002_a_closed_session_takes_no_money(counter, session, refused, unchanged) -> None:
    """SESSION_CLOSED."""
    counter.close(session.session_id)
    with unchanged():
        refused("SESSION_CLOSED", counter.pay, session.session_id)


@pytest.mark.parametrize(
    ("token", "reason", "code"),
    [
        ("", "TOKEN_MISSING", grpc.StatusCode.UNAUTHENTICATED),
        ("nonsense", "TOKEN_INVALID", grpc.StatusCode.UNAUTHENTICATED),
        ("expired", "TOKEN_EXPIRED", grpc.StatusCode.UNAUTHENTICATED),
        ("stranger", "TOKEN_INVALID", grpc.StatusCode.UNAUTHENTICATED),
        ("reader", "FORBIDDEN", grpc.StatusCode.PERMISSION_DENIED),
        ("collector", "FORBIDDEN", grpc.StatusCode.PERMISSION_DENIED),
    ],
)
def test_cash_009_who_may_not_pay_is_refused(
    counter, session, keys, refused, unchanged, token: str, reason: str, code
) -> None:
    """Missing, forged, expired, signed by another key, or of another role."""
    made = {
        "expired": keys.expired_token("cashiering.*"),
        "stranger": testing.make_keys().token("cashiering.*"),
        "reader": keys.token("cashiering.read"),
        "collector": keys.token("collections.*"),
    }
    metadata = testing.bearer(made.get(token, token)) if token else (("x", "y"),)
    with unchanged():
        order = counter.order(session.session_id)
        assert refused(reason, counter.post, order, metadata=metadata).code() is code


def test_an_oversized_message_is_refused(counter, session, unchanged) -> None:
    """RESOURCE_EXHAUSTED, before anything of it is read."""
    with unchanged(), pytest.raises(grpc.RpcError) as refusal:
        counter.pay(session.session_id, note="x" * (5 * 1024 * 1024))

    assert refusal.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_bad_order_does_no_harm_to_those_that_share_its_transaction(
    app, counter, session, outcome
) -> None:
    """Twenty calls at once, every second one bad: the good ones are posted, numbered 1 to 10."""

    def pay(number: int) -> str:
        found = outcome(counter.pay, session.session_id, 100 if number % 2 else -100)
        return found if isinstance(found, str) else found.receipt_number[-5:]

    with ThreadPoolExecutor(20) as threads:
        found = sorted(threads.map(pay, range(20)))

    assert found == [f"{number:05d}" for number in range(1, 11)] + ["AMOUNT_NOT_POSITIVE"] * 10
    assert len(testing.emitted(app)) == 10
