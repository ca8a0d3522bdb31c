"""RECV-067: what is paid of a fee on no bill is its office's, account by account."""

import itertools

import pytest

from taxkit import testing
from taxkit.ids import new_id
from taxkit.testing import foreign_event


def opened(bill, **lines: int) -> str:
    data = {
        "fee_id": str(new_id()), "fee_type": "misc_rcpt", "holder_kind": "agent",
        "holder_id": "77", "bill_id": str(bill), "bill_number": "F-2021-1", "tax_year": 2021,
        "due_on": "2023-04-01", "total_cents": sum(lines.values()),
        "components": [
            {"agency_code": "fees", "agency_name": "Fees", "fund": fund, "amount_cents": cents}
            for fund, cents in lines.items()
        ],
    }  # fmt: skip
    return foreign_event("org.millage.receivables.FeeAccountOpened.v1", f"fee/{bill}", data)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_recv_067_a_fee_is_shared_by_its_accounts_in_any_order(app, neighbours, order) -> None:
    """RECV-067: paid in two parts, each account has its line to the cent."""
    bill, first, second = new_id(), new_id(), new_id()
    told = [
        ("on_fee_account_opened", opened(bill, copies=500, stamps=1_200)),
        ("on_payment_allocated", neighbours.allocated(bill, 4, (first, "fee", 333))),
        ("on_payment_allocated", neighbours.allocated(bill, 6, (second, "fee", 1_367))),
    ]
    for place in order:
        neighbours.absorb(app, *told[place])
    assert testing.parked(app) == []
    assert neighbours.shares(app, bill_id=bill) == {"fees/copies": 500, "fees/stamps": 1_200}
    assert sum(neighbours.shares(app, receipt_id=first).values()) == 333


def test_recv_067_a_fee_taken_back_leaves_nothing_shared(app, neighbours) -> None:
    """RECV-067: the receipt's own shares are mirrored."""
    bill, receipt = new_id(), new_id()
    neighbours.absorb(app, "on_fee_account_opened", opened(bill, court_costs=5_000))
    neighbours.absorb(
        app,
        "on_payment_allocated",
        neighbours.allocated(bill, 4, (receipt, "fee", 5_000)),
        neighbours.allocated(bill, 6, (receipt, "fee", -5_000), kind="reversal"),
    )
    assert neighbours.shares(app, bill_id=bill) == {}
