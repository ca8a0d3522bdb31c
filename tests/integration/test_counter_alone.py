"""The counter never waits for another service."""

import pytest
from county import DAY, PATIENCE_SECONDS, County, cash, eventually, line

from millage.cashiering.v1.cashiering_pb2 import Session
from millage_cli import counter
from millage_cli.tieout import tie_out_within


@pytest.fixture
def receivables_away(county: County):
    for role in ("api", "worker"):
        county.stack.kill("receivables", role)
        county.stack.stop_role("receivables", role)
    yield
    for role in ("api", "worker"):
        county.stack.start_role("receivables", role)
    county.stack.wait_ready()


def test_with_receivables_down_the_counter_quotes_and_takes_money_and_all_catch_up(
    county: County, session: Session, receivables_away: None
):
    """The quote says it is provisional; the money is taken at once, the ledger follows."""
    bill = county.bills["33312020310000", 2019]
    quoted = counter.quote(county.clerk, bill_ids=[bill.bill_id], as_of=DAY)
    assert quoted.provisional
    assert quoted.bills[0].open_cents > 0
    receipt = county.pay(session, [line(bill, 9_00)], [cash(9_00)])
    assert receipt.total_cents == 9_00

    for role in ("api", "worker"):
        county.stack.start_role("receivables", role)
    county.stack.wait_ready()
    county.followed(receipt)

    eventually(
        lambda: counter.quote(county.clerk, bill_ids=[bill.bill_id], as_of=DAY),
        lambda quoted: not quoted.provisional,
    )
    assert tie_out_within(county.office, DAY, PATIENCE_SECONDS).holds
    county.settled()
