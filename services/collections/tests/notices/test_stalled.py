"""COLL-024: letters that got stuck, and held parcels in active work, are found once each."""

from uuid import UUID

import pytest

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


def _states(app) -> list[tuple[str, str]]:
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql("select kind, state from exception_states order by kind")
        return [tuple(row) for row in rows]


@pytest.mark.parametrize("order", [("failed", "printed"), ("printed", "failed")])
def test_coll_024_what_mail_failed_for_is_seen_to_once_it_is_on_paper(
    desk, owes, app, order
) -> None:
    """COLL-024: whichever is heard first; and nobody has to settle it by hand."""
    owes(ONE)
    desk.write()
    (letter,) = desk.asked()
    for kind in order:
        desk.answer(kind, letter["notice_id"])
    assert _states(app) == [("notice_failed", "worked")]


def test_coll_024_a_letter_there_is_word_of_is_unanswered_no_more(desk, owes, app) -> None:
    """COLL-024: even if it was given up, which is an exception of its own, and stays one."""
    owes(ONE)
    desk.write()
    desk.pass_days(14)
    stalled.look(app)
    assert _states(app) == [("stalled_step", "open")]
    desk.answer("failed", desk.asked()[0]["notice_id"])
    assert _states(app) == [("notice_failed", "open"), ("stalled_step", "worked")]


def test_coll_024_a_letter_about_a_held_parcel_was_seen_to_where_it_never_went_out(
    desk, owes, app
) -> None:
    owes(ONE)
    desk.write()
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into holds values (%s, 'P-1', 'dispute', 'r', 'a', '2023-01-01', null, 'u',"
            " now())",
            (ids.new_id(),),
        )
    stalled.look(app)
    desk.answer("sent", desk.asked()[0]["notice_id"])
    assert _states(app) == [("held_in_work", "open")]
    desk.answer("failed", desk.asked()[0]["notice_id"])
    assert dict(_states(app))["held_in_work"] == "worked"


def test_a_run_s_counts_are_those_of_its_bills_before_and_after_its_end(desk, owes, app) -> None:
    """Kept with the preview and the end; a run from before they were kept is counted."""
    owes(ONE)
    owes(TWO, 40_000)
    run = desk.preview()
    owes(TWO, 0)
    desk.commit(run.run_id)
    desk.send()
    ended = desk.run(run.run_id)
    counts = (ended.selected_count, ended.left_out_count, ended.overdue_cents)
    assert (counts, ended.requested_count, ended.dropped_count) == ((2, 0, 90_000), 1, 1)
    with app.database.begin() as connection:
        kept = connection.exec_driver_sql(
            "select k.selected, k.left_out, k.overdue_cents, e.requested, e.dropped"
            " from notice_run_counts k join notice_run_ends e using (run_id)"
        ).all()
        assert [tuple(one) for one in kept] == [(2, 0, 90_000, 1, 1)]
        connection.exec_driver_sql("alter table notice_run_counts disable trigger user")
        connection.exec_driver_sql("delete from notice_run_counts")
        connection.exec_driver_sql("alter table notice_run_counts enable trigger user")
    assert desk.run(run.run_id) == ended
