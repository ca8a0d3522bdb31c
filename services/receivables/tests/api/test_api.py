"""What callers of receivables' API are told, and refused."""

import grpc
import pytest

from millage.receivables.v1 import receivables_pb2 as pb
from millage.receivables.v1 import receivables_pb2_grpc as stubs
from taxkit.ids import new_id
from taxkit.testing import bearer, reason_of

PARCEL = "13264290020000"


@pytest.fixture
def stub(channel):
    return stubs.ReceivablesServiceStub(channel)


@pytest.fixture
def reader(keys):
    return bearer(keys.token("receivables.read"))


def test_recv_001_due_is_quoted_as_of_any_date_by_installment(stub, reader, bill):
    """RECV-001: interest is counted up to the date asked for, installment by installment."""
    due = {}
    for as_of in ("2022-03-01", "2022-03-02", "2023-01-15"):
        (one,) = stub.Quote(
            pb.QuoteRequest(parcel_number=PARCEL, as_of=as_of), metadata=reader
        ).bills
        due[as_of] = [part.interest_open_cents for part in one.installments]
        assert one.open_cents == 180_000 + sum(due[as_of])
        # The second installment is due on December 30.
        wanted = one.open_cents if as_of > "2022-12" else 100_000 + due[as_of][0]
        assert one.due_cents == wanted
    # 1.5% a month begun: one month, then eleven on the first and one on the second.
    assert due == {"2022-03-01": [0, 0], "2022-03-02": [1_500, 0], "2023-01-15": [16_500, 1_200]}


def test_paying_what_was_quoted_settles_the_bill(app, stub, reader, bill, neighbours):
    """The quote and the ledger are one derivation: to the cent, nothing is left."""
    asked = pb.QuoteRequest(bill_ids=[str(bill)], as_of="2023-01-15")
    (quoted,) = stub.Quote(asked, metadata=reader).bills
    paid = neighbours.payment_posted(
        new_id(), neighbours.line(1, quoted.open_cents, bill), day="2023-01-15"
    )
    app.consumer.absorb("on_payment_posted", [paid])
    (after,) = stub.Quote(asked, metadata=reader).bills
    assert (after.open_cents, after.surplus_cents) == (0, 0)
    assert [part.paid_cents for part in after.installments] == [116_500, 81_200]


def test_a_bill_is_shown_with_its_balanced_ledger(app, stub, reader, bill, neighbours):
    """Every entry, each posting balanced, with the fact, rule and pack it follows."""
    receipt = new_id()
    paid = neighbours.payment_posted(receipt, neighbours.line(1, 60_000, bill))
    app.consumer.absorb("on_payment_posted", [paid])
    found = stub.GetBill(pb.GetBillRequest(bill_id=str(bill), as_of="2022-02-10"), metadata=reader)
    assert found.quote.open_cents == 120_000
    assert found.quote.bill_number == f"2021-{PARCEL}"
    assert sum(entry.amount_cents for entry in found.entries) == 0
    assert [(entry.kind, entry.ledger_account) for entry in found.entries] == [
        ("issue", "taxes_receivable"),
        ("issue", "levy_control"),
        ("issue", "taxes_receivable"),
        ("issue", "levy_control"),
        ("payment", "taxes_receivable"),
        ("payment", "cash_clearing"),
    ]
    assert all(entry.fact_id and entry.rule_id and entry.pack_version for entry in found.entries)


def test_allocations_follow_a_receipt_through_its_reversal(app, stub, reader, bill, neighbours):
    """Applied, surplus and suspense rows, and the same again with the sign turned."""
    receipt = new_id()
    lines = (neighbours.line(1, 180_500, bill), neighbours.line(2, 70))
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, *lines)])
    app.consumer.absorb(
        "on_payment_reversed", [neighbours.payment_reversed(receipt, *lines, day="2022-02-11")]
    )
    rows = stub.GetAllocations(
        pb.GetAllocationsRequest(receipt_id=str(receipt)), metadata=reader
    ).rows
    assert sorted((row.kind, row.state, row.installment, row.amount_cents) for row in rows) == [
        ("payment", "allocation", 1, 100_000),
        ("payment", "allocation", 2, 80_000),
        ("payment", "surplus", 0, 500),
        ("payment", "suspense", 0, 70),
        ("reversal", "allocation", 1, -100_000),
        ("reversal", "allocation", 2, -80_000),
        ("reversal", "surplus", 0, -500),
        ("reversal", "suspense", 0, -70),
    ]
    assert {row.business_date for row in rows if row.kind == "reversal"} == {"2022-02-11"}


def test_totals_are_net_per_business_date(app, stub, reader, bill, neighbours):
    """Allocated, surplus and suspense of a day; a day without postings has none."""
    receipt = new_id()
    lines = (neighbours.line(1, 180_500, bill), neighbours.line(2, 70))
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, *lines)])
    app.consumer.absorb(
        "on_payment_reversed", [neighbours.payment_reversed(receipt, *lines, day="2022-02-11")]
    )
    found = {}
    for day in ("2022-02-10", "2022-02-11", "2022-02-12"):
        totals = stub.GetTotals(pb.GetTotalsRequest(business_date=day), metadata=reader)
        found[day] = (totals.allocated_cents, totals.surplus_cents, totals.suspense_cents)
    assert found == {
        "2022-02-10": (180_000, 500, 70),
        "2022-02-11": (-180_000, -500, -70),
        "2022-02-12": (0, 0, 0),
    }


@pytest.mark.parametrize(
    ("method", "request_", "reason"),
    [
        ("Quote", pb.QuoteRequest(), "QUOTE_OF_WHAT"),
        ("Quote", pb.QuoteRequest(parcel_number="1", bill_ids=["x"]), "QUOTE_OF_WHAT"),
        ("Quote", pb.QuoteRequest(parcel_number="1"), "PARCEL_NOT_FOUND"),
        ("Quote", pb.QuoteRequest(bill_ids=["x"]), "ID_INVALID"),
        ("Quote", pb.QuoteRequest(bill_ids=["x"] * 501), "TOO_MANY_BILLS"),
        ("Quote", pb.QuoteRequest(bill_ids=[str(new_id())]), "BILL_NOT_FOUND"),
        ("Quote", pb.QuoteRequest(parcel_number="1", as_of="soon"), "DATE_INVALID"),
        ("Quote", pb.QuoteRequest(parcel_number="1", as_of="9999-01-01"), "DATE_OUT_OF_RANGE"),
        ("GetBill", pb.GetBillRequest(bill_id="x"), "ID_INVALID"),
        ("GetBill", pb.GetBillRequest(bill_id=str(new_id())), "BILL_NOT_FOUND"),
        ("GetAllocations", pb.GetAllocationsRequest(receipt_id="x"), "ID_INVALID"),
        (
            "GetAllocations",
            pb.GetAllocationsRequest(receipt_id=str(new_id())),
            "RECEIPT_NOT_FOUND",
        ),
        ("GetTotals", pb.GetTotalsRequest(), "DATE_INVALID"),
    ],
)
def test_a_refusal_names_its_reason(stub, reader, method, request_, reason):
    """Bad input and unknown things are refused with a code a program can read."""
    with pytest.raises(grpc.RpcError) as refused:
        getattr(stub, method)(request_, metadata=reader)
    assert reason_of(refused.value) == reason


def test_money_on_an_unknown_bill_is_not_quoted_as_a_bill(app, stub, reader, neighbours):
    """A bill that only money has come for is not found, though its receipt is."""
    bill, receipt = new_id(), new_id()
    paid = neighbours.payment_posted(receipt, neighbours.line(1, 500, bill))
    app.consumer.absorb("on_payment_posted", [paid])
    with pytest.raises(grpc.RpcError) as refused:
        stub.GetBill(pb.GetBillRequest(bill_id=str(bill)), metadata=reader)
    assert reason_of(refused.value) == "BILL_NOT_FOUND"
    asked = pb.GetAllocationsRequest(receipt_id=str(receipt))
    (row,) = stub.GetAllocations(asked, metadata=reader).rows
    assert (row.state, row.amount_cents, row.bill_id) == ("suspense", 500, str(bill))


def test_a_caller_needs_the_right_to_read(stub, keys):
    """Without a token, with an expired one, and with another service's right: refused."""
    reasons = []
    for metadata in (
        (),
        bearer(keys.expired_token("receivables.read")),
        bearer(keys.token("levy.read")),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            stub.GetTotals(pb.GetTotalsRequest(business_date="2022-02-10"), metadata=metadata)
        reasons.append(reason_of(refused.value))
    assert reasons == ["TOKEN_MISSING", "TOKEN_EXPIRED", "FORBIDDEN"]
