"""COLL-010, COLL-028: a letter withheld for a hold is asked for again once the hold is over."""

from uuid import UUID

from collections_service.notices.sending import send_waiting
from taxkit import testing

ONE = UUID(int=1)


def withhold(desk, event_id: UUID) -> str:
    """Notifications found the parcel held, and wrote nothing."""
    letter = desk.asked()[-1]["notice_id"]
    data = {
        "notice_id": letter, "bill_id": str(ONE), "template": "delinquent_first", "recipient": "",
        "reason": "the parcel is held: nobody writes about it", "attempts": 0,
    }  # fmt: skip
    name = "org.millage.notifications.BillNoticeFailed.v1"
    told = testing.foreign_event(name, f"notice/{letter}", data, id=str(event_id))
    desk.hear("on_bill_notice_failed", told, told)
    return letter


def test_coll_010_a_withheld_letter_goes_out_after_the_hold(desk, owes, app) -> None:
    """By the name it had, once each time it was withheld, and nobody has to see to it."""
    owes(ONE)
    desk.write()
    letter = withhold(desk, UUID(int=71))
    with app.database.begin() as connection:
        assert connection.exec_driver_sql("select count(*) from exceptions").scalar_one() == 0
    for run in (desk.preview(), desk.preview()):
        desk.commit(run.run_id)
    send_waiting(app)
    assert [one["notice_id"] for one in desk.asked()] == [letter, letter]
    assert desk.preview().selected_count == 0

    withhold(desk, UUID(int=72))
    assert desk.write().requested_count == 1
    desk.answer("sent", letter)
    assert desk.preview().selected_count == 0
    (kept,) = desk.letters(ONE)
    assert [one.kind for one in kept.answers] == ["withheld", "withheld", "sent"]


def test_coll_014_the_stage_after_waits_for_the_letter_that_went_out(desk, owes) -> None:
    """Counted from then, not from when it was withheld."""
    owes(ONE)
    desk.write()
    letter = withhold(desk, UUID(int=71))
    desk.pass_days(40)
    desk.write()
    desk.answer("sent", letter)
    desk.pass_days(29)
    assert desk.preview("final").selected_count == 0
    desk.pass_days(1)
    assert desk.preview("final").selected_count == 1


def test_coll_024_what_was_tried_and_given_up_is_not_asked_for_again(desk, owes) -> None:
    """Somebody puts it on paper."""
    owes(ONE)
    desk.write()
    desk.answer("failed", desk.asked()[0]["notice_id"])
    assert desk.preview().selected_count == 0
