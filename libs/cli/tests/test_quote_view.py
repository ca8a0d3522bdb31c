"""A quote as it is printed: every column adds up to what is owed."""

import io

from rich.console import Console

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage_cli.views import quote_view


def shown(**amounts: int) -> list[str]:
    due = pb.InstallmentDue(
        installment=1, due_on="2019-12-10", tax_open_cents=617_29,
        defaulted_open_cents=617_29, **amounts,
    )  # fmt: skip
    bill = pb.BillDue(
        bill_number="2019-1", bill_version=1, installments=[due],
        open_cents=617_29 + sum(amounts.values()),
    )  # fmt: skip
    out = io.StringIO()
    answer = pb.QuoteResponse(as_of="2019-12-11", bills=[bill], open_cents=bill.open_cents)
    Console(file=out, width=140).print(quote_view(answer))
    return out.getvalue().splitlines()


def test_a_penalty_and_a_fee_stand_beside_tax_and_interest():
    """The installment's own sum has them in it, as the bill's has."""
    _, titles, row, total, *_ = shown(penalty_open_cents=61_73, fee_open_cents=10_00)

    assert titles.split()[-5:] == ["interest", "penalty", "fees", "open", "owner"]
    assert row.split()[-5:] == ["$617.29", "$0.00", "$61.73", "$10.00", "$689.02"]
    assert total.split() == ["$689.02"]


def test_what_nobody_owes_takes_no_room():
    """Most bills bear neither."""
    _, titles, row, *_ = shown(interest_open_cents=9_26)

    assert "penalty" not in titles
    assert "fees" not in titles
    assert row.split()[-3:] == ["$617.29", "$9.26", "$626.55"]
