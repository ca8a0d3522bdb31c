"""COLL-015, NOTI-005: who is written to, once a stage, and never while something stays it."""

import json
import threading
from uuid import UUID

import grpc
import pytest

from collections_service.notices import sending
from collections_service.notices.events import NoticeRequestedV1
from millage.collections.v1 import notices_pb2 as pb
from taxkit import ids, testing

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


def _refused(call, *args, **given) -> str:
    with pytest.raises(grpc.RpcError) as refusal:
        call(*args, **given)
    return testing.reason_of(refusal.value)


def _code(app, bill: UUID, code: str, notices: str, switches: tuple[str, ...] = ()) -> None:
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into code_settings (code, switches, delinquent_notices) values (%s, array("
            "select jsonb_array_elements_text(%s::jsonb)), %s) on conflict do nothing",
            (code, json.dumps(switches), notices),
        )
        connection.exec_driver_sql(
            "insert into bill_codes values (%s, array[%s], 1) on conflict (bill_id)"
            " do update set codes = excluded.codes",
            (bill, code),
        )


def _hold(app, parcel: str) -> None:
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into holds values (%s, %s, 'dispute', 'r', 'a', '2023-01-01', null, 'u',"
            " now())",
            (ids.new_id(), parcel),
        )


def test_coll_015_an_owner_is_written_to_once_a_stage(desk, owes) -> None:
    """COLL-015: what is asked for says all that a letter needs; a second run finds nobody."""
    owes(ONE, 50_000, owner={"name": "Imogen Vale", "email": "imogen@example.org"})
    run = desk.preview()
    assert (run.state, run.selected_count, run.overdue_cents) == ("previewed", 1, 50_000)
    assert desk.asked() == []
    assert desk.commit(run.run_id).state == "running"
    desk.send()
    ended = desk.run(run.run_id)
    assert (ended.state, ended.requested_count, ended.dropped_count) == ("ended", 1, 0)
    (asked,) = desk.asked()
    assert NoticeRequestedV1().validate(asked) == {}
    assert (asked["stage"], asked["overdue_cents"], asked["days_past_due"]) == ("first", 50_000, 58)
    assert asked["owner"] == {
        "name": "Imogen Vale", "email": "imogen@example.org", "mailing_address": "",
    }  # fmt: skip
    assert (asked["business_date"], asked["answer_by"]) == ("2023-03-31", "2023-04-30")
    desk.send()
    assert desk.preview().selected_count == 0
    assert len(desk.asked()) == 1


def test_coll_015_a_letter_goes_to_whose_the_parcel_is_now(desk, owes) -> None:
    """COLL-015: the register's owner with the address of their mail, told in any order."""
    owes(ONE)

    def parties(version: int, name: str) -> str:
        owner = {"name": name, "email": None, "mailing_address": "PO Box 12, Chicago"}
        data = {"parcel_number": "P-1", "version": version, "primary_owner": owner}
        kind = "org.millage.levy.PartiesChanged.v1"
        return testing.foreign_event(kind, "register/P-1", data, sequence=version)

    desk.hear("on_parties_changed", parties(2, "New Owner"))
    desk.hear("on_parties_changed", parties(1, "Old Owner"))
    desk.write()
    (asked,) = desk.asked()
    assert asked["owner"] == {
        "name": "New Owner", "email": None, "mailing_address": "PO Box 12, Chicago",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cents", "since", "selected"),
    [
        (2_500, "2023-02-28", 1),  # 31 days, 25.00
        (2_499, "2023-02-28", 0),
        (2_500, "2023-03-01", 0),  # 30 days
    ],
)
def test_coll_015_age_and_sum_decide(desk, owes, cents: int, since: str, selected: int) -> None:
    """COLL-014: at the limit a letter goes out, a cent or a day below none."""
    owes(ONE, cents, since)
    assert desk.preview().selected_count == selected


def test_noti_005_codes_holds_and_lost_payments_keep_bills_out(desk, owes, app) -> None:
    """NOTI-005, RECV-058: who is left out is named with the reason; LOUD asks for no least sum."""
    bills = [UUID(int=number) for number in range(1, 6)]
    for bill in bills[:4]:
        owes(bill)
    owes(bills[4], 10)
    _code(app, bills[0], "QUIET", "exclude")
    _code(app, bills[1], "BANK", "as_usual", ("bankruptcy",))
    _hold(app, "P-3")
    _code(app, bills[4], "LOUD", "include")
    run = desk.preview()
    assert (run.selected_count, run.left_out_count) == (2, 3)
    found = [
        (one.bill_number, one.state, one.code, one.because) for one in desk.bills(run.run_id, 2)
    ]
    assert found == [
        ("B-1", "left_out", "QUIET", "delinquent_notices"),
        ("B-2", "left_out", "BANK", "bankruptcy"),
        ("B-3", "left_out", "dispute", "hold"),
        ("B-4", "selected", "", ""),
        ("B-5", "selected", "", ""),
    ]


def test_coll_010_what_changed_since_the_preview_counts(desk, owes, app) -> None:
    """COLL-010: paid, held or coded before its turn comes, a bill falls out and says why."""
    for bill in (ONE, TWO, THREE):
        owes(bill)
    run = desk.preview()
    assert run.selected_count == 3
    owes(ONE, 0)
    _hold(app, "P-2")
    desk.commit(run.run_id)
    desk.send()
    found = [(one.bill_number, one.state, one.because) for one in desk.bills(run.run_id)]
    assert found == [
        ("B-1", "dropped", "not_due"), ("B-2", "dropped", "hold"), ("B-3", "requested", ""),
    ]  # fmt: skip
    assert [one["bill_number"] for one in desk.asked()] == ["B-3"]


def test_coll_014_the_next_letter_waits_for_the_one_before(desk, owes) -> None:
    """COLL-014: thirty days from when it went out; one nobody sent holds it back for good."""
    owes(ONE)
    desk.write()
    (first,) = desk.asked()
    desk.pass_days(60)
    assert desk.preview("final").selected_count == 0
    desk.answer("failed", first["notice_id"])
    assert desk.preview("final").selected_count == 0
    desk.answer("printed", first["notice_id"])
    desk.pass_days(29)
    assert desk.preview("final").selected_count == 0
    desk.pass_days(1)
    desk.write("final")
    assert [one["stage"] for one in desk.asked()] == ["first", "final"]
    assert desk.asked()[1]["before_on"] == "2023-05-30"


def test_coll_015_another_installment_is_another_debt(desk, owes) -> None:
    """COLL-015: once what was written about is paid, the next one late is written about anew."""
    owes(ONE, parts=[("2023-02-01", 40_000), ("2023-08-01", 40_000)])
    desk.write()
    desk.pass_days(200)
    assert desk.preview().selected_count == 0
    owes(ONE, parts=[("2023-08-01", 40_000)])
    # The installment's own number comes with it.
    owes(ONE, parts=[("2023-02-01", 0), ("2023-08-01", 40_000)])
    assert desk.preview().selected_count == 1


def test_coll_018_what_became_of_a_letter_is_kept(desk, owes) -> None:
    """COLL-018: told twice it is kept once; one that failed is on the list of exceptions."""
    owes(ONE)
    desk.write()
    (asked,) = desk.asked()
    desk.answer("failed", asked["notice_id"])
    desk.answer("sent", asked["notice_id"])
    desk.answer("sent", str(ids.new_id()))
    (letter,) = desk.letters(ONE)
    assert [(one.kind, one.detail) for one in letter.answers] == [
        ("failed", "550 no mailbox"), ("sent", "a@example.org"),
    ]  # fmt: skip
    with desk.app.database.begin() as connection:
        rows = connection.exec_driver_sql("select kind, parcel_number from exceptions").all()
    assert [tuple(row) for row in rows] == [("notice_failed", "P-1")]


def test_coll_015_years_buckets_and_sums_narrow_a_run(desk, owes) -> None:
    owes(ONE, 50_000, "2023-02-01", tax_year=2022)
    owes(TWO, 60_000, "2022-02-01", tax_year=2021)
    assert desk.preview(tax_year=2021).selected_count == 1
    assert desk.preview(tax_year=2022, include_prior_years=True).selected_count == 2
    assert desk.preview(buckets=["over-90"]).selected_count == 1
    assert desk.preview(least_cents=55_000).selected_count == 1


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"stage": "third"}, "NOTICE_STAGE_UNKNOWN"),
        ({"buckets": ["old"]}, "BUCKET_UNKNOWN"),
        ({"tax_year": -1}, "TAX_YEAR_INVALID"),
        ({"least_cents": -1}, "AMOUNT_INVALID"),
        ({"stage": "x" * 61}, "TEXT_INVALID"),
    ],
)
def test_coll_015_what_makes_no_sense_is_refused(desk, given, reason: str) -> None:
    assert _refused(desk.preview, **given) == reason


def test_coll_015_a_run_is_set_off_once(desk, owes) -> None:
    """COLL-015: an empty one never; the same key gives the same answer."""
    assert _refused(desk.commit, desk.preview().run_id) == "NOTICE_RUN_EMPTY"
    assert _refused(desk.commit, str(ids.new_id())) == "NOTICE_RUN_NOT_FOUND"
    owes(ONE)
    run, key = desk.preview(), str(ids.new_id())
    assert desk.commit(run.run_id, key) == desk.commit(run.run_id, key)
    assert _refused(desk.commit, run.run_id) == "NOTICE_RUN_COMMITTED"
    listed = desk.stub.ListNoticeRuns(pb.ListNoticeRunsRequest(page_size=1), metadata=desk.bearer)
    assert [one.run_id for one in listed.runs] == [run.run_id]
    assert listed.next_page_token


def test_coll_015_workers_side_by_side_ask_for_each_letter_once(desk, owes) -> None:
    """COLL-015: two runs of the same bills, four workers, one of them dying now and then."""
    bills = [UUID(int=number) for number in range(1, 41)]
    for bill in bills:
        owes(bill)
    for run in (desk.preview(), desk.preview()):
        desk.commit(run.run_id)
    with desk.app.database.begin() as connection:
        running = connection.exec_driver_sql("select * from notice_runs").all()

    def work(limit: int) -> None:
        for run in running:
            while sending.send_some(desk.app, run, limit):
                pass

    threads = [threading.Thread(target=work, args=(limit,)) for limit in (1, 3, 5, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    desk.send()
    asked = [one["bill_id"] for one in desk.asked()]
    assert len(asked) == len(set(asked)) == len(bills)
    ended = [desk.run(str(run.run_id)) for run in running]
    assert [one.state for one in ended] == ["ended", "ended"]
    assert sum(one.requested_count + one.dropped_count for one in ended) == 2 * len(bills)


def test_coll_015_a_worker_that_dies_leaves_no_letter_half_asked_for(
    desk, owes, monkeypatch
) -> None:
    """COLL-015: letter, outcome and event stand or fall together."""
    owes(ONE)
    run = desk.preview()
    desk.commit(run.run_id)

    def die(*_given) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(sending.outbox, "store", die)
        with pytest.raises(RuntimeError, match="killed"):
            desk.send()
    assert desk.letters(ONE) == []
    assert desk.run(run.run_id).state == "running"
    desk.send()
    assert desk.run(run.run_id).state == "ended"
    assert len(desk.asked()) == 1
