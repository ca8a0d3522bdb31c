"""CASH-049, CASH-080: a dealer's escrow account pays the state's vehicle charges."""

from uuid import UUID

import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import sources_pb2, sources_pb2_grpc
from taxkit import testing

DEALER, ITEM = "E-77", str(UUID(int=0xD1))
SAID = {"batch_number": "17", "transaction_user": "jdoe"}


@pytest.fixture
def sources(channel, counter):
    """A vehicle charge and a plain source, of $50 each."""
    stub = sources_pb2_grpc.SourcesServiceStub(channel)
    for code, kind in (("VEHICLE", "frvis"), ("COPY", "standard")):
        source = sources_pb2.Source(
            source_code=code, effective_from="2022-01-01", name=code.title(), source_type=kind,
            amount_mode=sources_pb2.AMOUNT_MODE_FLAT, amount_cents=5_000,
            parcel_tie=sources_pb2.PARCEL_TIE_NONE, credit_fund="100", credit_account="4711",
        )  # fmt: skip
        request = sources_pb2.SetSourceRequest(idempotency_key=counter.key(), source=source)
        stub.SetSource(request, metadata=counter.metadata)


@pytest.fixture
def held(app):
    """receivables tells of a dealer's account and of a surplus, with $80 each."""
    account = {
        "escrow_account": DEALER, "name": "Bayside Motors", "available_cents": 8_000,
        "closed": False,
    }  # fmt: skip
    item = {
        "surplus_item_id": ITEM, "category": "surplus", "subcode": "overpayment", "owner": "Ada",
        "parcel_number": "7", "open_cents": 8_000, "state": "open",
    }  # fmt: skip
    for name, handler, data in (
        ("EscrowChanged", "on_escrow_changed", account),
        ("SurplusChanged", "on_surplus_changed", item),
    ):
        kind = f"org.millage.receivables.{name}.v1"
        app.consumer.absorb(handler, [testing.foreign_event(kind, f"held/{name}", data)])


@pytest.fixture
def pay(counter, session, sources, held):
    def post(code: str, kind: int, reference: str, *, bill_cents: int = 0) -> pb.Receipt:
        entry = sources_pb2.SourceEntry(source_code=code, fields=SAID if code == "VEHICLE" else {})
        cents = 5_000 + bill_cents
        tender = pb.Tender(tender_type=kind, amount_cents=cents, reference=reference)
        lines = [counter.line(bill_cents)] if bill_cents else []
        return counter.pay(
            session.session_id, cents, lines=lines, source_lines=[entry], tenders=[tender]
        )

    return post


def test_cash_049_a_dealers_account_pays_vehicle_charges(app, counter, session, pay) -> None:
    """Beside a bill, too; no drawer expects it."""
    assert pay("VEHICLE", pb.TENDER_TYPE_ESCROW, DEALER, bill_cents=1_000).total_cents == 6_000
    (told,) = (e["data"] for e in testing.emitted(app) if e["type"].endswith("PaymentPosted.v1"))
    assert [(one["kind"], one.get("source_code")) for one in told["lines"]] == [
        ("misc", "VEHICLE"), ("bill", None),
    ]  # fmt: skip
    assert [(one["tender_type"], one["reference"]) for one in told["tenders"]] == [
        ("escrow", DEALER)
    ]

    closed = counter.close(session.session_id)
    assert closed.over_short_cents == 0


def test_cash_049_never_below_zero(pay, refused, unchanged) -> None:
    """What one charge took is reserved against the next."""
    pay("VEHICLE", pb.TENDER_TYPE_ESCROW, DEALER)
    with unchanged():
        refused("ESCROW_INSUFFICIENT", pay, "VEHICLE", pb.TENDER_TYPE_ESCROW, DEALER)


def test_cash_048_nothing_else_is_paid_so(pay, refused, unchanged) -> None:
    """Another source is none of a dealer's charges, and a surplus pays bills alone."""
    with unchanged():
        refused("HELD_TENDER_ABOVE_DUE", pay, "COPY", pb.TENDER_TYPE_ESCROW, DEALER)
        refused("HELD_TENDER_ABOVE_DUE", pay, "VEHICLE", pb.TENDER_TYPE_SURPLUS, ITEM)
