"""LEVY-016: a bill that is on another parcel is kept and told of there."""

from taxkit import testing

METHOD = "on_balance_changed"
PARTS = [("2022-03-01", 500), ("2022-12-30", 600)]
GOAL = "18032000510000"


def told(app) -> list[dict]:
    return [one["data"] for one in testing.emitted(app) if ".AgingBucketChanged." in one["type"]]


def test_levy_016_a_moved_bill_is_told_of_on_its_new_parcel(app, balance, bill_id) -> None:
    """LEVY-016: once, with the same bucket before and after; what is kept of it follows."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, PARTS)])
    before = told(app)
    moved = balance(bill_id, 2, PARTS, cause="move", parcel_number=GOAL)
    app.consumer.absorb(METHOD, [moved, moved])
    (news,) = told(app)[len(before) :]
    assert news["parcel_number"] == GOAL
    assert news["bucket_before"] == news["bucket_after"] == before[-1]["bucket_after"]
    with app.database.begin() as connection:
        kept = connection.exec_driver_sql("select parcel_number from bills").scalars().all()
    assert kept == [GOAL]
    assert testing.parked(app) == []


def test_levy_016_the_aging_report_counts_it_on_its_new_parcel(app, balance, bill_id) -> None:
    """LEVY-016: an account of the report is a parcel."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, PARTS)])
    app.consumer.absorb(METHOD, [balance(bill_id, 2, PARTS, cause="move", parcel_number=GOAL)])
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql("select distinct parcel_number from open_installments")
        assert rows.scalars().all() == [GOAL]
