"""DIST-017: discounts are contra-revenue in their program's account, and reconcile to payments."""

from datetime import date

from distribution_service import discounts
from taxkit.ids import new_id
from taxkit.testing import foreign_event, parked

DAY = "2023-03-01"


def changed(name, bill, receipt, cents, *, grant, day=DAY, sequence=3, **others):
    row = {
        "installment": 1, "charge_type": "tax", "collection_type": "S", "charge_code": "",
        "amount_cents": cents,
    }  # fmt: skip
    data = {
        "grant_id": str(grant), "posting_id": str(new_id()), "bill_id": str(bill),
        "receipt_id": str(receipt), "program": "early", "gl_account": "4190-EARLY",
        "business_date": day, "rows": [row],
        **others,
    }  # fmt: skip
    name = f"org.millage.receivables.{name}.v1"
    return foreign_event(name, f"bill/{bill}", data, sequence=sequence)


def totals(app, first=date(2023, 3, 1), last=date(2023, 3, 31)):
    with app.database.begin() as connection:
        programs = [tuple(row) for row in discounts.by_program(connection, first, last)]
        return programs, discounts.by_agency(connection, first, last)


def test_dist_017_gross_is_what_was_paid_and_what_was_let_off(app, neighbours):
    """AC-12: 2,850 paid and 150 let off are 3,000; each agency bears its part of the 150."""
    bill, receipt, grant = new_id(), new_id(), new_id()
    lines = {"A": 200_000, "B": 100_000}
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill, lines))
    allocated = neighbours.allocated(bill, 2, (receipt, "tax", 285_000))
    neighbours.absorb(app, "on_payment_allocated", allocated)
    applied = changed("DiscountApplied", bill, receipt, 15_000, grant=grant)
    neighbours.absorb(app, "on_discount_applied", applied, applied)
    programs, agencies = totals(app)
    assert programs == [("early", "4190-EARLY", 15_000, 285_000)]
    assert agencies == {"A": 10_000, "B": 5_000}
    assert parked(app) == []


def test_dist_017_what_a_payment_of_two_programs_brought_counts_once(app, neighbours):
    """2,764.51 paid, 150 and 85.49 let off: each program has its part of the money, to the cent."""
    bill, receipt = new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill, {"A": 300_000}))
    allocated = neighbours.allocated(bill, 2, (receipt, "tax", 276_451))
    neighbours.absorb(app, "on_payment_allocated", allocated)
    for sequence, (program, cents) in enumerate((("early", 15_000), ("loyal", 8_549)), 3):
        more = {"program": program, "gl_account": program.upper(), "sequence": sequence}
        applied = changed("DiscountApplied", bill, receipt, cents, grant=new_id(), **more)
        neighbours.absorb(app, "on_discount_applied", applied)

    programs, _ = totals(app)

    assert [row[:3] for row in programs] == [("early", "EARLY", 15_000), ("loyal", "LOYAL", 8_549)]
    assert [row[3] for row in programs] == [176_091, 100_360]


def test_dist_017_a_reversal_is_the_opposite_on_its_own_day(app, neighbours):
    """The day keeps what it reported; the next one has it with a minus."""
    bill, receipt, grant = new_id(), new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill, {"A": 3, "B": 1}))
    # Whichever comes first.
    back = changed(
        "DiscountReversed", bill, receipt, 1_001, grant=grant, day="2023-03-02", sequence=6
    )
    neighbours.absorb(app, "on_discount_reversed", back)
    applied = changed("DiscountApplied", bill, receipt, 1_001, grant=grant)
    neighbours.absorb(app, "on_discount_applied", applied)
    first = totals(app, last=date(2023, 3, 1))
    second = totals(app, first=date(2023, 3, 2))
    assert (first[0][0][2], second[0][0][2]) == (1_001, -1_001)
    assert sum(first[1].values()) == 1_001
    assert totals(app)[0][0][2] == 0
    assert totals(app)[1] == {}


def test_dist_017_discounts_of_many_bills_pass_some_at_a_time(app, neighbours, monkeypatch):
    """More bills than are held at once add up as few do."""
    monkeypatch.setattr(discounts, "_AT_ONCE", 2)
    for _ in range(7):
        bill = new_id()
        neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill, {"A": 2, "B": 1}))
        applied = changed("DiscountApplied", bill, new_id(), 300, grant=new_id())
        neighbours.absorb(app, "on_discount_applied", applied)

    assert totals(app)[1] == {"A": 1_400, "B": 700}


def test_dist_017_what_a_restored_ledger_tells_again_is_entered_once(app, neighbours):
    """Under new ids, in the places it was told in before; another amount there is a person's."""
    bill, receipt, grant = new_id(), new_id(), new_id()
    for _ in range(2):
        applied = changed("DiscountApplied", bill, receipt, 500, grant=grant)
        back = changed("DiscountReversed", bill, receipt, 500, grant=grant, sequence=6)
        neighbours.absorb(app, "on_discount_applied", applied)
        neighbours.absorb(app, "on_discount_reversed", back)
    again = changed("DiscountApplied", bill, receipt, 500, grant=grant, sequence=9)
    neighbours.absorb(app, "on_discount_applied", again)
    assert totals(app)[0][0][2] == 500
    assert parked(app) == []

    other = changed("DiscountApplied", bill, receipt, 501, grant=grant, sequence=9)
    neighbours.absorb(app, "on_discount_applied", other)
    assert [reason for reason, _ in parked(app)] == ["PLACE_TAKEN"]
