"""LEVY-021, RECV-069 across levy and receivables: what each tells, on databases of their own."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from levy_service import returns
from levy_service.bootstrap import SPEC as LEVY
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1 import levy_pb2_grpc as stubs
from millage.levy.v1 import returns_pb2, returns_pb2_grpc
from receivables_service.bootstrap import SPEC as RECEIVABLES
from taxkit import testing
from taxkit.app import App
from taxkit.clock import FixedClock

ROOT = Path(__file__).parents[2]
NOW = datetime(2022, 1, 10, 18, tzinfo=UTC)
PARCEL, CODE, AGENCY = "13264290020000", "71163", "010010000"


@pytest.fixture
def apps(postgres_admin_url: str) -> Iterator[dict[str, App]]:
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "levy") as levy_url,
        testing.fresh_database(postgres_admin_url, "receivables") as ledger_url,
        testing.application(LEVY, levy_url, FixedClock(NOW), **given) as levy,
        testing.application(RECEIVABLES, ledger_url, FixedClock(NOW), **given) as ledger,
    ):
        yield {"levy": levy, "ledger": ledger}


def _roll() -> Iterator[pb.LoadRollRequest]:
    yield pb.LoadRollRequest(
        header=pb.RollHeader(
            idempotency_key="r", jurisdiction="us-il-cook", tax_year=2021, source="returns",
            bill_class=returns.TRUST_TAX,
        )
    )  # fmt: skip
    yield pb.LoadRollRequest(
        rate=pb.AgencyRate(
            tax_code=CODE, agency_code=AGENCY, agency_name="County of Cook", rate_percent="1.000"
        )
    )
    yield pb.LoadRollRequest(
        parcel=pb.Parcel(
            parcel_number=PARCEL, tax_code=CODE, property_class="211", township="Lake",
            value_dollars=100_000, net_value_dollars=100_000, owner_name="Imogen Vale",
        )
    )  # fmt: skip
    yield pb.LoadRollRequest(end=pb.RollEnd(rate_count=1, parcel_count=1))


def _told(app: App, name: str) -> list[dict[str, Any]]:
    return [one for one in testing.emitted(app) if one["type"].endswith(f".{name}.v1")]


def _pass(news: list[dict[str, Any]], app: App, method: str) -> None:
    app.consumer.absorb(method, [json.dumps(one) for one in news])
    assert testing.parked(app) == []


def _paid(bill: dict[str, Any], source: str) -> dict[str, Any]:
    """Cashiering's own example of a payment, for this bill, come in one way or another."""
    golden = ROOT / "events" / "cashiering" / "PaymentPosted.v1.example.json"
    event: dict[str, Any] = json.loads(golden.read_text("utf-8"))
    event["data"] |= {"source": source, "effective_on": "2022-01-10"}
    event["data"] |= {"business_date": "2022-01-10", "total_cents": bill["total_cents"]}
    event["data"]["tenders"][0]["amount_cents"] = bill["total_cents"]
    event["data"]["lines"][0] |= {
        "bill_id": bill["bill_id"], "amount_cents": bill["total_cents"],
        "bill_number": bill["bill_number"],
    }  # fmt: skip
    return event


@pytest.mark.parametrize("source", ["lockbox", "counter"])
def test_recv_069_levy_021_a_return_is_paid_once_its_bill_is(
    apps: dict[str, App], source: str
) -> None:
    """RECV-069, LEVY-021: bill, money, settled, paid; money taken back leaves it filed again."""
    levy, ledger, keys = apps["levy"], apps["ledger"], testing.make_keys()
    with testing.server(LEVY, levy, keys) as channel:
        who = testing.bearer(keys.token("levy.*", user="clerk"))
        asking = returns_pb2_grpc.ReturnServiceStub(channel)
        (bill_id,) = stubs.LevyServiceStub(channel).LoadRoll(_roll(), metadata=who).bill_ids
        asking.FileReturn(
            returns_pb2.FileReturnRequest(
                idempotency_key="f", bill_id=bill_id, return_number="TT-1"
            ),
            metadata=who,
        )

        def status() -> str:
            request = returns_pb2.GetReturnRequest(return_number="TT-1")
            return str(asking.GetReturn(request, metadata=who).status)

        created = _told(levy, "BillCreated")
        assert created[0]["data"]["bill_class"] == "trust_tax"
        _pass(created, ledger, "on_bill_created")
        paid = _paid(created[0]["data"], source)
        _pass([paid], ledger, "on_payment_posted")
        assert status() == "filed"

        news = _told(ledger, "TrustTaxBillSettled")
        _pass(news, levy, "on_trust_tax_bill_settled")
        assert (len(news), status()) == (1, "paid")

        undone = json.loads(
            testing.foreign_event(
                "org.millage.cashiering.PaymentReversed.v1", paid["subject"], paid["data"],
                sequence=2,
            )
        )  # fmt: skip
        _pass([undone], ledger, "on_payment_reversed")
        _pass(_told(ledger, "TrustTaxBillSettled")[1:], levy, "on_trust_tax_bill_settled")
        assert status() == "filed"
