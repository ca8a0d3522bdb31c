"""Supplements through the public API, under the law of the county or of one with bills apart."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest

from levy_service import rulebook
from levy_service.supplements import rulebook as supplements_rulebook
from millage.levy.v1 import levy_pb2
from millage.levy.v1 import supplements_pb2 as pb
from millage.levy.v1.supplements_pb2_grpc import SupplementServiceStub
from taxkit import ids, testing


def stream(
    rows: Sequence[pb.SupplementEvent], count: int | None = None, **header: Any
) -> Iterator[pb.LoadSupplementRequest]:
    given = {"idempotency_key": str(ids.new_id()), "tax_year": 2021, "source": "list", **header}
    yield pb.LoadSupplementRequest(header=pb.SupplementHeader(**given))
    for row in rows:
        yield pb.LoadSupplementRequest(row=row)
    end = pb.SupplementEnd(row_count=len(rows) if count is None else count)
    yield pb.LoadSupplementRequest(end=end)


class Supplements:
    """The public API as a clerk uses it."""

    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self.stub = SupplementServiceStub(channel)
        self.who = testing.bearer(keys.token("levy.*", user="ada"))

    def load(self, *rows: pb.SupplementEvent, **header: Any) -> pb.Supplement:
        return self.stub.LoadSupplement(stream(rows, **header), metadata=self.who, timeout=120)

    def preview(self, one: pb.Supplement, **asked: Any) -> pb.SupplementPreview:
        request = pb.PreviewSupplementRequest(supplement_id=one.supplement_id, **asked)
        return self.stub.PreviewSupplement(request, metadata=self.who)

    def bill_steps(
        self, one: pb.Supplement, key: str = "", **asked: Any
    ) -> list[pb.SupplementProgress]:
        request = pb.CreateSupplementBillsRequest(
            idempotency_key=key or str(ids.new_id()), supplement_id=one.supplement_id, **asked
        )
        return list(self.stub.CreateSupplementBills(request, metadata=self.who, timeout=120))

    def bill(self, one: pb.Supplement, key: str = "", **asked: Any) -> pb.Supplement:
        return self.bill_steps(one, key, **asked)[-1].supplement

    def get(self, one: pb.Supplement) -> pb.Supplement:
        asked = pb.GetSupplementRequest(supplement_id=one.supplement_id)
        return self.stub.GetSupplement(asked, metadata=self.who)

    def items(self, one: pb.Supplement) -> list[pb.SupplementItem]:
        asked = pb.ListSupplementItemsRequest(supplement_id=one.supplement_id)
        return list(self.stub.ListSupplementItems(asked, metadata=self.who).items)

    def discard(self, one: pb.Supplement, reason: str = "Loaded twice") -> pb.Supplement:
        asked = pb.DiscardSupplementRequest(
            idempotency_key=str(ids.new_id()), supplement_id=one.supplement_id, reason=reason
        )
        return self.stub.DiscardSupplement(asked, metadata=self.who)


@pytest.fixture
def supplements(channel: grpc.Channel, keys: testing.Keys) -> Supplements:
    return Supplements(channel, keys)


@pytest.fixture
def bills(levy, roll) -> list[levy_pb2.Bill]:
    """The issued bills of 2021 that ask for something, in whole."""
    levy.load(roll.whole(2021))
    found = levy.bills(tax_year=2021).bills
    return [one for one in found if one.total_cents > 100_000 and one.part == "whole"]


@pytest.fixture
def built(bills):
    """A row: something was built on a bill's parcel."""

    def row(place: int = 0, dollars: int = 10_000, **more: Any) -> pb.SupplementEvent:
        bill = bills[place]
        net = bill.net_value_dollars + dollars
        return pb.SupplementEvent(
            **{
                "parcel_number": bill.parcel_number, "kind": "new_construction",
                "event_on": "2022-11-15", "value_dollars": net * 2, "net_value_dollars": net,
                **more,
            }
        )  # fmt: skip

    return row


@pytest.fixture
def california(app, levy, roll) -> list[levy_pb2.Bill]:
    """The same server under California's law, with rolls of 2022 and the rates of 2023."""
    pack = Path(__file__).parents[4] / "jurisdictions" / "us-ca"
    app.law = rulebook.load(pack)
    app.supplements = supplements_rulebook.load(pack)
    for year in (2022, 2023):
        rates = [
            levy_pb2.AgencyRate(
                tax_code="001", agency_code=code, agency_name=name, rate_percent=percent
            )
            for code, name, percent in (("10", "County", "1"), ("20", "School", "0.049"))
        ]
        parcel = levy_pb2.Parcel(
            parcel_number=f"000000{year}", tax_code="001", value_dollars=300_000,
            net_value_dollars=293_000, owner_name="Imogen Vale",
        )  # fmt: skip
        parts = levy_pb2.LoadRollRequest
        levy.load(
            [
                roll.header(year, jurisdiction="us-ca"),
                *(parts(rate=one) for one in rates),
                parts(parcel=parcel),
            ]
        )
    return list(levy.bills().bills)


@pytest.fixture
def events(app):
    """The data of every event of a name that was told, in their order."""

    def of(name: str) -> list[dict]:
        wanted = f"org.millage.levy.{name}.v1"
        return [each["data"] for each in testing.emitted(app) if each["type"] == wanted]

    return of
