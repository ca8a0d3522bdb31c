"""CASH-001, CASH-013: a file is held to what its till, its sender and its county take."""

from typing import Any

import pytest

from millage.cashiering.v1 import sessions_pb2 as pb
from millage.cashiering.v1 import sessions_pb2_grpc as stubs

LINES = (
    b"bill_reference,amount,paid_on,received_on,check_number,payer_name\n"
    b"1326429002000020211,1.00,2022-12-15,2022-12-15,9,Imogen Vale\n"
    b"TRAILER,1,1.00\n"
)


@pytest.fixture
def limit(channel, counter):
    """Say what a till or a cashier takes; nothing said limits nothing."""
    stub = stubs.SessionsServiceStub(channel)

    def say(method: str, **given: Any) -> None:
        request = getattr(pb, f"{method}Request")(idempotency_key=counter.key(), **given)
        getattr(stub, method)(request, metadata=counter.metadata)

    return say


@pytest.mark.parametrize("whose", ["till", "cashier"])
def test_cash_001_a_file_pays_no_tax_where_none_is_taken(
    counter, limit, refused, rows, whose: str
) -> None:
    """The lists of its till and of whoever sends it, as over the counter."""
    only_misc = pb.Codes(codes=["misc"])
    if whose == "till":
        limit("SetTill", till_code="LOCKBOX", payment_types=only_misc)
    else:
        limit("SetCashier", cashier="cashier", payment_types=only_misc)
    error = refused("PAYMENT_TYPE_NOT_ALLOWED", counter.imported, LINES, "csv")

    assert f"this {whose}" in error.details()
    assert rows("select count(*) from receipts") == [(0,)]
    limit("SetTill", till_code="LOCKBOX")
    limit("SetCashier", cashier="cashier", payment_types=pb.Codes(codes=["tax"]))
    assert counter.imported(LINES, "csv").posted_count == 1
