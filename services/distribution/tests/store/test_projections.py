"""Events become shares on a real database: in any order, once each, to the cent."""

import itertools
from typing import Any

import pytest
from sqlalchemy import event as sql_event

from distribution_service import tieout
from distribution_service.domain.sharing import exact_shares, unpaid
from distribution_service.events import DISTRIBUTION_POSTED
from taxkit import metrics, testing
from taxkit.ids import new_id


def shared(lines: dict[str, int], cents: int) -> dict[str, int]:
    """The exact shares of an amount of tax on a bill, without those of nothing."""
    bill = unpaid(lines)
    parts = zip(bill.agencies, exact_shares(cents, bill), strict=True)
    return {agency: part for agency, part in parts if part}


def test_dist_001_payments_in_parts_end_at_the_bills_lines(app, neighbours):
    """DIST-001: three payments over the bill's total leave every agency exactly its line."""
    bill, total = new_id(), sum(neighbours.LINES.values())
    receipts = [new_id() for _ in range(3)]
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    for number, (receipt, cents) in enumerate(
        zip(receipts, (1, 40_000, total - 40_001), strict=True), 1
    ):
        row = (receipt, "tax", cents)
        neighbours.absorb(app, "on_payment_allocated", neighbours.allocated(bill, 2 * number, row))
        assert cents == sum(neighbours.shares(app, receipt_id=receipt).values())
    assert neighbours.shares(app, bill_id=bill) == neighbours.LINES


def test_an_allocation_before_its_bill_waits_and_is_shared_when_the_lines_come(app, neighbours):
    """Nothing is lost: undistributed meanwhile, shared and announced with the bill's arrival."""
    bill, first, second = new_id(), new_id(), new_id()
    neighbours.absorb(
        app,
        "on_payment_allocated",
        neighbours.allocated(bill, 4, (second, "tax", 50_001), (second, "interest", 77)),
        neighbours.allocated(bill, 2, (first, "tax", 333)),
    )
    assert neighbours.shares(app, bill_id=bill) == {}
    assert testing.emitted(app) == []
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    expected = shared(neighbours.LINES, 50_334)
    expected["010010000"] += 77
    assert expected == neighbours.shares(app, bill_id=bill)
    assert [one["data"]["shared_cents"] for one in testing.emitted(app)] == [333, 50_078]


def test_redelivered_events_change_nothing(app, neighbours):
    """The same messages again, alone or in the same batch, book nothing twice."""
    bill, receipt = new_id(), new_id()
    created = neighbours.bill_created(bill)
    paid = neighbours.allocated(bill, 2, (receipt, "tax", 1_234))
    for _ in range(2):
        neighbours.absorb(app, "on_bill_created", created, created)
        neighbours.absorb(app, "on_payment_allocated", paid, paid)
    assert shared(neighbours.LINES, 1_234) == neighbours.shares(app, bill_id=bill)
    assert len(testing.emitted(app)) == 1


def test_dist_002_a_reversal_mirrors_the_receipts_own_entries(app, neighbours):
    """DIST-002: agency by agency the negative of what came, in the same batch too."""
    bill, kept, undone = new_id(), new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    neighbours.absorb(app, "on_payment_allocated", neighbours.allocated(bill, 2, (kept, "tax", 55)))
    neighbours.absorb(
        app,
        "on_payment_allocated",
        neighbours.allocated(bill, 4, (undone, "tax", 12_345), (undone, "interest", 9)),
        neighbours.allocated(
            bill, 6, (undone, "tax", -12_345), (undone, "interest", -9), kind="reversal"
        ),
    )
    assert neighbours.shares(app, receipt_id=undone) == {}
    assert shared(neighbours.LINES, 55) == neighbours.shares(app, bill_id=bill)
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "select agency_code, charge_type, array_agg(amount_cents order by kind)"
            " from share_entries where receipt_id = %s group by 1, 2",
            (undone,),
        ).all()
    assert all(given == -taken for _, _, (given, taken) in rows)
    assert len(rows) > 1


def test_every_arrival_order_ends_with_the_same_shares(app, neighbours):
    """Bill, payments and reversals in all orders: the same net shares for every receipt."""
    outcomes = set()
    for order in itertools.permutations(range(5)):
        bill, one, two, three = (new_id() for _ in range(4))
        facts = [
            ("on_bill_created", neighbours.bill_created(bill)),
            ("on_payment_allocated", neighbours.allocated(bill, 2, (one, "tax", 40_001))),
            (
                "on_payment_allocated",
                neighbours.allocated(bill, 4, (one, "tax", -40_001), kind="reversal"),
            ),
            ("on_payment_allocated", neighbours.allocated(bill, 6, (two, "tax", 20_002))),
            (
                "on_payment_allocated",
                neighbours.allocated(
                    bill, 8, (three, "tax", 30_003), (two, "tax", -1_111), kind="reallocation"
                ),
            ),
        ]
        for place in order:
            method, body = facts[place]
            neighbours.absorb(app, method, body)
        outcomes.add(
            tuple(
                tuple(neighbours.shares(app, receipt_id=receipt).items())
                for receipt in (one, two, three)
            )
        )
    assert len(outcomes) == 1
    assert testing.parked(app) == []


def test_the_tieout_difference_is_zero_in_any_order(app, neighbours):
    """Corrections add up to nothing, so allocations and shares stay equal on every date."""
    bill, one, two = new_id(), new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    for sequence, row in ((6, (two, "tax", 7_001)), (2, (one, "tax", 3)), (4, (one, "tax", -3))):
        neighbours.absorb(app, "on_payment_allocated", neighbours.allocated(bill, sequence, row))
    posted = neighbours.payment_posted(two, 7_500, session_id=new_id())
    neighbours.absorb(app, "on_payment_posted", posted)
    tieout.measure(app)
    assert metrics.TIEOUT_DIFFERENCE_CENTS.labels("shares")._value.get() == 0
    assert metrics.MONEY_CENTS.labels("shared")._value.get() == 7_001
    assert metrics.MONEY_CENTS.labels("undistributed")._value.get() == 499


def test_suspense_is_no_agencys_money(app, neighbours):
    """An allocation without a bill leaves the money undistributed and announces nothing."""
    receipt = new_id()
    body = neighbours.allocated(
        new_id(), 1, (receipt, "tax", 1), bill_id=None, tax_year=None, rows=[], suspense_cents=500
    )
    neighbours.absorb(app, "on_payment_allocated", body)
    assert neighbours.shares(app, receipt_id=receipt) == {}
    assert testing.emitted(app) + testing.parked(app) == []


def test_dist_011_a_bill_over_nothing_holds_money_back(app, neighbours):
    """DIST-011: money on a bill without lines is held, not spread elsewhere."""
    bill, receipt = new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill, {"010010000": 0}))
    neighbours.absorb(
        app, "on_payment_allocated", neighbours.allocated(bill, 2, (receipt, "tax", 10))
    )
    assert neighbours.shares(app, bill_id=bill) == {}
    assert testing.parked(app) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"total_cents": 1}, "COMPONENTS_DIFFER"),
        ({"tax_year": 1999}, "NO_LAW_FOR_TAX_YEAR"),
        (
            {
                "components": [
                    {"agency_code": "1", "agency_name": "A", "amount_cents": 1},
                    {"agency_code": "1", "agency_name": "A", "amount_cents": 1},
                ]
            },
            "AGENCY_TWICE",
        ),
        (
            {"components": [{"agency_code": '","', "agency_name": "A", "amount_cents": 1}]},
            "DATA_INVALID",
        ),
        (
            {"components": [{"agency_code": "1", "agency_name": "A", "amount_cents": -1}]},
            "DATA_INVALID",
        ),
    ],
)
def test_a_bill_that_cannot_be_shared_is_parked_with_its_reason(app, neighbours, changes, reason):
    """Bad lines leave no partial state, only a parked message."""
    bill = new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill, **changes))
    assert [reason] == [why for why, _ in testing.parked(app)]
    with app.database.begin() as connection:
        assert connection.exec_driver_sql("select count(*) from bills").scalar_one() == 0


def test_a_bill_sent_again_with_other_lines_is_parked(app, neighbours):
    """Lines once shared by stay; another version of them is a person's business."""
    bill = new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill, {"1": 5}))
    assert [reason for reason, _ in testing.parked(app)] == ["BILL_KNOWN"]


def test_share_entries_are_append_only(app, neighbours):
    """The database itself refuses to change an entry."""
    bill, receipt = new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    neighbours.absorb(
        app, "on_payment_allocated", neighbours.allocated(bill, 2, (receipt, "tax", 10))
    )
    with pytest.raises(Exception, match="append-only"), app.database.begin() as connection:
        connection.exec_driver_sql("update share_entries set amount_cents = 1")


def test_distribution_posted_is_what_its_schema_says(app, neighbours):
    """The emitted event is valid and carries on the payment's trace."""
    bill, receipt = new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    neighbours.absorb(
        app, "on_payment_allocated", neighbours.allocated(bill, 2, (receipt, "tax", 84_956))
    )
    (posted,) = testing.emitted(app)
    assert DISTRIBUTION_POSTED.schema().validate(posted["data"]) == {}
    assert (posted["data"]["shared_cents"], posted["data"]["agency_count"]) == (84_956, 4)
    assert posted["traceparent"] == testing.TRACEPARENT


def test_a_batch_takes_the_same_number_of_statements_as_one_event(app, neighbours):
    """A hundred payments with reversals among them: no statement is repeated for each."""
    counts: list[int] = []
    statements: list[Any] = []
    sql_event.listen(app.database.engine, "before_cursor_execute", lambda *_: statements.append(1))
    for size in (1, 50):
        bills = [new_id() for _ in range(size)]
        neighbours.absorb(app, "on_bill_created", *map(neighbours.bill_created, bills))
        bodies = []
        for bill in bills:
            receipt = new_id()
            bodies.append(neighbours.allocated(bill, 2, (receipt, "tax", 500)))
            bodies.append(neighbours.allocated(bill, 4, (receipt, "tax", -500), kind="reversal"))
        statements.clear()
        neighbours.absorb(app, "on_payment_allocated", *bodies)
        counts.append(len(statements))
    assert counts[0] == counts[1]
