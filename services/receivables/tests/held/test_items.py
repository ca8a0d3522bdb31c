"""Items of held money follow the ledger, and what receipts tender of them is drawn once."""

import threading

import pytest

from receivables_service.held import items as held_items
from receivables_service.held.lines import payment_id
from taxkit.ids import derived_id, new_id
from taxkit.testing import parked


def items(ledger):
    return ledger.rows(
        "select kind, subcode, open_cents, state from held_items"
        " order by opened_on, kind, receipt_id, item_id"
    )


def item_id(ledger):
    ((found,),) = ledger.rows("select item_id from held_items where state <> 'closed'")
    return found


def tied(app):
    with app.database.begin() as connection:
        return list(held_items.differences(connection, 10))


def pay(app, neighbours, *lines, receipt=None, tenders=None, **options):
    receipt = receipt or new_id()
    body = neighbours.payment_posted(receipt, *lines, tenders=tenders, **options)
    app.consumer.absorb("on_payment_posted", [body])
    return receipt


def surplus_tender(item, cents):
    return [{"tender_type": "surplus", "amount_cents": cents, "reference": str(item)}]


@pytest.fixture
def overpaid(app, bill, neighbours, ledger):
    """An item of 200.00 on a bill paid with 2,000.00."""
    return pay(app, neighbours, neighbours.line(1, 200_000, bill))


@pytest.fixture
def other(app, neighbours):
    """Another issued bill of 1,000.00 and 800.00."""
    other = new_id()
    body = neighbours.bill_created(other, bill_number="2021-other", parcel_number="other")
    app.consumer.absorb("on_bill_created", [body])
    return other


def test_recv_035_surplus_becomes_an_item_and_is_told(app, overpaid, ledger):
    """RECV-035: owner, subcode, source receipt and open amount, with the posting itself."""
    ((kind, subcode, receipt, owner, cents, state),) = ledger.rows(
        "select kind, subcode, receipt_id, owner_name, open_cents, state from held_items"
    )
    expected = ("surplus", "overpayment", overpaid, "Dolores Park", 20_000, "open")
    assert expected == (kind, subcode, receipt, owner, cents, state)
    (told,) = ledger.told("SurplusChanged")
    assert tuple(told["data"][name] for name in ("open_cents", "state", "category")) == (
        20_000,
        "open",
        "surplus",
    )
    assert tied(app) == []


def test_recv_039_suspense_waits_as_an_item_and_moves_with_its_bill(app, neighbours, ledger):
    """RECV-039: no bill, a bill not known; when the bill comes only the rest stays."""
    late = new_id()
    lines = (neighbours.line(1, 7_000), neighbours.line(2, 200_000, late))
    pay(app, neighbours, *lines)
    assert sorted(items(ledger), key=lambda row: row[2]) == [
        ("suspense", "import_unmatched", 7_000, "open"),
        ("suspense", "awaiting_bill", 200_000, "open"),
    ]
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(late)])
    assert sorted(items(ledger), key=lambda row: row[2]) == [
        ("suspense", "awaiting_bill", 0, "closed"),
        ("suspense", "import_unmatched", 7_000, "open"),
        ("surplus", "overpayment", 20_000, "open"),
    ]
    assert tied(app) == []


def test_recv_042_a_tendered_item_is_drawn_once(app, overpaid, other, neighbours, ledger):
    """RECV-042: the same receipt told twice draws once; receipts' own rows stay as they were."""
    item, receipt = item_id(ledger), new_id()
    for _ in range(2):
        pay(app, neighbours, neighbours.line(1, 15_000, other), receipt=receipt,
            tenders=surplus_tender(item, 15_000))  # fmt: skip
    assert items(ledger) == [("surplus", "overpayment", 5_000, "open")]
    assert ledger.balance("surplus_liability") == -20_000
    assert ledger.balance("surplus_paid_out") == 15_000
    assert ledger.balance("cash_clearing") == 200_000
    assert tied(app) == []
    assert ledger.received() == {"2022-02-10": 215_000}


def test_recv_042_a_reversed_tender_gives_the_item_back(app, overpaid, other, neighbours, ledger):
    """RECV-042: in either order of arrival the item is whole again."""
    item = item_id(ledger)
    line = neighbours.line(1, 15_000, other)
    for early in (False, True):
        receipt = new_id()
        posted = neighbours.payment_posted(receipt, line, tenders=surplus_tender(item, 15_000))
        undone = neighbours.payment_reversed(receipt, line, day="2022-02-11")
        steps = [("on_payment_posted", posted), ("on_payment_reversed", undone)]
        for method, body in reversed(steps) if early else steps:
            app.consumer.absorb(method, [body])
        assert items(ledger) == [("surplus", "overpayment", 20_000, "open")]
    assert ledger.balance("surplus_paid_out") == 0
    assert [] == tied(app) == parked(app)


@pytest.mark.parametrize(
    ("cents", "reference", "reason"),
    [
        (20_001, None, "SURPLUS_INSUFFICIENT"),
        (5, "01937c3e-0000-7000-8000-000000000000", "SURPLUS_UNKNOWN"),
        (5, "nonsense", "SURPLUS_UNKNOWN"),
    ],
)
def test_recv_042_what_cannot_be_drawn_waits_with_its_reason(
    app, overpaid, other, neighbours, ledger, cents, reference, reason
):
    """RECV-042: never below zero; the payment itself stands, the draw waits for a person."""
    tender = surplus_tender(reference or item_id(ledger), cents)
    pay(app, neighbours, neighbours.line(1, cents, other), tenders=tender)
    assert [(reason, cents)] == ledger.rows("select reason, amount_cents from held_exceptions")
    assert items(ledger) == [("surplus", "overpayment", 20_000, "open")]
    assert tied(app) == []


def test_recv_056_a_source_taken_back_leaves_a_shortfall(
    app, bill, overpaid, other, neighbours, ledger
):
    """RECV-056: what had been spent of it is owed by somebody, and waits with its reason."""
    pay(app, neighbours, neighbours.line(1, 15_000, other),
        tenders=surplus_tender(item_id(ledger), 15_000))  # fmt: skip
    undone = neighbours.payment_reversed(overpaid, neighbours.line(1, 200_000, bill))
    app.consumer.absorb("on_payment_reversed", [undone])
    assert ledger.balance("shortfall_receivable") == 15_000
    assert ledger.rows("select reason, amount_cents from held_exceptions") == [
        ("SOURCE_REVERSED", 15_000)
    ]
    assert items(ledger) == [("surplus", "overpayment", 0, "closed")]
    assert [] == tied(app) == parked(app)


def test_recv_056_a_tender_taken_back_after_its_source_is_missed_no_more(
    app, overpaid, bill, other, neighbours, ledger
):
    """RECV-056: the shortfall goes with the receipt that made it; told again, nothing more."""
    line = neighbours.line(1, 15_000, other)
    tender = pay(app, neighbours, line, tenders=surplus_tender(item_id(ledger), 15_000))
    source = neighbours.payment_reversed(overpaid, neighbours.line(1, 200_000, bill))
    app.consumer.absorb("on_payment_reversed", [source])
    assert ledger.balance("shortfall_receivable") == 15_000
    for _ in range(2):
        app.consumer.absorb("on_payment_reversed", [neighbours.payment_reversed(tender, line)])
    assert 0 == ledger.balance("shortfall_receivable") == ledger.balance("cash_clearing")
    assert ledger.rows("select open_cents::int from bills") == [(180_000,), (180_000,)]
    (row,) = ledger.rows("select settled_by, settled_at is not null from held_exceptions")
    assert row == (f"receipt/{tender}", True)
    assert tied(app) == parked(app) == []


def test_recv_042_money_of_a_later_day_is_drawn_on_that_day(app, bill, other, neighbours, ledger):
    """RECV-042: a payment that counts from a later day on is there to be tendered all the same."""
    line = neighbours.line(1, 200_000, bill)
    pay(app, neighbours, line, effective_on="2022-02-20")
    tenders = surplus_tender(item_id(ledger), 5_000)
    pay(app, neighbours, neighbours.line(1, 5_000, other), tenders=tenders, day="2022-02-11")
    assert [row[2:] for row in items(ledger)] == [(15_000, "open")]
    days = ledger.rows("select effective_on::text from facts where kind = 'draw'")
    assert days == [("2022-02-20",)]
    assert tied(app) == parked(app) == []


def test_recv_035_what_is_told_again_after_a_restore_is_the_same_item(
    app, overpaid, bill, neighbours, ledger
):
    """RECV-035: an item's id follows from its payment and kind, so that others still know it."""
    fact_id = payment_id(overpaid, 1)
    assert item_id(ledger) == derived_id(fact_id, "held", "surplus")


def test_recv_042_two_receipts_race_for_one_item(app, overpaid, other, neighbours, ledger):
    """RECV-042: eight threads tender the whole item; one has it, seven wait."""
    item = item_id(ledger)
    bodies = [
        neighbours.payment_posted(
            new_id(), neighbours.line(1, 20_000, other), tenders=surplus_tender(item, 20_000)
        )
        for _ in range(8)
    ]
    threads = [
        threading.Thread(target=app.consumer.absorb, args=("on_payment_posted", [body]))
        for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert items(ledger) == [("surplus", "overpayment", 0, "closed")]
    assert ledger.rows("select count(*)::int from held_exceptions") == [(7,)]
    assert tied(app) == []
