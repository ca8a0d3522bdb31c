"""RECV-001, RECV-032: what a discount let off is explained by its program's own law."""

from datetime import date

from millage.receivables.v1.explain_pb2 import ExplainRequest
from millage.receivables.v1.explain_pb2_grpc import ExplainServiceStub
from taxkit.testing import bearer


def test_recv_001_a_discount_names_its_ordinance(channel, keys, county) -> None:
    """RECV-001: 5 % of 3,000.00, with the citation of the term that has the program."""
    county.issue()
    county.pay(285_000, date(2022, 1, 15))
    asked = ExplainRequest(bill_id=str(county.bill))
    told = ExplainServiceStub(channel).Explain(
        asked, metadata=bearer(keys.token("receivables.read"))
    )
    (off,) = [row for row in told.rows if row.ledger_account == "discount"]
    assert (off.amount_cents, off.citation, off.certainty) == (
        15_000, "The ordinance of a county that is nowhere", "house rule",
    )  # fmt: skip
    assert all(row.citation for row in told.rows)
