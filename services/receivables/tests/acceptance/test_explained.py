"""RECV-001: whatever happens to a bill, each row of it says where its rule is from."""

from datetime import date

import pytest

from millage.receivables.v1 import codes_pb2, fees_pb2
from millage.receivables.v1.explain_pb2 import ExplainRequest
from millage.receivables.v1.explain_pb2_grpc import ExplainServiceStub


@pytest.fixture
def explained(california):
    """A fee, a code with a rate of its own, a waiver, a transfer, a default, a correction, more."""
    c = california
    c.issue(500, 500)
    c.day(date(2019, 8, 1))
    fee = fees_pb2.AddFeeRequest(
        idempotency_key=c.key(), fee_type="court", tax_year=2019, amount_cents=5_000,
        due_on="2019-12-10", batch="B1", holder_kind="property", holder_id="13264290020000",
        statement_id="13264290020000", reason="filed",
    )  # fmt: skip
    c.fees.AddFee(fee, metadata=c.caller())
    settings = codes_pb2.CodeSettings(description="Bank", penalty_rate="0.05")
    made = codes_pb2.CreateCodeRequest(
        idempotency_key=c.key(), code="BANK", settings=settings, reason="law"
    )
    c.codes.CreateCode(made, metadata=c.caller())
    asked = codes_pb2.SetCodeRequest(
        idempotency_key=c.key(), code="BANK", comment="filing",
        items=[codes_pb2.CodeItem(bill_id=str(c.bill))],
    )  # fmt: skip
    c.codes.SetCode(asked, metadata=c.caller())
    c.pay(100, date(2019, 12, 20))
    c.waive((2, "penalty", 10), on=date(2020, 4, 20))
    c.unlock(date(2020, 5, 1))
    c.transfer("U", date(2020, 5, 5))
    c.transfer("S", date(2020, 5, 6))
    c.default()
    c.correct(500, 300, on=date(2020, 8, 20))
    c.end_graces(date(2020, 9, 26))
    receipt = c.pay(2_000, date(2020, 10, 1))
    c.close_session(date(2020, 10, 1))
    c.bounce(receipt, date(2020, 10, 5))
    request = ExplainRequest(bill_id=str(c.bill))
    return list(
        ExplainServiceStub(c.channel).Explain(request, metadata=c.caller()).rows
    )  # fmt: skip


def test_recv_001_no_row_is_without_the_place_its_rule_is_from(explained) -> None:
    """RECV-001: of law, of an office's own table, of a code, or of the fact that says it."""
    assert [row.rule_id for row in explained if not (row.citation and row.certainty)] == []
    known = {row.rule_id.split("/")[0] for row in explained}
    assert {"us-ca", "code", "bill-issued", "bill-corrected", "receipt-line"} <= known
    fees = {row.rule_id for row in explained if row.ledger_account == "fee_income"}
    assert any(rule.startswith("us-ca/fees/") for rule in fees)
    assert any(rule.startswith("us-ca/receivables/returned_check/") for rule in fees)
