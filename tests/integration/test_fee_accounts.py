"""RECV-067 across services: a fee on an agent is charged, paid at a till, shared, and ties out."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cashiering_service.bootstrap import SPEC as CASHIERING
from collections_service.bootstrap import SPEC as COLLECTIONS
from distribution_service.bootstrap import SPEC as DISTRIBUTION
from millage.cashiering.v1 import cashiering_pb2 as till
from millage.cashiering.v1 import cashiering_pb2_grpc as till_stubs
from millage.receivables.v1 import fees_pb2 as fees
from millage.receivables.v1 import fees_pb2_grpc as fee_stubs
from receivables_service.bootstrap import SPEC as RECEIVABLES
from taxkit import testing
from taxkit.app import App
from taxkit.clock import FixedClock
from taxkit.ids import new_id

ROOT = Path(__file__).parents[2]
DAY = "2022-03-10"
NOW = datetime(2022, 3, 10, 18, tzinfo=UTC)
SPECS = {one.name: one for one in (RECEIVABLES, CASHIERING, DISTRIBUTION, COLLECTIONS)}


class Offices:
    """Services on databases of their own, and what each tells the others."""

    def __init__(self, apps: dict[str, App], channels: dict[str, Any], metadata: Any) -> None:
        self.apps, self.metadata = apps, metadata
        self.fees = fee_stubs.FeesServiceStub(channels["receivables"])
        self.till = till_stubs.CashieringServiceStub(channels["cashiering"])
        self.passed: set[str] = set()

    def pass_on(self) -> None:
        """Hand every event not handed over yet to whoever listens, until all is quiet."""
        while news := [
            event
            for app in self.apps.values()
            for event in testing.emitted(app)
            if event["id"] not in self.passed
        ]:
            for event in news:
                self.passed.add(event["id"])
                self._hand(event)

    def _hand(self, event: dict[str, Any]) -> None:
        for name, spec in SPECS.items():
            for subscription in spec.subscriptions:
                if subscription.type_name == event["type"]:
                    self.apps[name].consumer.absorb(subscription.method, [json.dumps(event)])
                    assert testing.parked(self.apps[name]) == []

    def one(self, name: str, sql: str) -> Any:
        with self.apps[name].database.begin() as connection:
            return connection.exec_driver_sql(sql).scalar()


@pytest.fixture
def offices(postgres_admin_url: str) -> Iterator[Offices]:
    keys = testing.make_keys()
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with ExitStack() as stack:
        apps, channels = {}, {}
        for name, spec in SPECS.items():
            url = stack.enter_context(testing.fresh_database(postgres_admin_url, name))
            apps[name] = stack.enter_context(
                testing.application(spec, url, FixedClock(NOW), **given)
            )
            channels[name] = stack.enter_context(testing.server(spec, apps[name], keys))
        token = keys.token("receivables.fee", "receivables.read", "cashiering.*", user="casey")
        yield Offices(apps, channels, testing.bearer(token))


def charged(offices: Offices) -> fees.Fee:
    rows = [
        fees.FeeRow(account_code="FEE-100", description="Copies", amount_cents=500),
        fees.FeeRow(account_code="FEE-200", description="Seals", amount_cents=1_200),
    ]
    asked = fees.AddFeeRequest(
        idempotency_key=str(new_id()), fee_type="misc_rcpt", tax_year=2021, due_on="2022-04-01",
        batch="B1", holder_kind="agent", holder_id="77", reason="asked", rows=rows,
    )  # fmt: skip
    return offices.fees.AddFee(asked, metadata=offices.metadata)


def paid(offices: Offices, fee: fees.Fee) -> till.Receipt:
    session = offices.till.OpenSession(
        till.OpenSessionRequest(idempotency_key=str(new_id()), till_code="T01", business_date=DAY),
        metadata=offices.metadata,
    )
    order = till.PostPaymentRequest(
        idempotency_key=str(new_id()),
        session_id=session.session_id,
        payer=till.Payer(name="Agent 77"),
        lines=[till.PaymentLine(bill_id=fee.bill_id, bill_version=1, amount_cents=1_700)],
        tenders=[till.Tender(tender_type=till.TENDER_TYPE_CASH, amount_cents=1_700)],
    )
    return offices.till.PostPayment(order, metadata=offices.metadata)


def test_recv_067_a_fee_on_an_agent_goes_all_the_way(offices) -> None:
    """RECV-067: each cent of the receipt is the ledger's, and then the accounts'."""
    fee = charged(offices)
    offices.pass_on()
    receipt = paid(offices, fee)
    offices.pass_on()
    assert receipt.lines[0].bill_number == fee.bill_number
    found = offices.fees.GetFee(fees.GetFeeRequest(fee_id=fee.fee_id), metadata=offices.metadata)
    assert found.state == "paid"
    assert offices.one("receivables", "select sum(allocated_cents) from postings") == 1_700
    shares = dict(
        json.loads(
            offices.one(
                "distribution",
                "select json_object_agg(agency_code, cents)::text from (select agency_code,"
                " sum(amount_cents) as cents from share_entries group by 1) s",
            )
        )
    )
    assert shares == {"fees/FEE-100": 500, "fees/FEE-200": 1_200}
    assert offices.one("collections", "select count(*) from bills") == 0


def test_recv_067_taken_back_at_the_till_it_is_owed_again(offices) -> None:
    """RECV-067: and nobody has any of it."""
    fee = charged(offices)
    offices.pass_on()
    receipt = paid(offices, fee)
    offices.pass_on()
    offices.till.ReversePayment(
        till.ReversePaymentRequest(
            idempotency_key=str(new_id()), receipt_id=receipt.receipt_id, reason="wrong agent"
        ),
        metadata=offices.metadata,
    )
    offices.pass_on()
    found = offices.fees.GetFee(fees.GetFeeRequest(fee_id=fee.fee_id), metadata=offices.metadata)
    assert found.state == "unpaid"
    assert offices.one("receivables", "select sum(allocated_cents) from postings") == 0
    assert offices.one("distribution", "select sum(amount_cents) from share_entries") == 0
