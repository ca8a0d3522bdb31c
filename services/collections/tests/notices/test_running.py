"""COLL-015: runs that are under way: none holds back another, whatever befalls it."""

from dataclasses import replace
from uuid import UUID

import pytest

from collections_service.notices import sending

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


def test_coll_015_a_letter_the_law_has_no_more_is_not_sent(desk, owes, monkeypatch) -> None:
    """COLL-015: the pack was exchanged meanwhile; the run ends, and its bills say why."""
    owes(ONE)
    run = desk.preview("first")
    desk.commit(run.run_id)
    terms = desk.app.notice_terms(desk.app.clock.today())
    without = replace(terms, stages=[one for one in terms.stages if one.code != "first"])
    monkeypatch.setattr(type(desk.app), "notice_terms", lambda _app, _day: without)

    desk.send()

    assert desk.run(run.run_id).state == "ended"
    assert [(one.state, one.because) for one in desk.bills(run.run_id)] == [
        ("dropped", "stage_ended")
    ]
    assert desk.asked() == []


def test_coll_015_a_run_that_cannot_go_on_holds_no_other_back(desk, owes, monkeypatch) -> None:
    """COLL-015: it is tried again, and the log says so."""
    owes(ONE)
    first = desk.preview()
    desk.commit(first.run_id)
    owes(TWO)
    second = desk.preview()
    desk.commit(second.run_id)
    look_again = sending._look_again

    def fail(app, work, run, bill_ids) -> None:
        if str(run.run_id) == first.run_id:
            raise RuntimeError("nobody knows")
        look_again(app, work, run, bill_ids)

    with monkeypatch.context() as patched:
        patched.setattr(sending, "_look_again", fail)
        with pytest.raises(RuntimeError, match="nobody knows"):
            desk.send()
    assert [desk.run(one.run_id).state for one in (first, second)] == ["running", "ended"]
    desk.send()
    assert desk.run(first.run_id).state == "ended"


def test_coll_015_a_worker_that_is_told_to_end_leaves_the_rest(desk, owes, monkeypatch) -> None:
    """COLL-015: for the next one, which takes it up where it was left."""
    for bill in (ONE, TWO, THREE):
        owes(bill)
    run = desk.preview()
    desk.commit(run.run_id)
    monkeypatch.setattr(sending, "AT_ONCE", 1)
    some = sending.send_some

    def one_and_end(app, found) -> bool:
        app.leaving = True
        return some(app, found, 1)

    with monkeypatch.context() as patched:
        patched.setattr(sending, "send_some", one_and_end)
        desk.send()
    assert desk.run(run.run_id).requested_count == 1
    desk.app.leaving = False
    desk.send()
    assert desk.run(run.run_id).requested_count == 3
    assert len({one["bill_id"] for one in desk.asked()}) == 3
