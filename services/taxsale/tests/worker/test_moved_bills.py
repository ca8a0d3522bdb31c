"""LEVY-016: a bill that is on another parcel is kept and told of there."""

from taxkit import testing

METHOD = "on_balance_changed"
PARTS = [("2022-03-01", 500), ("2022-12-30", 600)]
GOAL = "18032000510000"


def told(app) -> list[dict]:
    return [one["data"] for one in testing.emitted(app) if ".SaleStandingChanged." in one["type"]]


def test_levy_016_a_moved_bill_is_told_of_on_its_new_parcel(app, balance, bill_id) -> None:
    """LEVY-016: once, with the same standing before and after; what is kept of it follows."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, PARTS)])
    before = told(app)
    moved = balance(bill_id, 2, PARTS, cause="move", parcel_number=GOAL)
    app.consumer.absorb(METHOD, [moved, moved])
    (news,) = told(app)[len(before) :]
    assert news["parcel_number"] == GOAL
    assert news["standing_before"] == news["standing_after"] == before[-1]["standing_after"]
    with app.database.begin() as connection:
        kept = connection.exec_driver_sql("select parcel_number from bills").scalars().all()
    assert kept == [GOAL]
    assert testing.parked(app) == []
