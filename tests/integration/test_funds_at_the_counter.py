"""LEVY-002, RECV-001, DIST-001: from levy's roll to an agency's funds, by way of the counter."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from desks import JURISDICTIONS, PARCEL, Desks

from distribution_service.bootstrap import SPEC as DISTRIBUTION
from levy_service.bootstrap import SPEC as LEVY
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2_grpc as stubs
from millage.levy.v1 import levy_pb2, levy_pb2_grpc
from taxkit import ids, testing
from taxkit.app import App
from taxkit.clock import FixedClock

NOW, DAY = datetime(2022, 2, 15, 18, tzinfo=UTC), "2022-02-15"
COUNTY, TOWNSHIP = "010010000", "020010000"


@pytest.fixture
def desks(postgres_admin_url: str) -> Iterator[Desks]:
    with Desks.opened(postgres_admin_url, NOW) as made:
        yield made


@pytest.fixture
def shares(postgres_admin_url: str) -> Iterator[App]:
    """Distribution, on a database of its own."""
    with testing.fresh_database(postgres_admin_url, "distribution") as url:
        given = {"MILLAGE_JURISDICTIONS_DIR": JURISDICTIONS}
        with testing.application(DISTRIBUTION, url, FixedClock(NOW), **given) as app:
            yield app


@pytest.fixture
def told(postgres_admin_url: str) -> Iterator[list[dict[str, Any]]]:
    """What levy tells of a parcel worth 100,000 dollars."""
    keys = testing.make_keys()
    with testing.fresh_database(postgres_admin_url, "levy") as url:
        given = {"MILLAGE_JURISDICTIONS_DIR": JURISDICTIONS}
        with (
            testing.application(LEVY, url, FixedClock(NOW), **given) as app,
            testing.server(LEVY, app, keys) as channel,
        ):
            stub = levy_pb2_grpc.LevyServiceStub(channel)
            metadata = testing.bearer(keys.token("levy.*", user="assessor"))
            stub.LoadRoll(iter(_roll()), metadata=metadata, timeout=60)
            yield testing.emitted(app)


def _roll() -> list[levy_pb2.LoadRollRequest]:
    rates = [(COUNTY, "County", "1.000"), (TOWNSHIP, "Township", "4.000")]
    funds = [
        levy_pb2.FundShare(fund_code="general", share="0.75"),
        levy_pb2.FundShare(fund_code="debt", share="0.25"),
    ]
    parcel = levy_pb2.Parcel(
        parcel_number=PARCEL,
        tax_code="71163",
        property_class="211",
        value_dollars=100_000,
        net_value_dollars=100_000,
        owner_name="Dolores Park",
    )
    header = levy_pb2.RollHeader(
        idempotency_key=str(ids.new_id()),
        jurisdiction="us-il-cook",
        tax_year=2021,
        source="a roll by fund",
    )
    return [
        levy_pb2.LoadRollRequest(header=header),
        *[
            levy_pb2.LoadRollRequest(
                rate=levy_pb2.AgencyRate(
                    tax_code="71163",
                    agency_code=code,
                    agency_name=name,
                    rate_percent=rate,
                    funds=funds if code == COUNTY else (),
                )
            )
            for code, name, rate in rates
        ],
        levy_pb2.LoadRollRequest(parcel=parcel),
        levy_pb2.LoadRollRequest(end=levy_pb2.RollEnd(rate_count=2, parcel_count=1)),
    ]


def _shared(app: App) -> dict[str, int]:
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "select agency_code, sum(amount_cents)::bigint from share_entries group by 1"
        ).all()
    return {code: cents for code, cents in rows if cents}


def test_levy_002_an_agencys_funds_are_billed_paid_and_shared_to_the_cent(
    desks: Desks, shares: App, told: list[dict[str, Any]]
) -> None:
    """5,000.00 in two payments: the county's 1,000.00 are 750.00 and 250.00, and its total."""
    (event,) = told
    body = json.dumps(event)
    desks.receivables.consumer.absorb("on_bill_created", [body])
    desks.cashiering.consumer.absorb("on_bill_created", [body])
    shares.consumer.absorb("on_bill_created", [body])
    desks.pass_on()
    bill_id = UUID(event["data"]["bill_id"])

    _pay(desks, shares, bill_id, 100_000)
    assert _shared(shares) == {
        f"{COUNTY}/debt": 5_000, f"{COUNTY}/general": 15_000, TOWNSHIP: 80_000,
    }  # fmt: skip
    assert _ledger(desks) == {f"{COUNTY}/debt": 20_000, f"{COUNTY}/general": 60_000, "/": 320_000}

    _pay(desks, shares, bill_id, 400_000)
    assert _shared(shares) == {
        f"{COUNTY}/debt": 25_000, f"{COUNTY}/general": 75_000, TOWNSHIP: 400_000,
    }  # fmt: skip
    assert _ledger(desks) == {}


def _ledger(desks: Desks) -> dict[str, int]:
    """What the ledger still has to receive, by fund."""
    with desks.receivables.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "select subcode, sum(amount_cents)::bigint from ledger_entries"
            " where ledger_account = 'taxes_receivable' group by 1"
        ).all()
    return {subcode: cents for subcode, cents in rows if cents}


def _pay(desks: Desks, shares: App, bill_id: UUID, cents: int) -> None:
    """A part of the bill at the counter, and everybody hears of it."""
    stub = stubs.CashieringServiceStub(desks.channel)
    session = stub.OpenSession(
        pb.OpenSessionRequest(
            idempotency_key=str(ids.new_id()),
            till_code=f"T{cents}",
            business_date=DAY,
        ),
        metadata=desks.metadata,
    )
    line = pb.PaymentLine(bill_id=str(bill_id), bill_version=1, amount_cents=cents)
    stub.PostPayment(
        pb.PostPaymentRequest(
            idempotency_key=str(ids.new_id()),
            session_id=session.session_id,
            payer=pb.Payer(name="Dolores Park"),
            lines=[line],
            tenders=[pb.Tender(tender_type=pb.TENDER_TYPE_CASH, amount_cents=cents)],
            return_change=True,
        ),
        metadata=desks.metadata,
        timeout=120,
    )
    desks.pass_on()
    for app, names in (
        (desks.cashiering, {"PaymentPosted": "on_payment_posted"}),
        (desks.receivables, {"PaymentAllocated": "on_payment_allocated"}),
    ):
        for event in testing.emitted(app):
            method = names.get(event["type"].split(".")[-2])
            if method:
                shares.consumer.absorb(method, [json.dumps(event)])
