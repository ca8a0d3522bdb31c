"""A cashier's window with limits, second persons, and bills on which something accrued."""

from typing import Any

import pytest

from millage.cashiering.v1 import authority_pb2 as pb
from millage.cashiering.v1 import authority_pb2_grpc as stubs
from taxkit import testing

PARCEL = "77777777777777"


class Authority:
    """Limits and overrides, as a supervisor and a cashier use them."""

    def __init__(self, channel: Any, counter: Any, keys: testing.Keys) -> None:
        self.stub = stubs.AuthorityServiceStub(channel)
        self.counter = counter
        self._keys = keys
        self.approver = keys.token("cashiering.override.approve", user="supervisor")

    def set(self, cashier: str = "cashier", **changes: Any) -> pb.Limits:
        given = {
            "idempotency_key": self.counter.key(),
            "cashier": cashier,
            "effective_from": "2022-01-01",
        }
        request = pb.SetLimitsRequest(**(given | changes))
        return self.stub.SetLimits(request, metadata=self.counter.metadata)

    def limits(self, cashier: str = "cashier", on: str = "2022-12-15") -> pb.Limits:
        request = pb.GetLimitsRequest(cashier=cashier, on=on)
        return self.stub.GetLimits(request, metadata=self.counter.metadata)

    def asked(self, session_id: str, **changes: Any) -> pb.AuthoriseOverrideRequest:
        given = {
            "idempotency_key": self.counter.key(),
            "session_id": session_id,
            "order_key": "the order",
            "action": "tolerance",
            "amount_cents": 500,
            "reason": "short of change",
            "approver_token": self.approver,
        }
        return pb.AuthoriseOverrideRequest(**(given | changes))

    def authorise(self, session_id: str, metadata: Any = None, **changes: Any) -> pb.Override:
        request = self.asked(session_id, **changes)
        return self.stub.AuthoriseOverride(request, metadata=metadata or self.counter.metadata)

    def overrides(self, order_key: str = "") -> list[pb.Override]:
        request = pb.ListOverridesRequest(order_key=order_key)
        return list(self.stub.ListOverrides(request, metadata=self.counter.metadata).overrides)


@pytest.fixture
def authority(channel, counter, keys) -> Authority:
    return Authority(channel, counter, keys)


@pytest.fixture
def bill(app, balance, bill_of):
    """A bill of $100 in one installment, not late on the session's day; give other charges."""

    def make(
        parcel_number: str = PARCEL,
        due_on: str = "2022-12-30",
        sequence: int = 2,
        **open_cents: int,
    ) -> Any:
        charges = {"tax": 10_000, **open_cents}
        told = balance(
            parcel_number,
            2021,
            sum(charges.values()),
            sequence=sequence,
            installments=[
                {
                    "installment": 1,
                    "due_on": due_on,
                    "tax_charged_cents": charges["tax"],
                    "interest_charged_cents": charges.get("interest", 0),
                    "paid_cents": 0,
                    "interest_open_cents": 0,
                    **{f"{kind}_open_cents": cents for kind, cents in charges.items()},
                }
            ],
        )
        app.consumer.absorb("on_balance_changed", [told])
        return bill_of(parcel_number, 2021)

    return make
