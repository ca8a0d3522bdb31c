"""CASH-062, CASH-077: a receipt with lines for sources is taken back in its ledger's part."""

import pytest

from millage.receivables.v1 import returns_pb2 as pb
from millage.receivables.v1 import returns_pb2_grpc as stubs
from taxkit.ids import new_id
from taxkit.testing import bearer


@pytest.mark.parametrize("with_bill", [True, False])
def test_cash_062_what_is_for_sources_does_not_stand_in_the_way(
    app, bill, channel, keys, neighbours, ledger, *, with_bill: bool
):
    """The whole receipt is told as taken back; the ledger gives back what it had."""
    receipt = new_id()
    misc = neighbours.line(1, 1_500) | {"kind": "misc", "suspense_reason": None}
    lines = [misc, neighbours.line(2, 60_000, bill)] if with_bill else [misc]
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, *lines)])
    stubs.ReturnsServiceStub(channel).ReturnPayment(
        pb.ReturnPaymentRequest(
            idempotency_key="k",
            receipt_id=str(receipt),
            reason_code="R01",
            returned_on="2022-04-20",
        ),
        metadata=bearer(keys.token("receivables.*")),
    )
    (told,) = ledger.told("PaymentReturned")
    cash = ledger.rows(
        "select coalesce(sum(amount_cents), 0)::bigint from ledger_entries"
        " where ledger_account = 'cash_clearing'"
    )
    assert told["data"]["total_cents"] == sum(line["amount_cents"] for line in lines)
    assert cash == [(0,)]
