"""The public API of baskets as a cashier's window uses it."""

import itertools
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import basket_pb2_grpc as stubs
from taxkit import testing

_keys = itertools.count()


class Window:
    def __init__(self, channel: grpc.Channel, metadata: Any) -> None:
        self.stub = stubs.BasketServiceStub(channel)
        self.metadata = metadata

    def call(self, method: str, **given: Any) -> Any:
        """Call a method under a key of its own, unless one is given."""
        request = getattr(pb, f"{method}Request")
        if "idempotency_key" in request.DESCRIPTOR.fields_by_name:
            given.setdefault("idempotency_key", f"key-{next(_keys)}")
        return getattr(self.stub, method)(request(**given), metadata=self.metadata, timeout=30)

    def open(self, session_id: str, **given: Any) -> pb.Basket:
        return self.call("OpenBasket", session_id=session_id, **given)

    def get(self, basket_id: str) -> pb.Basket:
        return self.call("GetBasket", basket_id=basket_id)

    def load(self, basket: pb.Basket, /, **given: Any) -> pb.Basket:
        """Load by keys, given as a dict or as what else a request to load holds."""
        keys = {name: given.pop(name) for name in list(given) if name in KEYS}
        if keys:
            given["keys"] = pb.LookupKeys(**keys)
        return self.call("LoadBasket", basket_id=basket.basket_id, **given)

    def change(self, method: str, basket: pb.Basket, /, **given: Any) -> pb.Basket:
        given.setdefault("version", basket.version)
        return self.call(method, basket_id=basket.basket_id, **given)


KEYS = set(pb.LookupKeys.DESCRIPTOR.fields_by_name)


@pytest.fixture
def make_window(channel: grpc.Channel, keys: testing.Keys) -> Callable[..., Window]:
    def make(*rights: str, at: grpc.Channel | None = None) -> Window:
        return Window(at or channel, testing.bearer(keys.token(*rights, user="cashier")))

    return make


@pytest.fixture
def window(make_window: Callable[..., Window]) -> Window:
    return make_window("cashiering.*")


@pytest.fixture
def basket(window: Window, session: Any) -> pb.Basket:
    """An empty basket at an open session."""
    return window.open(session.session_id)


@pytest.fixture
def bills(app: Any, balance: Callable[..., str]) -> Callable[..., None]:
    """Make bills known: (parcel, year, open cents)."""

    def know(*each: tuple[str, int, int], sequence: int = 2, **changes: Any) -> None:
        app.consumer.absorb(
            "on_balance_changed", [balance(*one, sequence=sequence, **changes) for one in each]
        )

    return know
