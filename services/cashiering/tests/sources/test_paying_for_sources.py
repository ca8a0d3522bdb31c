"""CASH-077, CASH-078, CASH-081: money for sources is captured beside bills, or without any."""

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from cashiering_service.schemas import PaymentPostedV1, PaymentReversedV1
from millage.cashiering.v1 import cashiering_pb2 as counter_pb
from millage.cashiering.v1 import corrections_pb2, corrections_pb2_grpc, sessions_pb2_grpc
from millage.cashiering.v1 import sessions_pb2 as sessions
from millage.cashiering.v1 import sources_pb2 as pb
from taxkit import testing

PARCEL = "13264290020000"


@pytest.fixture
def dogs(sources):
    return sources.set(inputs=[pb.Input(name="dog", input_type=pb.INPUT_TYPE_TEXT, required=True)])


def entry(**changes: Any) -> pb.SourceEntry:
    return pb.SourceEntry(**({"source_code": "DOGS", "fields": {"dog": "Rex"}} | changes))


def test_cash_077_a_source_and_a_bill_are_paid_on_one_receipt(
    app, counter, session, dogs, rows
) -> None:
    """The source's line first, with its fund; told as kind misc; the total is both."""
    receipt = counter.pay(
        session.session_id,
        10_000,
        source_lines=[entry(parcel_number=PARCEL)],
        tenders=[counter.cash(12_000)],
    )
    (told,) = [event["data"] for event in testing.emitted(app)]

    assert (receipt.total_cents, receipt.change_cents) == (11_500, 500)
    assert [(one.line_number, one.source_code, one.amount_cents) for one in receipt.lines] == [
        (1, "DOGS", 1_500), (2, "", 10_000),
    ]  # fmt: skip
    first = receipt.lines[0]
    assert (dict(first.fields), first.credit_fund, first.credit_account) == (
        {"dog": "Rex"}, "100", "4711",
    )  # fmt: skip
    assert PaymentPostedV1().validate(told) == {}
    misc, bill = told["lines"]
    assert (misc["kind"], misc["source_code"], misc["fields"], misc["bill_id"]) == (
        "misc", "DOGS", {"dog": "Rex"}, None,
    )  # fmt: skip
    assert bill["kind"] == "bill"
    assert "source_code" not in bill
    stored = counter.stub.GetReceipt(
        counter_pb.GetReceiptRequest(receipt=receipt.receipt_id), metadata=counter.metadata
    )
    assert stored == receipt
    assert rows("select effective_from::text from line_sources") == [("2022-01-01",)]


def test_cash_077_sources_are_paid_without_any_bill(
    channel, counter, session, dogs, sources
) -> None:
    """Several, each its own line; the header counts them by source."""
    sources.set("COPIES", amount_mode=pb.AMOUNT_MODE_PER_UNIT, amount_cents=25)
    copies = pb.SourceEntry(source_code="COPIES", units=4)
    receipt = counter.pay(
        session.session_id,
        lines=[],
        source_lines=[entry(), copies, entry(fields={"dog": "Ada"})],
        tenders=[counter.cash(3_100)],
    )
    header = sessions_pb2_grpc.SessionsServiceStub(channel).GetSessionHeader(
        sessions.GetSessionHeaderRequest(session_id=session.session_id), metadata=counter.metadata
    )

    assert receipt.total_cents == 3_100
    assert [(one.source_code, one.line_count, one.amount_cents) for one in header.misc_totals] == [
        ("COPIES", 1, 100), ("DOGS", 2, 3_000),
    ]  # fmt: skip
    assert [(one.payment_type, one.amount_cents) for one in header.totals] == [("misc", 3_100)]
    totals = counter.stub.GetTotals(
        counter_pb.GetTotalsRequest(business_date="2022-12-15"), metadata=counter.metadata
    )
    assert (totals.received_cents, totals.source_cents) == (3_100, 3_100)


def test_cash_062_a_reversal_tells_the_sources_again(app, counter, session, dogs) -> None:
    """Exactly as they were posted, so that their funds are given back."""
    receipt = counter.pay(
        session.session_id, 100, source_lines=[entry()], tenders=[counter.cash(1_600)]
    )
    counter.reverse(receipt.receipt_id)
    posted, undone = (event["data"] for event in testing.emitted(app))

    assert posted["lines"] == undone["lines"]
    assert PaymentReversedV1().validate(undone) == {}
    totals = counter.stub.GetTotals(
        counter_pb.GetTotalsRequest(business_date="2022-12-15"), metadata=counter.metadata
    )
    assert (totals.received_cents, totals.source_cents) == (0, 0)


def test_cash_060_entries_are_reloaded_as_they_were_said(
    channel, counter, session, dogs, sources
) -> None:
    """Units, several amounts, flat ones: what comes back can be paid again."""
    sources.set("COPIES", amount_mode=pb.AMOUNT_MODE_PER_UNIT, amount_cents=25)
    sources.set(
        "PERMIT", amount_mode=pb.AMOUNT_MODE_SEVERAL, amount_cents=0, amount_names=["fee", "late"]
    )
    said = [
        entry(parcel_number=PARCEL, amount_cents=1_500),
        pb.SourceEntry(source_code="COPIES", units=4),
        pb.SourceEntry(
            source_code="PERMIT", amounts=[pb.NamedAmount(name="fee", amount_cents=700)]
        ),
    ]
    posted = counter.pay(
        session.session_id, lines=[], source_lines=said, tenders=[counter.cash(2_300)]
    )
    order = (
        corrections_pb2_grpc.CorrectionsServiceStub(channel)
        .RepayReversal(
            corrections_pb2.RepayReversalRequest(
                idempotency_key=counter.key(),
                receipt_number=posted.receipt_number,
                receipt_year=2022,
                reason="another dog",
            ),
            metadata=counter.metadata,
        )
        .order
    )
    assert list(order.source_lines) == said
    order.idempotency_key = counter.key()
    assert counter.post(order).total_cents == 2_300


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fields": {}}, "FIELD_MISSING"),
        ({"fields": {"dog": "Rex", "cat": "Tom"}}, "FIELD_UNKNOWN"),
        ({"source_code": "CATS"}, "SOURCE_NOT_IN_FORCE"),
        ({"amount_cents": 1}, "AMOUNT_FIXED"),
        ({"units": 2}, "AMOUNT_MODE_MISMATCH"),
        ({"amount_cents": 2**62}, "AMOUNT_TOO_LARGE"),
        ({"units": -(2**62)}, "AMOUNT_TOO_LARGE"),
        ({"parcel_number": "a\x00"}, "TEXT_INVALID"),
    ],
)
def test_cash_078_capture_is_refused_until_all_is_said(
    counter, session, dogs, refused, unchanged, changes, reason: str
) -> None:
    """Before any money is taken; the bill beside it is not paid either."""
    with unchanged():
        refused(
            reason,
            counter.pay,
            session.session_id,
            source_lines=[entry(**changes)],
            tenders=[counter.cash(20_000)],
        )


def test_cash_077_without_a_bill_nothing_is_kept_as_surplus(
    counter, session, dogs, refused, unchanged
) -> None:
    """A check above the sources cannot be held for anybody; nor is less taken."""
    order = {"lines": [], "source_lines": [entry()]}
    with unchanged():
        refused(
            "SURPLUS_WITHOUT_BILL",
            counter.pay,
            session.session_id,
            **order,
            tenders=[counter.check(2_000)],
            allocate_tendered=False,
        )
        refused(
            "TENDERS_UNBALANCED",
            counter.pay,
            session.session_id,
            **order,
            tenders=[counter.cash(1_400)],
        )
        refused("LINES_COUNT", counter.pay, session.session_id, lines=[])


def test_cash_077_a_check_pays_the_source_and_the_rest_goes_on_the_bill(
    counter, session, dogs
) -> None:
    """Making the lines fit leaves the source's price alone."""
    receipt = counter.pay(
        session.session_id,
        10_000,
        source_lines=[entry()],
        tenders=[counter.check(9_500)],
        allocate_tendered=True,
    )

    assert [one.amount_cents for one in receipt.lines] == [1_500, 8_000]


def test_cash_001_sources_have_to_be_allowed_to_till_and_cashier(
    channel, counter, session, dogs, sources, refused
) -> None:
    """By type and by code; forfeiture on both."""
    stub = sessions_pb2_grpc.SessionsServiceStub(channel)

    def allow(*types: str, codes: list[str] | None = None) -> None:
        lists = {
            "payment_types": sessions.Codes(codes=types) if types else None,
            "misc_sources": None if codes is None else sessions.Codes(codes=codes),
        }
        for method, request in (
            (stub.SetTill, sessions.SetTillRequest(till_code="T01", **lists)),
            (stub.SetCashier, sessions.SetCashierRequest(cashier="cashier", **lists)),
        ):
            request.idempotency_key = counter.key()
            method(request, metadata=counter.metadata)

    def pay(one: pb.SourceEntry) -> Any:
        tenders = [counter.cash(1_500)]
        return counter.pay(session.session_id, lines=[], source_lines=[one], tenders=tenders)

    allow("tax")
    refused("PAYMENT_TYPE_NOT_ALLOWED", pay, entry())
    allow("misc", codes=["COPIES"])
    refused("MISC_SOURCE_NOT_ALLOWED", pay, entry())
    allow("misc", codes=["DOGS"])
    assert pay(entry()).total_cents == 1_500
    allow()
    sources.set("LOST", source_type="forfeiture")
    lost = pb.SourceEntry(source_code="LOST", fields={"tax_year": "2019"})
    refused("PAYMENT_TYPE_NOT_ALLOWED", pay, lost)
    allow("forfeiture")
    assert pay(lost).total_cents == 1_500


def test_cash_081_a_flag_asks_for_its_source_until_it_is_there(
    app, counter, session, sources, refused, unchanged
) -> None:
    """The reissue of a clearance certificate: no payment on the parcel without its fee."""
    sources.set("REISSUE", required_by_flag="MHC", parcel_tie=pb.PARCEL_TIE_REQUIRED)

    def flag(is_on: str) -> None:
        with app.database.begin() as connection:
            connection.exec_driver_sql(
                "insert into flags (subject_kind, subject, flag, is_on, sequence)"
                " values ('parcel', %s, 'MHC', %s, 1) on conflict (subject_kind, subject, flag)"
                " do update set is_on = excluded.is_on",
                (PARCEL, is_on),
            )

    assert counter.pay(session.session_id, 100).total_cents == 100
    flag("true")
    with unchanged():
        error = refused("SOURCE_REQUIRED", counter.pay, session.session_id, 100)
    assert "REISSUE" in error.details()
    paid = counter.pay(
        session.session_id,
        100,
        source_lines=[pb.SourceEntry(source_code="REISSUE", parcel_number=PARCEL)],
        tenders=[counter.cash(1_600)],
    )
    assert paid.total_cents == 1_600
    flag("false")
    assert counter.pay(session.session_id, 100).total_cents == 100


@pytest.mark.parametrize("statement", ["update {} set said = said", "delete from {}"])
def test_cash_062_what_was_said_stays(app, counter, session, dogs, statement: str) -> None:
    """The database refuses to change it."""
    counter.pay(session.session_id, lines=[], source_lines=[entry()], tenders=[counter.cash(1_500)])
    with (
        pytest.raises(DBAPIError, match="append-only"),
        app.database.begin() as connection,
    ):
        connection.exec_driver_sql(statement.format("line_sources"))
