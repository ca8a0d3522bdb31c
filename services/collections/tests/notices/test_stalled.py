"""COLL-024: letters that got stuck, and held parcels in active work, are found once each."""

from uuid import UUID

from collections_service.notices import stalled
from taxkit import ids

ONE, TWO = UUID(int=1), UUID(int=2)


def _reasons(app) -> set[str]:
    with app.database.begin() as connection:
        return set(connection.exec_driver_sql("select reason from exceptions").scalars())


def _found(app) -> list[tuple[str, str]]:
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "select kind, parcel_number from exceptions order by kind, parcel_number"
        )
        return [tuple(row) for row in rows]


def test_coll_024_a_letter_nobody_tells_of_is_looked_at(desk, owes, app) -> None:
    """COLL-024: after so many days as the county says, and one that went out never."""
    owes(ONE)
    owes(TWO)
    desk.write()
    gone = next(one for one in desk.asked() if one["bill_number"] == "B-2")
    desk.answer("sent", gone["notice_id"])
    desk.pass_days(13)
    stalled.look(app)
    assert _found(app) == []
    desk.pass_days(1)
    stalled.look(app)
    stalled.look(app)
    assert _found(app) == [("stalled_step", "P-1")]
    assert _reasons(app) == {"NOTICE_UNANSWERED"}


def test_coll_024_a_held_parcel_found_in_work_is_looked_at(desk, owes, app) -> None:
    """COLL-024: a hold that came between the letter's request and its sending."""
    owes(ONE)
    desk.write()
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into holds values (%s, 'P-1', 'dispute', 'r', 'a', '2023-01-01', null, 'u',"
            " now())",
            (ids.new_id(),),
        )
    stalled.look(app)
    stalled.look(app)
    assert _found(app) == [("held_in_work", "P-1")]
    assert _reasons(app) == {"NOTICE_ON_HELD_PARCEL"}
