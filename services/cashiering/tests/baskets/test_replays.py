"""CASH-017, CASH-026: a command on a basket sent again is answered as it was the first time."""

import pytest

from millage.cashiering.v1 import basket_header_pb2 as header
from millage.cashiering.v1 import basket_header_pb2_grpc as header_stubs

PIN = "55555555555555"
KEY = "the key"


@pytest.fixture
def loaded(window, basket, bills):
    bills((PIN, 2021, 900))
    return window.load(basket, parcel_number=PIN, idempotency_key=KEY)


def test_what_was_loaded_is_told_again_after_it_was_paid(
    window, basket, loaded, counter, refused, unchanged
) -> None:
    """Though none of the bills owes anything by then; another request under the key is refused."""
    window.change("PostBasket", loaded, tenders=[counter.cash(900)])
    with unchanged():
        assert window.load(basket, parcel_number=PIN, idempotency_key=KEY) == loaded
        refused("IDEMPOTENCY_CONFLICT", window.load, basket, parcel_number="1", idempotency_key=KEY)


def test_a_changed_line_is_told_again_after_it_was_removed(
    window, loaded, channel, unchanged
) -> None:
    """And so are a header's change and a switch of the basis."""
    stub = header_stubs.BasketHeaderServiceStub(channel)
    line = {"line_number": 1, "amount_cents": 500, "idempotency_key": "line"}
    changed = window.change("ChangeLine", loaded, **line)
    asked = header.ChangeHeaderRequest(
        idempotency_key="header", basket_id=loaded.basket_id, version=changed.version,
        effective_on="2022-12-14", line_numbers=[1],
    )  # fmt: skip
    moved = stub.ChangeHeader(asked, metadata=window.metadata)
    window.change("RemoveLines", moved, line_numbers=[1])

    with unchanged():
        assert window.change("ChangeLine", loaded, **line) == changed
        assert stub.ChangeHeader(asked, metadata=window.metadata) == moved
