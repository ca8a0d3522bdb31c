"""DIST-016: interest and penalty waived are entered, and whose they would have been."""

import pytest

from distribution_service.accounts import waivers
from millage.distribution.v1 import accounts_pb2 as pb
from millage.distribution.v1 import accounts_pb2_grpc as stubs
from taxkit.ids import new_id
from taxkit.testing import bearer, foreign_event, parked

TREASURER = "010010000"
"""Cook County's own agency, whose the law says interest is."""


def waived(bill, *rows, sequence=3, day="2023-03-01", **changes):
    """A PenaltyInterestWaived of (charge, cents)."""
    data = {
        "bill_id": str(bill), "bill_number": "2021-1", "parcel_number": "13264290020000",
        "tax_year": 2021, "effective_on": "2023-02-27", "business_date": day, "receipt_id": None,
        "waived_by": "ana", "amount_cents": sum(cents for _, cents in rows),
        "rows": [
            {"installment": number, "charge_type": charge, "amount_cents": cents}
            for number, (charge, cents) in enumerate(rows, 1)
        ],
    }  # fmt: skip
    name = "org.millage.receivables.PenaltyInterestWaived.v1"
    return foreign_event(name, f"bill/{bill}", data | changes, sequence=sequence)


@pytest.fixture
def asked(channel, keys):
    """Ask for the totals of some days."""
    stub, metadata = stubs.AccountServiceStub(channel), bearer(keys.token("distribution.read"))

    def ask(first="2023-03-01", last="2023-03-31"):
        request = pb.ListWaiverTotalsRequest(from_date=first, to_date=last)
        answer = stub.ListWaiverTotals(request, metadata=metadata)
        charges = {one.charge_type: one.waived_cents for one in answer.charges}
        return charges, {one.agency_code: one.waived_cents for one in answer.agencies}

    return ask


def test_dist_016_a_waiver_is_entered_by_charge_and_agency(app, neighbours, asked):
    """Interest is the agency's the law names; penalty goes as the pack has it, or by the lines."""
    bill = new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill, {"A": 2, "B": 1}))
    event = waived(bill, ("interest", 3_000), ("penalty", 300), ("interest", 500))
    neighbours.absorb(app, "on_penalty_interest_waived", event, event)
    neighbours.absorb(app, "on_penalty_interest_waived", event)

    charges, agencies = asked()
    assert charges == {"interest": 3_500, "penalty": 300}
    penalty = app.law.at(2021).rule("penalty").agency
    expected = {penalty: 300} if penalty else {"A": 200, "B": 100}
    for agency, cents in expected.items():
        assert agencies[agency] == cents + 3_500 * (agency == TREASURER)
    assert sum(agencies.values()) == 3_800
    assert parked(app) == []


def test_dist_016_what_is_owed_again_is_the_opposite_on_its_own_day(app, neighbours, asked):
    """Whichever of the two comes first: the day keeps what it reported."""
    bill = new_id()
    back = waived(bill, ("interest", -3_000), sequence=7, day="2023-03-02")
    neighbours.absorb(app, "on_penalty_interest_waived", back)
    neighbours.absorb(app, "on_penalty_interest_waived", waived(bill, ("interest", 3_000)))

    assert asked(last="2023-03-01")[0] == {"interest": 3_000}
    assert asked(first="2023-03-02")[0] == {"interest": -3_000}
    assert asked() == ({"interest": 0}, {})


def test_dist_016_a_message_from_before_the_day_was_told_counts_on_the_day_it_took_effect(
    app, neighbours, asked
):
    event = waived(new_id(), ("interest", 70)).replace('"business_date"', '"some_date"')
    neighbours.absorb(app, "on_penalty_interest_waived", event)
    assert asked("2023-02-27", "2023-02-27")[0] == {"interest": 70}


def test_dist_016_what_a_restored_ledger_tells_again_is_entered_once(app, neighbours, asked):
    """Under a new id; another amount in its place is for a person to look at."""
    bill = new_id()
    for _ in range(2):
        neighbours.absorb(app, "on_penalty_interest_waived", waived(bill, ("interest", 70)))
    assert asked()[0] == {"interest": 70}
    neighbours.absorb(app, "on_penalty_interest_waived", waived(bill, ("interest", 71)))
    assert [reason for reason, _ in parked(app)] == ["PLACE_TAKEN"]
    assert asked()[0] == {"interest": 70}


_MARCH = ("2023-03-01", "2023-03-31")


def test_dist_016_waivers_of_many_bills_pass_some_at_a_time(app, neighbours, monkeypatch):
    """More bills than are held at once add up as few do."""
    monkeypatch.setattr(waivers, "_AT_ONCE", 2)
    bills = [new_id() for _ in range(5)]
    given = [neighbours.bill_created(bill, {"A": 2, "B": 1}) for bill in bills]
    neighbours.absorb(app, "on_bill_created", *given)
    told = [waived(bill, ("penalty", 300)) for bill in bills]
    neighbours.absorb(app, "on_penalty_interest_waived", *told)
    with app.database.begin() as connection:
        found = waivers.by_agency(connection, *_MARCH)
    assert sum(found.values()) == 1_500


def test_dist_016_a_year_without_law_is_parked(app, neighbours):
    """As a posting of that year is."""
    event = waived(new_id(), ("interest", 70), tax_year=1801)
    neighbours.absorb(app, "on_penalty_interest_waived", event)
    assert [reason for reason, _ in parked(app)] == ["NO_LAW_FOR_TAX_YEAR"]
