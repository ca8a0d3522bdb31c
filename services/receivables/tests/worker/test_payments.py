"""What each event does to the ledger, through the consumer and on a real database."""

import json

import pytest

from taxkit.ids import new_id
from taxkit.testing import parked

DUE = "2022-03-01"


def test_recv_001_rows_are_keyed_by_charge_and_cite_fact_rule_and_pack(app, neighbours, ledger):
    """RECV-001: bill, installment, charge and collection type key the ledger; rows cite why."""
    bill_id, receipt = new_id(), new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill_id)])
    paid = neighbours.payment_posted(
        receipt, neighbours.line(1, 103_000, bill_id), day="2022-04-20"
    )
    app.consumer.absorb("on_payment_posted", [paid])
    rows = ledger.rows(
        "select ledger_account, installment, charge_type, collection_type, amount_cents,"
        " e.receipt_id, rule_id from ledger_entries e join postings p using (posting_id)"
        " where p.kind = 'payment' order by line_number"
    )
    order = "us-il-cook/receivables/allocation/2010-01-01"
    growth = "us-il-cook/receivables/interest/2010"
    assert [
        ("taxes_receivable", 1, "interest", "S", 3_000, None, growth),
        ("interest_income", 1, "interest", "S", -3_000, None, growth),
        ("taxes_receivable", 1, "interest", "S", -3_000, receipt, order),
        ("taxes_receivable", 1, "tax", "S", -100_000, receipt, order),
        ("cash_clearing", None, None, None, 103_000, receipt, "receipt-line"),
    ] == rows
    cited = ledger.rows(
        "select count(*), count(f.fact_id), count(nullif(rule_id, '')), min(pack_version)"
        " from ledger_entries left join facts f using (fact_id)"
    )
    assert [(9, 9, 9, app.terms.pack_version)] == cited


def test_recv_012_a_payment_is_allocated_once_and_told(app, bill, neighbours, ledger):
    """RECV-012: rows, surplus and suspense of PaymentAllocated add up to the line."""
    receipt = new_id()
    body = neighbours.payment_posted(receipt, neighbours.line(1, 60_000, bill))
    app.consumer.absorb("on_payment_posted", [body])
    app.consumer.absorb("on_payment_posted", [body])
    (allocated,) = ledger.told("PaymentAllocated")
    assert allocated["data"]["rows"] == [
        {
            "receipt_id": str(receipt),
            "installment": 1,
            "charge_type": "tax",
            "collection_type": "S",
            "amount_cents": 60_000,
            "rule_id": "us-il-cook/receivables/allocation/2010-01-01",
            "charge_code": "",
        }
    ]
    (issued, balance) = ledger.told("BalanceChanged")
    assert (
        issued["data"]["cause"],
        issued["data"]["open_cents"],
        int(issued["sequence"]),
    ) == ("issue", 180_000, 1)
    assert ("payment", 120_000, str(receipt), False) == tuple(
        balance["data"][name] for name in ("cause", "open_cents", "receipt_id", "paid_in_full")
    )
    assert (int(allocated["sequence"]), int(balance["sequence"])) == (2, 3)
    assert f"bill/{bill}" == allocated["subject"] == balance["subject"]


def test_recv_012_the_same_receipt_under_another_event_id_is_not_taken_twice(
    app, bill, neighbours, ledger
):
    """RECV-012: exactly once per receipt detail, even when the owner sends it as a new event."""
    receipt, line = new_id(), neighbours.line(1, 60_000, bill)
    for _ in range(2):
        app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, line)])
    assert ledger.balance("cash_clearing") == 60_000
    assert parked(app) == []


def test_a_receipt_told_with_another_amount_is_parked(app, bill, neighbours, ledger):
    """Facts are never changed: a different story about a known line waits for a person."""
    receipt = new_id()
    for cents in (60_000, 50_000):
        body = neighbours.payment_posted(receipt, neighbours.line(1, cents, bill))
        app.consumer.absorb("on_payment_posted", [body])
    assert [reason for reason, _ in parked(app)] == ["FACT_TOLD_OTHERWISE"]
    assert ledger.balance("cash_clearing") == 60_000


def test_two_lines_on_one_bill_are_two_facts_and_one_posting(app, bill, neighbours, ledger):
    """A receipt with several lines on a bill is told once for the bill, with all its money."""
    lines = (neighbours.line(1, 30_000, bill), neighbours.line(2, 90_000, bill))
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(new_id(), *lines)])
    assert ledger.postings() == [("issue", 0, 0, 0), ("payment", 120_000, 0, 0)]
    assert len(ledger.rows("select 1 from facts where kind = 'payment'")) == 2
    (told,) = ledger.told("PaymentAllocated")
    assert sum(row["amount_cents"] for row in told["data"]["rows"]) == 120_000


def test_several_payments_of_one_bill_in_one_batch_follow_each_other(app, bill, neighbours, ledger):
    """A batch is worked off in order: each payment meets what the one before left."""
    bodies = [
        neighbours.payment_posted(new_id(), neighbours.line(1, cents, bill))
        for cents in (100_000, 80_000, 500)
    ]
    app.consumer.absorb("on_payment_posted", bodies)
    assert [told["data"]["open_cents"] for told in ledger.told("BalanceChanged")] == [
        180_000,
        80_000,
        0,
        0,
    ]
    assert [(allocated, surplus) for kind, allocated, surplus, _ in ledger.postings()[1:]] == [
        (100_000, 0),
        (80_000, 0),
        (0, 500),
    ]
    assert [
        sequence for (sequence,) in ledger.rows(
            "select (body::jsonb->>'sequence')::int from outbox"
            " where subject like 'bill/%%' order by id"
        )
    ] == [1, 2, 3, 4, 5, 6, 7]  # fmt: skip
    assert ledger.rows("select sequence from bills") == [(7,)]


def test_a_reversal_names_what_it_compensates_and_restores_the_debt(app, bill, neighbours, ledger):
    """Undone is undone by an opposite posting that names the first one."""
    receipt, line = new_id(), neighbours.line(1, 103_000, bill)
    paid = neighbours.payment_posted(receipt, line, day="2022-04-20")
    before = ledger.accounts()
    app.consumer.absorb("on_payment_posted", [paid])
    undone = neighbours.payment_reversed(receipt, line, day="2022-04-21")
    app.consumer.absorb("on_payment_reversed", [undone])
    assert before == ledger.accounts()
    assert ledger.rows(
        "select r.compensates = p.posting_id from postings p, postings r"
        " where p.kind = 'payment' and r.kind = 'reversal'"
    ) == [(True,)]
    assert ledger.received() == {"2022-04-20": 103_000, "2022-04-21": -103_000}
    told = ledger.told("BalanceChanged")[-1]["data"]
    assert (told["cause"], told["open_cents"], told["as_of"]) == ("reversal", 180_000, "2022-04-21")


def test_a_late_backdated_payment_moves_the_money_of_others(app, bill, neighbours, ledger):
    """A payment that counts earlier takes the earlier charges; the posting adds up to itself."""
    late, early = new_id(), new_id()
    first = neighbours.payment_posted(late, neighbours.line(1, 103_000, bill), day="2022-04-20")
    second = neighbours.payment_posted(
        early, neighbours.line(1, 100_000, bill), day="2022-04-21", effective_on="2022-02-01"
    )
    app.consumer.absorb("on_payment_posted", [first])
    app.consumer.absorb("on_payment_posted", [second])
    told = ledger.told("PaymentAllocated")[-1]["data"]
    assert sum(row["amount_cents"] for row in told["rows"]) + told["surplus_cents"] == 100_000
    assert {str(late), str(early)} == {row["receipt_id"] for row in told["rows"]}
    assert ledger.balance("interest_income") == 0
    assert ledger.received() == {"2022-04-20": 103_000, "2022-04-21": 100_000}


def test_money_on_no_bill_waits_in_suspense_and_goes_back(app, bill, neighbours, ledger):
    """Suspense lines are told per line under their receipt, and a reversal gives them back."""
    receipt = new_id()
    lines = (neighbours.line(1, 7_000), neighbours.line(2, 50_000, bill), neighbours.line(3, 300))
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, *lines)])
    assert ledger.balance("suspense_liability") == -7_300
    assert ledger.balance("cash_clearing") == 57_300
    undone = neighbours.payment_reversed(receipt, *lines, day="2022-02-11")
    app.consumer.absorb("on_payment_reversed", [undone])
    assert 0 == ledger.balance("suspense_liability") == ledger.balance("cash_clearing")
    told = [
        (int(one["sequence"]), one["data"]["suspense_cents"])
        for one in ledger.told("PaymentAllocated")
        if one["subject"] == f"receipt/{receipt}"
    ]
    assert told == [(1, 7_000), (2, 300), (3, -7_000), (4, -300)]
    assert ledger.received() == {"2022-02-10": 57_300, "2022-02-11": -57_300}
    assert (
        ledger.rows("select 1 from postings where kind = 'reversal' and compensates is null") == []
    )


@pytest.mark.parametrize("tenth", [103_000, 250_000])
def test_money_before_its_bill_is_placed_when_the_bill_comes(app, neighbours, ledger, tenth):
    """Held in suspense and told so; applied as of its own date once the charges are there."""
    bill_id, receipt = new_id(), new_id()
    paid = neighbours.payment_posted(receipt, neighbours.line(1, tenth, bill_id), day="2022-04-20")
    app.consumer.absorb("on_payment_posted", [paid])
    assert -tenth == ledger.balance("suspense_liability")
    assert ledger.told("BalanceChanged") == []
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill_id)])
    assert ledger.balance("suspense_liability") == 0
    kinds = [(kind, suspense) for kind, _, _, suspense in ledger.postings()]
    assert [("payment", tenth), ("issue", 0), ("reallocation", -tenth)] == kinds
    held, placed = (one["data"] for one in ledger.told("PaymentAllocated"))
    assert ("payment", tenth, []) == (held["kind"], held["suspense_cents"], held["rows"])
    assert ("reallocation", -tenth) == (placed["kind"], placed["suspense_cents"])
    rows = sum(row["amount_cents"] for row in placed["rows"])
    assert tenth == rows + placed["surplus_cents"]
    (balance,) = ledger.told("BalanceChanged")
    assert (balance["data"]["cause"], int(balance["sequence"])) == ("issue", 3)
    assert 183_000 - rows == balance["data"]["open_cents"]


def test_a_bill_of_nothing_is_told_as_paid_and_posts_nothing(app, neighbours, ledger):
    """An exempt parcel's bill is on the books, settled, without an entry."""
    body = neighbours.bill_created(new_id(), 0, 0)
    app.consumer.absorb("on_bill_created", [body])
    assert ledger.postings() == []
    (told,) = ledger.told("BalanceChanged")
    assert told["data"]["paid_in_full"] is True


def test_a_bill_issued_again_with_another_demand_is_parked(app, bill, neighbours, ledger):
    """The same demand again changes nothing; another one waits for a person."""
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    assert parked(app) == []
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill, 1, 2)])
    assert [reason for reason, _ in parked(app)] == ["FACT_TOLD_OTHERWISE"]
    assert ledger.balance("taxes_receivable") == 180_000


def test_a_bill_sent_twice_in_one_batch_is_issued_once(app, neighbours, ledger):
    """Two events of one demand at the same instant: one issue, one balance told."""
    bill_id, at = new_id(), "2022-01-05T12:00:00+00:00"
    bodies = []
    for _ in range(2):
        envelope = json.loads(neighbours.bill_created(bill_id))
        bodies.append(json.dumps({**envelope, "time": at}))
    app.consumer.absorb("on_bill_created", bodies)
    assert len(ledger.told("BalanceChanged")) == 1
    assert ledger.rows("select sequence, issued_on::text from bills") == [(1, "2022-01-05")]


def _changed(body: str, **changes: object) -> str:
    envelope = json.loads(body)
    return json.dumps({**envelope, "data": {**envelope["data"], **changes}})


def test_what_no_retry_can_mend_is_parked_and_the_rest_of_the_batch_applied(
    app, bill, neighbours, ledger
):
    """Bad totals, missing fields and years without law are parked, with their reason."""
    good, line = new_id(), neighbours.line(1, 100, bill)
    bodies = [
        neighbours.payment_posted(good, line),
        _changed(neighbours.payment_posted(new_id(), line), total_cents=101),
        _changed(neighbours.payment_posted(new_id(), line), lines=[{**line, "bill_id": None}]),
        _changed(neighbours.payment_posted(new_id(), line), lines=[{**line, "amount_cents": 0}]),
        _changed(neighbours.payment_posted(new_id(), line), receipt_id="none"),
        _changed(neighbours.payment_posted(new_id(), line), lines=[{**line, "line_number": 2**40}]),
    ]
    app.consumer.absorb("on_payment_posted", bodies)
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(new_id(), tax_year=2009)])
    assert [reason for reason, _ in parked(app)] == ["DATA_INVALID"] * 5 + ["NO_LAW_IN_FORCE"]
    assert ledger.balance("cash_clearing") == 100
