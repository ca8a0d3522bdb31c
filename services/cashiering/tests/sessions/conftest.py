"""A cashier's window on the topics of tills and sessions."""

from typing import Any

import pytest

from millage.cashiering.v1 import sessions_pb2 as pb
from millage.cashiering.v1 import sessions_pb2_grpc as stubs


class Desk:
    """Tills and sessions as a cashier, or whoever the metadata names, works with them."""

    def __init__(self, channel: Any, counter: Any) -> None:
        self.stub = stubs.SessionsServiceStub(channel)
        self.counter = counter

    def set_till(self, till_code: str = "T01", metadata: Any = None, **changes: Any) -> pb.Till:
        given = {"idempotency_key": self.counter.key(), "till_code": till_code}
        request = pb.SetTillRequest(**(given | changes))
        return self.stub.SetTill(request, metadata=metadata or self.counter.metadata)

    def set_cashier(self, cashier: str = "cashier", **changes: Any) -> pb.Cashier:
        given = {"idempotency_key": self.counter.key(), "cashier": cashier}
        request = pb.SetCashierRequest(**(given | changes))
        return self.stub.SetCashier(request, metadata=self.counter.metadata)

    def resume(self, session_id: str = "", metadata: Any = None) -> pb.SessionHeader:
        return self.stub.ResumeSession(
            pb.ResumeSessionRequest(session_id=session_id),
            metadata=metadata or self.counter.metadata,
        )

    def make_default(self, session_id: str, key: str = "") -> pb.SessionHeader:
        return self.stub.SetDefaultSession(
            pb.SetDefaultSessionRequest(
                idempotency_key=key or self.counter.key(), session_id=session_id
            ),
            metadata=self.counter.metadata,
        )

    def header(self, session_id: str) -> pb.SessionHeader:
        return self.stub.GetSessionHeader(
            pb.GetSessionHeaderRequest(session_id=session_id), metadata=self.counter.metadata
        )

    def own(self) -> list[pb.OwnSession]:
        return list(
            self.stub.ListOwnSessions(
                pb.ListOwnSessionsRequest(), metadata=self.counter.metadata
            ).sessions
        )

    def move(self, session_id: str, effective_on: str, key: str = "") -> pb.SessionHeader:
        return self.stub.ChangeEffectiveDate(
            pb.ChangeEffectiveDateRequest(
                idempotency_key=key or self.counter.key(),
                session_id=session_id,
                effective_on=effective_on,
            ),
            metadata=self.counter.metadata,
        )


@pytest.fixture
def desk(channel, counter) -> Desk:
    return Desk(channel, counter)
