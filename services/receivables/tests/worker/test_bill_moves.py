"""LEVY-016: the ledger follows a bill to another parcel; what it owes and was paid stays."""

import itertools
from datetime import date

from taxkit import testing
from taxkit.ids import new_id
from taxkit.testing import parked

GOAL = "18032000510000"
CORRECTED = date(2022, 11, 14)


def moved(bill, version, parcel=GOAL, name="Dolores Park"):
    data = {
        "bill_id": str(bill), "bill_number": "2021-1", "bill_version": version, "tax_year": 2021,
        "parcel_number": parcel, "owner": {"name": name, "email": None},
        "moved_on": "2022-11-14", "moved_by": "ada", "reason": "the home was moved",
    }  # fmt: skip
    return testing.foreign_event(
        "org.millage.levy.BillMoved.v1", f"bill/{bill}", data, sequence=version
    )


def parts(first, second):
    return [
        {"installment": 1, "due_on": "2022-03-01", "amount_cents": first},
        {"installment": 2, "due_on": "2022-12-30", "amount_cents": second},
    ]


def head(app, bill):
    with app.database.begin() as connection:
        return tuple(
            connection.exec_driver_sql(
                "select parcel_number, owner_name, bill_version, open_cents from bills"
                " where bill_id = %s",
                (bill,),
            ).one()
        )


def balances(app, bill):
    return [
        one["data"]
        for one in testing.emitted(app)
        if ".BalanceChanged." in one["type"] and one["subject"] == f"bill/{bill}"
    ]


def test_levy_016_a_moved_bill_is_told_on_its_new_parcel(app, neighbours):
    """LEVY-016: one balance more, whole, by which every read copy re-keys; no posting, no cent."""
    bill = new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    before = balances(app, bill)[-1]
    body = moved(bill, 2)
    app.consumer.absorb("on_bill_moved", [body])
    app.consumer.absorb("on_bill_moved", [body])
    told = balances(app, bill)
    assert len(told) == 2
    changed = {name for name in before if before[name] != told[-1][name]}
    assert changed == {"parcel_number", "owner", "bill_version", "cause"}
    assert (told[-1]["parcel_number"], told[-1]["cause"]) == (GOAL, "move")
    with app.database.begin() as connection:
        count = "select count(*) from postings where bill_id = %s"
        assert connection.exec_driver_sql(count, (bill,)).scalar_one() == 1
    assert parked(app) == []


def test_levy_016_issue_payment_move_and_correction_in_any_order(app, neighbours):
    """LEVY-016: whichever comes first, the bill ends on the same parcel with the same balance."""
    outcomes = set()
    for order in itertools.permutations(range(4)):
        bill = new_id()
        line = neighbours.line(1, 50_000, bill)
        facts = [
            ("on_bill_created", neighbours.bill_created(bill)),
            ("on_payment_posted", neighbours.payment_posted(new_id(), line)),
            ("on_bill_moved", moved(bill, 2)),
            (
                "on_bill_corrected",
                neighbours.bill_corrected(
                    bill, 3, parts(100_000, 50_000), CORRECTED,
                    owner={"name": "Dolores Park", "email": None},
                ),
            ),
        ]  # fmt: skip
        for place in order:
            app.consumer.absorb(facts[place][0], [facts[place][1]])
        parcel, owner, version, open_cents = head(app, bill)
        told = balances(app, bill)[-1]
        assert (told["parcel_number"], told["bill_version"]) == (parcel, version)
        outcomes.add((parcel, owner, version, open_cents))
    assert len(outcomes) == 1, outcomes
    assert outcomes.pop()[:3] == (GOAL, "Dolores Park", 3)
    assert parked(app) == []


def test_levy_016_the_last_of_two_moves_counts_in_either_order(app, neighbours):
    """LEVY-016: moved twice, told the other way round, before or after its issue."""
    for order in itertools.permutations(range(3)):
        bill = new_id()
        facts = [
            ("on_bill_created", neighbours.bill_created(bill)),
            ("on_bill_moved", moved(bill, 2, "07101010391078", "First")),
            ("on_bill_moved", moved(bill, 3)),
        ]
        for place in order:
            app.consumer.absorb(facts[place][0], [facts[place][1]])
        assert head(app, bill)[:3] == (GOAL, "Dolores Park", 3)


def test_levy_016_money_that_comes_after_a_move_goes_to_the_bill(app, neighbours):
    """LEVY-016: a receipt written for the parcel before pays the same bill, under its new name."""
    bill, receipt = new_id(), new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    app.consumer.absorb("on_bill_moved", [moved(bill, 2)])
    owed = head(app, bill)[3]
    line = neighbours.line(1, 50_000, bill)
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, line)])
    assert head(app, bill) == (GOAL, "Dolores Park", 2, owed - 50_000)
    allocated = [one["data"] for one in testing.emitted(app) if ".PaymentAllocated." in one["type"]]
    assert allocated[-1]["parcel_number"] == GOAL
