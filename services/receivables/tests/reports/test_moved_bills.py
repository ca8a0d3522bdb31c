"""LEVY-016, RECV-001: a statement is of the bills that were on the parcel that day."""

import grpc
import pytest

from taxkit import testing
from taxkit.ids import new_id

PARCEL, GOAL = "13264290020000", "18032000510000"


def moved(bill, version=2, parcel=GOAL, on="2022-11-14"):
    data = {
        "bill_id": str(bill), "bill_number": "2021-1", "bill_version": version, "tax_year": 2021,
        "parcel_number": parcel, "owner": {"name": "Dolores Park", "email": None},
        "moved_on": on, "moved_by": "ada", "reason": "the home was moved",
    }  # fmt: skip
    return testing.foreign_event(
        "org.millage.levy.BillMoved.v1", f"bill/{bill}", data, sequence=version
    )


@pytest.fixture
def bill(app, neighbours):
    """Issued on one parcel, with half of it paid."""
    bill = new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    paid = neighbours.payment_posted(new_id(), neighbours.line(1, 100_000, bill))
    app.consumer.absorb("on_payment_posted", [paid])
    return bill


def numbers(reports, parcel, as_of):
    told = reports.json("account-statement", parcel_number=parcel, as_of=as_of)
    return {row["bill_number"] for row in told["rows"]}


def test_cash_082_a_statement_read_again_after_a_move_is_what_it_was(app, reports, bill) -> None:
    """CASH-082: sealed before the bill left, it has the same rows and the same hash afterwards."""
    run = reports.run("account-statement", parcel_number=PARCEL, as_of="2098-01-01")
    before = reports.read(run.run_id, "json")
    app.consumer.absorb("on_bill_moved", [moved(bill)])

    assert reports.read(run.run_id, "json") == before


def test_levy_016_a_bill_is_on_the_statement_of_the_parcel_it_was_on(app, reports, bill) -> None:
    """LEVY-016: of the old one up to the day before, of the new one from that day; and back."""
    app.consumer.absorb("on_bill_moved", [moved(bill)])
    app.consumer.absorb("on_bill_moved", [moved(bill, 3, PARCEL, "2023-05-01")])
    found = {
        (parcel, day): bool(numbers(reports, parcel, day))
        for parcel in (PARCEL, GOAL)
        for day in ("2022-11-13", "2022-11-14", "2023-05-01")
    }
    assert [day for (parcel, day), there in found.items() if parcel == GOAL and there] == [
        "2022-11-14"
    ]
    assert all(found[PARCEL, day] is not found[GOAL, day] for _, day in found)


def test_a_parcel_that_no_bill_was_ever_on_has_no_statement(app, reports, bill) -> None:
    """One that all bills have left still has."""
    app.consumer.absorb("on_bill_moved", [moved(bill)])
    assert numbers(reports, PARCEL, "2098-01-01") == set()
    refusal = reports.refused("account-statement", parcel_number="99")
    assert isinstance(refusal, grpc.RpcError)
    assert testing.reason_of(refusal) == "PARCEL_NOT_FOUND"
