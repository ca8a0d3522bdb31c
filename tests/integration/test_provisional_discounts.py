"""CASH-025: while the ledger is away the counter offers the discounts the ledger would."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from desks import JURISDICTIONS, Desks
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cashiering_service.baskets import quote_warnings, rulebook
from cashiering_service.discounts import offering
from cashiering_service.quotes import Quotes
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2_grpc as stubs
from millage.receivables.v1 import discounts_pb2, discounts_pb2_grpc, flags_pb2, flags_pb2_grpc
from receivables_service.discounts import announcing
from taxkit import ids, testing

NOW = datetime(2022, 1, 15, 18, tzinfo=UTC)
LAW = """
discounts:
  keyed_by: tax_year
  terms:
    - from: 2015
      citation: "The ordinance of a county that is nowhere"
      certainty: house rule
      special_agencies: ["SPEC"]
      programs:
        - code: early
          name: Early payment
          discount_type: early
          gl_account: "4190-EARLY"
          weekend: delivered
          excluded_flags: [dnap]
          fee_codes: [mailing]
          stacks_with: [senior]
          cut_off: "12:30"
          periods:
            - rate: "0.04"
              first: {month: 11, day: 1}
              last: {month: 11, day: 27}
              days_after_notice: 40
            - rate: "0.0275"
              first: {month: 12, day: 1}
              last: {month: 1, day: 30, years_after: 1}
        - code: senior
          name: Seniors
          discount_type: senior
          gl_account: "4191-SENIOR"
          good_standing: false
          specials: true
          rounding: up
          proofs: [age]
          stacks_with: [early]
          periods:
            - {rate: "0.10", first: {month: 1, day: 1}, last: {month: 2, day: 20, years_after: 1}}
        - code: shops
          name: Shops
          discount_type: promotional
          gl_account: "4192-SHOPS"
          classes: [business]
          periods:
            - rate: "0.03"
              first: {month: 11, day: 15}
              last: {month: 2, day: 28, years_after: 1}
              months_after_notice: 2
"""
PARCELS = count(10_000_000_000_000)


@pytest.fixture(scope="module")
def desks(postgres_admin_url: str, tmp_path_factory: Any) -> Iterator[Desks]:
    """Both services in a county with three programs, which have been told."""
    place = tmp_path_factory.mktemp("law")
    pack = shutil.copytree(Path(JURISDICTIONS) / "us-il-cook", place / "us-il-cook")
    (pack / "discounts.yaml").write_text(LAW, "utf-8")
    with Desks.opened(postgres_admin_url, NOW, str(place)) as made:
        announcing.announce(made.receivables, NOW.date())
        made.pass_on()
        yield made


def _issue(desks: Desks, parcel: str, year: int, cents: int, **more: Any) -> None:
    specials = more.pop("specials", 0)
    parts = [
        {"installment": 1, "due_on": f"{year + 1}-03-01", "amount_cents": cents - cents // 2},
        {"installment": 2, "due_on": f"{year + 1}-08-01", "amount_cents": cents // 2},
    ]
    lines = [("COUNTY", cents - specials), ("SPEC", specials)]
    bill_id = ids.new_id()
    data = {
        "bill_id": str(bill_id),
        "bill_number": f"{year}-{parcel}",
        "bill_version": 1,
        "parcel_number": parcel,
        "tax_year": year,
        "owner": {"name": "Dolores Park", "email": None},
        "total_cents": cents,
        "installments": parts,
        "components": [
            {"agency_code": code, "agency_name": code, "amount_cents": part} for code, part in lines
        ],
        **more,
    }
    body = testing.foreign_event("org.millage.levy.BillCreated.v1", f"bill/{bill_id}", data)
    desks.receivables.consumer.absorb("on_bill_created", [body])


def _file_proof(desks: Desks, parcel: str) -> None:
    stub = discounts_pb2_grpc.DiscountsServiceStub(desks.ledger_channel)
    request = discounts_pb2.FileProofRequest(
        idempotency_key=str(ids.new_id()), parcel_number=parcel, kind="age", reference="id card",
        valid_from="2021-12-10", valid_through="2022-02-10",
    )  # fmt: skip
    stub.FileProof(request, metadata=desks.metadata)


def _flag(desks: Desks, parcel: str) -> None:
    stub = flags_pb2_grpc.FlagServiceStub(desks.ledger_channel)
    request = flags_pb2.SetFlagRequest(
        idempotency_key=str(ids.new_id()), subject_kind="parcel", subject=parcel, flag="dnap",
        reason="bad checks",
    )  # fmt: skip
    stub.SetFlag(request, metadata=desks.metadata)


def _quotes(desks: Desks, parcel: str, day: date) -> tuple[pb.QuoteResponse, pb.QuoteResponse]:
    """(by the ledger, by the counter alone)"""
    request = pb.QuoteRequest(parcel_number=parcel, as_of=day.isoformat())
    by_ledger = stubs.CashieringServiceStub(desks.channel).Quote(request, metadata=desks.metadata)
    app = desks.cashiering
    alone = testing.replace_setting(app.settings, receivables_addr="")
    offers = offering.load(alone.jurisdictions_dir, alone.jurisdiction, app.clock)
    warn = quote_warnings.warner(rulebook.of_counters(app))
    provisional = Quotes(alone, app.database, offers, warn).quote(parcel, (), day, None)
    return by_ledger, provisional


def _said(quote: pb.QuoteResponse) -> list[tuple[Any, ...]]:
    return [
        (one.bill_number, one.discount_cents, list(one.discount_programs), one.discount_until)
        for one in quote.bills
    ]


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    cents=st.integers(1, 900_000),
    specials_percent=st.integers(0, 100),
    business=st.booleans(),
    owes_earlier_year=st.booleans(),
    has_proof=st.booleans(),
    is_flagged=st.booleans(),
    day=st.integers(0, 80),
)
def test_a_quote_without_the_ledger_lets_off_what_the_ledger_would(
    desks, cents, specials_percent, business, owes_earlier_year, has_proof, is_flagged, day
) -> None:
    """Whatever decides: class, specials, an earlier year, proofs, flags, stacking, the day."""
    parcel = str(next(PARCELS))
    if owes_earlier_year:
        _issue(desks, parcel, 2020, 5_000)
    specials = cents * specials_percent // 100
    bill_class = "business" if business else "secured"
    _issue(desks, parcel, 2021, cents, specials=specials, bill_class=bill_class)
    if has_proof:
        _file_proof(desks, parcel)
    if is_flagged:
        _flag(desks, parcel)
    desks.pass_on()
    for offset in (day, 14):
        on = date(2022, 1, 1) + timedelta(days=offset)
        by_ledger, provisional = _quotes(desks, parcel, on)
        assert provisional.provisional
        assert not by_ledger.provisional
        assert _said(provisional) == _said(by_ledger)


def test_a_provisional_quote_settles_the_bill_and_its_receipt_says_so(desks: Desks) -> None:
    """CASH-025, RECV-026: what was asked for without the ledger is all the ledger wants."""
    parcel = str(next(PARCELS))
    _issue(desks, parcel, 2021, 100_000)
    desks.pass_on()
    _, provisional = _quotes(desks, parcel, NOW.date())
    (due,) = provisional.bills
    assert (due.open_cents, due.discount_cents, due.settles_cents) == (100_000, 2_750, 97_250)
    till = stubs.CashieringServiceStub(desks.channel)
    session = till.OpenSession(
        pb.OpenSessionRequest(
            idempotency_key=str(ids.new_id()), till_code="T01", business_date="2022-01-15"
        ),
        metadata=desks.metadata,
    )
    receipt = till.PostPayment(
        pb.PostPaymentRequest(
            idempotency_key=str(ids.new_id()),
            session_id=session.session_id,
            payer=pb.Payer(name="Imogen Vale"),
            lines=[pb.PaymentLine(bill_id=due.bill_id, bill_version=1, amount_cents=97_250)],
            tenders=[pb.Tender(tender_type=pb.TENDER_TYPE_CASH, amount_cents=97_250)],
        ),
        metadata=desks.metadata,
    )
    asked = pb.GetReceiptRequest(receipt=receipt.receipt_number)
    before = till.GetReceipt(asked, metadata=desks.metadata)
    desks.pass_on()
    after = till.GetReceipt(asked, metadata=desks.metadata)
    assert [each.state for each in (*before.discounts, *after.discounts)] == ["expected", "granted"]
    with desks.receivables.database.begin() as connection:
        left = connection.exec_driver_sql(
            "select open_cents from bills where bill_id = %s", (due.bill_id,)
        ).scalar_one()
    assert left == 0
