"""LEVY-015, AC-20: changes of bills wait while a file of payments may pay them."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from levy_service.guard import kinds, releasing
from taxkit import ids, testing


def versions(app, bill) -> list[tuple[int, int]]:
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "select bill_version, total_cents from bills where bill_id = %s order by 1",
            (bill.bill_id,),
        )
        return [tuple(row) for row in rows]


def told(app) -> list[tuple[str, int]]:
    return [
        (event["subject"].removeprefix("bill/"), int(event["sequence"]))
        for event in testing.emitted(app)
        if ".BillCorrected." in event["type"]
    ]


def test_ac_20_a_a_change_while_an_import_is_open_waits(app, levy, runs, guard, bills, to_total):
    """AC-20 (a): queued as IMPORT_ACTIVE with the run; the bill stands as it is."""
    bill, other, _ = bills
    run_id = runs.begin(bill)
    answer = to_total(bill, 90_000)
    assert (answer.held.state, answer.held.reason) == ("waiting", "IMPORT_ACTIVE")
    assert answer.held.run_ids == [str(run_id)]
    assert answer.bill == levy.bill(bill.bill_id) == bill
    assert answer.previous_total_cents == bill.total_cents
    assert runs.pulse() == 0
    assert told(app) == []
    assert guard.changes() == [answer.held]

    assert not to_total(other, 90_000).held.change_id, "a bill the file does not name is free"


def test_ac_20_b_a_supervisor_forces_the_change(app, levy, runs, guard, bills, to_total):
    """AC-20 (b): done while the file is open, with a trace of who did it and why."""
    bill = bills[0]
    run_id = runs.begin(bill)
    held = to_total(bill, 90_000).held
    done = guard.force(held.change_id)
    assert (done.state, done.reason, done.settled_by) == ("done", "FORCED", "sam")
    assert guard.force(held.change_id) == done
    now = levy.bill(bill.bill_id)
    assert (now.bill_version, now.total_cents) == (2, 90_000)
    with app.database.begin() as connection:
        (audit,) = connection.exec_driver_sql("select * from forced_changes").all()
    assert (audit.run_ids, audit.forced_by, audit.reason) == ([run_id], "sam", "hearing today")
    runs.end(run_id)
    assert told(app) == [(bill.bill_id, 2)]


def test_ac_20_c_what_waited_runs_when_the_import_closes(
    app, levy, runs, guard, bills, to_total, corrections
):
    """AC-20 (c): once, as its own asker, counting from the day it was asked for."""
    bill = bills[0]
    run_id = runs.begin(bill)
    to_total(bill, 90_000)
    runs.end(run_id)
    runs.end(run_id)
    assert guard.states() == [("done", "")]
    assert told(app) == [(bill.bill_id, 2)]
    (kept,) = corrections.of(bill.bill_id)
    assert (kept.corrected_by, kept.total_cents, kept.corrected_on) == (
        "assessor", 90_000, "2023-03-31",
    )  # fmt: skip
    assert levy.bill(bill.bill_id).bill_version == 2
    assert not to_total(bill, 80_000, 2).held.change_id


def test_levy_015_changes_run_in_the_order_they_were_asked_for(app, runs, guard, bills, to_total):
    """LEVY-015: of two of one bill, the second was made for a version that is gone by then."""
    first, second, third = bills
    run_id = runs.begin(named=False)
    for place, bill in enumerate((third, first, second, first)):
        to_total(bill, 90_000 - place)
    runs.end(run_id)
    assert told(app) == [(third.bill_id, 2), (first.bill_id, 2), (second.bill_id, 2)]
    assert guard.states() == [("done", "")] * 3 + [("refused", "BILL_VERSION_STALE")]
    assert versions(app, first)[1:] == [(2, 89_999)]


def test_levy_015_a_change_behind_a_waiting_one_waits_too(app, runs, guard, bills, to_total):
    """LEVY-015: nobody overtakes; whose bills are free of both runs goes first."""
    bill, other, _ = bills
    one, two = runs.begin(bill), runs.begin(other)
    to_total(bill, 90_000)
    to_total(other, 80_000)
    runs.end(one, settle=False)
    assert to_total(bill, 70_000).held.run_ids == [str(one)]
    assert runs.pulse() == 2
    assert told(app) == [(bill.bill_id, 2)]
    assert [state for state, _ in guard.states()] == ["done", "waiting", "refused"]
    runs.end(two)
    assert told(app) == [(bill.bill_id, 2), (other.bill_id, 2)]


@pytest.mark.parametrize("late", [False, True], ids=["in order", "the end first"])
def test_levy_015_the_end_of_a_run_may_be_told_before_its_beginning(runs, bills, to_total, late):
    """LEVY-015: two queues have no order between them; a run that is over holds nothing."""
    run_id = ids.new_id()
    steps = [lambda: runs.begin(bills[0], run_id=run_id), lambda: runs.end(run_id)]
    for step in reversed(steps) if late else steps:
        step()
    assert not to_total(bills[0], 90_000).held.change_id


def test_levy_015_what_would_be_refused_is_refused_at_once(runs, guard, bills, to_total, refused):
    """LEVY-015: nothing that cannot be done is kept for later; the attempt leaves no version."""
    bill = bills[0]
    runs.begin(bill)
    assert refused(to_total, bill, 90_000, 7) == "BILL_VERSION_STALE"
    assert refused(to_total, bill, bill.total_cents) == "CORRECTION_CHANGES_NOTHING"
    assert guard.changes() == []


def test_levy_015_asked_again_it_is_held_once(runs, guard, bills, to_total, refused):
    """LEVY-015: the same key gives the same answer, even after the change has run."""
    bill = bills[0]
    run_id = runs.begin(bill)
    first = to_total(bill, 90_000, idempotency_key="k")
    assert to_total(bill, 90_000, idempotency_key="k") == first
    runs.end(run_id)
    assert to_total(bill, 90_000, idempotency_key="k") == first
    assert len(guard.changes()) == 1
    assert refused(to_total, bill, 80_000, idempotency_key="k") == "IDEMPOTENCY_CONFLICT"


def test_levy_015_a_county_may_have_changes_refused_instead(
    app, runs, guard, bills, to_total, refused
):
    """LEVY-015: MILLAGE_IMPORT_GUARD=refuse names the run and keeps nothing."""
    runs.begin(bills[0])
    app.settings = testing.replace_setting(app.settings, import_guard="refuse")
    assert refused(to_total, bills[0], 90_000) == "IMPORT_ACTIVE"
    assert guard.changes() == []


def test_levy_015_a_person_releases_a_run_that_never_ends(runs, guard, bills, to_total, refused):
    """LEVY-015: a killed cashiering blocks nobody for ever; its end may still be told."""
    bill = bills[0]
    run_id = runs.begin(bill)
    to_total(bill, 90_000)
    assert refused(guard.release, run_id, reason=" ") == "REASON_MISSING"
    assert refused(guard.release, ids.new_id(), key="x") == "IMPORT_RUN_NOT_FOUND"
    guard.release(run_id)
    guard.release(run_id)
    assert refused(guard.release, run_id, key="again") == "IMPORT_RUN_NOT_OPEN"
    assert runs.pulse() == 1
    (shown,) = guard.ask("ListHoldingRuns").runs
    assert (shown.is_open, shown.released_by, shown.bill_count) == (False, "sam", 1)
    assert shown.release_reason == "cashiering was rebuilt"
    runs.end(run_id)
    assert guard.ask("ListHoldingRuns", open_only=True).runs == []
    assert not to_total(bill, 80_000, 2).held.change_id


def test_levy_015_a_change_may_be_withdrawn_while_it_waits(
    app, runs, guard, bills, to_total, refused
):
    """LEVY-015: it does not happen; settled it is neither withdrawn nor forced again."""
    run_id = runs.begin(bills[0])
    held = to_total(bills[0], 90_000).held
    asked = {"change_id": held.change_id, "reason": "typed wrong", "idempotency_key": "w"}
    assert guard.ask("WithdrawHeldChange", **asked).state == "withdrawn"
    runs.end(run_id)
    assert told(app) == []
    again = asked | {"idempotency_key": "w2"}
    assert refused(guard.ask, "WithdrawHeldChange", **again) == "HELD_CHANGE_SETTLED"
    assert refused(guard.force, held.change_id) == "HELD_CHANGE_SETTLED"
    unknown = asked | {"change_id": str(UUID(int=9)), "idempotency_key": "w3"}
    assert refused(guard.ask, "WithdrawHeldChange", **unknown) == "HELD_CHANGE_NOT_FOUND"


def test_levy_015_nobody_is_forced_past_an_earlier_change_of_the_bill(
    runs, guard, bills, to_total, refused
):
    """LEVY-015: forcing keeps the order of one bill's changes."""
    runs.begin(bills[0])
    first, second = (to_total(bills[0], cents).held for cents in (90_000, 80_000))
    assert refused(guard.force, second.change_id) == "HELD_BEHIND_ANOTHER"
    guard.force(first.change_id, key="1")
    assert refused(guard.force, second.change_id, key="2") == "BILL_VERSION_STALE"
    assert guard.states() == [("done", "FORCED"), ("waiting", "IMPORT_ACTIVE")]


def test_levy_015_many_workers_run_each_change_once(app, runs, guard, bills, to_total):
    """LEVY-015: replicas whose timers strike together."""
    run_id = runs.begin(named=False)
    for bill in bills:
        to_total(bill, 90_000)
    runs.end(run_id, settle=False)
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda _: releasing.run_ready(app), range(4)))
    assert sum(done) == 3
    assert sorted(told(app)) == sorted((bill.bill_id, 2) for bill in bills)
    assert guard.states() == [("done", "")] * 3


def test_levy_015_a_change_cut_off_in_the_middle_is_done_after_the_restart(
    app, runs, guard, bills, to_total, monkeypatch
):
    """LEVY-015: effect and outcome are one transaction; others of other bills need not wait."""
    run_id = runs.begin(named=False)
    for bill in bills[:2]:
        to_total(bill, 90_000)
    runs.end(run_id, settle=False)
    struck = itertools.count()

    def dies_once(app, connection, held):
        kinds.APPLY[held.kind](app, connection, held.body, held.asked_by, held.traceparent)
        if next(struck) == 0:
            raise ConnectionError("the process is gone")

    monkeypatch.setattr(kinds, "apply", dies_once)
    runs.pulse()
    assert told(app) == [(bills[1].bill_id, 2)]
    assert runs.pulse() == 1
    assert told(app) == [(bills[1].bill_id, 2), (bills[0].bill_id, 2)]
    assert guard.states() == [("done", "")] * 2


@pytest.mark.parametrize("method", ["ForceHeldChange", "ReleaseRun"])
def test_levy_015_forcing_and_releasing_need_their_own_right(guard, refused, method):
    """LEVY-015: whoever may correct a bill may not for that alone go past the guard."""
    assert refused(guard.ask, method, "levy.correct", "levy.read", "levy.load") == "FORBIDDEN"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"state": "lost"}, "STATE_UNKNOWN"),
        ({"bill_id": "x"}, "ID_INVALID"),
        ({"page_token": "-1"}, "PAGE_TOKEN_INVALID"),
        ({"page_token": "9" * 16}, "PAGE_TOKEN_INVALID"),
    ],
)
def test_levy_015_hostile_questions_are_refused(guard, refused, given, reason):
    """LEVY-015: each in its own words."""
    assert refused(guard.ask, "ListHeldChanges", **given) == reason


def test_levy_015_held_changes_are_listed_page_by_page(runs, guard, bills, to_total):
    """LEVY-015: in the order they were asked for; by bill and by state, too."""
    run_id = runs.begin(named=False)
    for bill in bills:
        to_total(bill, 90_000)
    page = guard.ask("ListHeldChanges", page_size=2)
    rest = guard.ask("ListHeldChanges", page_size=2, page_token=page.next_page_token)
    assert [one.bill_ids for one in [*page.changes, *rest.changes]] == [
        [bill.bill_id] for bill in bills
    ]
    assert rest.next_page_token == ""
    assert len(guard.changes(bill_id=bills[1].bill_id)) == 1
    assert (len(guard.changes(state="waiting")), guard.changes(state="done")) == (3, [])
    runs.end(run_id)
    assert len(guard.changes(state="done")) == 3
