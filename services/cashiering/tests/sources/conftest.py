"""Sources as an administrator sets them."""

from typing import Any

import pytest

from millage.cashiering.v1 import sources_pb2 as pb
from millage.cashiering.v1 import sources_pb2_grpc as stubs


class Sources:
    def __init__(self, channel: Any, counter: Any) -> None:
        self.stub = stubs.SourcesServiceStub(channel)
        self.counter = counter

    def source(self, source_code: str = "DOGS", **changes: Any) -> pb.Source:
        """A dog license of 15.00, with what is changed in it."""
        given = {
            "source_code": source_code,
            "effective_from": "2022-01-01",
            "name": "Dog license",
            "short_name": "Dogs",
            "source_group": "Animals",
            "amount_mode": pb.AMOUNT_MODE_FLAT,
            "amount_cents": 1_500,
            "parcel_tie": pb.PARCEL_TIE_OPTIONAL,
            "credit_fund": "100",
            "credit_account": "4711",
        }
        return pb.Source(**(given | changes))

    def set(self, source_code: str = "DOGS", *, key: str = "", **changes: Any) -> pb.Source:
        request = pb.SetSourceRequest(
            idempotency_key=key or self.counter.key(), source=self.source(source_code, **changes)
        )
        return self.stub.SetSource(request, metadata=self.counter.metadata)

    def get(self, source_code: str = "DOGS", as_of: str = "2022-12-15") -> pb.Source:
        request = pb.GetSourceRequest(source_code=source_code, as_of=as_of)
        return self.stub.GetSource(request, metadata=self.counter.metadata)

    def listed(self, as_of: str = "2022-12-15", group: str = "") -> list[pb.Source]:
        request = pb.ListSourcesRequest(as_of=as_of, source_group=group)
        return list(self.stub.ListSources(request, metadata=self.counter.metadata).sources)

    def price(self, as_of: str = "2022-12-15", **entry: Any) -> pb.PricedEntry:
        given = pb.SourceEntry(**({"source_code": "DOGS"} | entry))
        request = pb.PriceEntryRequest(entry=given, as_of=as_of)
        return self.stub.PriceEntry(request, metadata=self.counter.metadata)

    def add(self, source_code: str = "RUSH", **changes: Any) -> pb.Source:
        given = {
            "idempotency_key": self.counter.key(),
            "source_code": source_code,
            "name": "Rush copy",
            "credit_fund": "100",
            "credit_account": "4711",
            "effective_from": "2022-12-15",
        }
        request = pb.AddSourceAtCaptureRequest(**(given | changes))
        return self.stub.AddSourceAtCapture(request, metadata=self.counter.metadata)


@pytest.fixture
def sources(channel, counter) -> Sources:
    return Sources(channel, counter)
