"""COLL-011, COLL-015: a running plan or a flag stops the ladder, and lets it go on when it ends."""

from uuid import UUID

import pytest

from millage.collections.v1 import collections_pb2 as pb
from millage.collections.v1.collections_pb2_grpc import CollectionsServiceStub
from taxkit import testing

ONE, TWO = UUID(int=1), UUID(int=2)


def plan(status: str, sequence: int, *bills: UUID) -> str:
    data = {
        "plan_number": "2023-000001", "plan_type": "standard", "parcel_number": "P-1",
        "bill_ids": [str(bill) for bill in bills], "status": status, "deficiencies": [],
        "changed_on": "2023-03-01",
    }  # fmt: skip
    name = "org.millage.receivables.PlanStatusChanged.v1"
    return testing.foreign_event(name, "plan/2023-000001", data, sequence=sequence)


def flag(kind: str, subject: str, word: str, on: bool = True, sequence: int = 1) -> str:
    data = {
        "subject_kind": kind, "subject": subject, "flag": word, "on": on,
        "changed_on": "2023-03-01",
    }  # fmt: skip
    name = "org.millage.receivables.FlagChanged.v1"
    return testing.foreign_event(name, f"flag/{kind}/{subject}/{word}", data, sequence=sequence)


def left_out(desk) -> list[tuple[str, str]]:
    return [(each.code, each.because) for each in desk.bills(desk.preview().run_id)
            if each.because]  # fmt: skip


def test_coll_011_who_pays_by_a_plan_is_not_written_to_until_it_is_broken(desk, owes) -> None:
    """The plan's other bill the same; a status told late changes nothing."""
    owes(ONE)
    owes(TWO)
    desk.hear("on_plan_status_changed", plan("active", 2, ONE, TWO), plan("pending", 1, ONE))
    assert left_out(desk) == [("active", "plan"), ("active", "plan")]

    desk.hear("on_plan_status_changed", plan("active", 3, TWO))
    assert left_out(desk) == [("active", "plan")]
    desk.hear("on_plan_status_changed", plan("defaulted", 4, TWO), plan("active", 3, TWO))
    assert left_out(desk) == []
    assert desk.write().requested_count == 2


@pytest.mark.parametrize(
    ("kind", "subject"), [("parcel", "P-1"), ("bill", "B-1"), ("bill", str(ONE))],
    ids=["its parcel", "its bill's number", "its bill"],
)  # fmt: skip
def test_coll_011_a_flag_stops_the_ladder_of_what_it_is_on(desk, owes, kind, subject) -> None:
    """And of nothing else; off is off whichever is heard first."""
    owes(ONE)
    owes(TWO)
    desk.hear("on_flag_changed", flag(kind, subject, "bankruptcy"))
    assert left_out(desk) == [("bankruptcy", "flag")]
    off = flag(kind, subject, "bankruptcy", on=False, sequence=2)
    desk.hear("on_flag_changed", off, flag(kind, subject, "bankruptcy"))
    assert left_out(desk) == []


def test_coll_011_a_flag_on_a_plan_is_on_its_bills(desk, owes) -> None:
    """A plan that ended stays none; its flag does, as long as it is on."""
    owes(ONE)
    desk.hear("on_plan_status_changed", plan("void", 1, ONE))
    assert left_out(desk) == []
    desk.hear("on_flag_changed", flag("plan", "2023-000001", "protest"))
    assert left_out(desk) == [("protest", "flag")]


def test_coll_011_a_flag_that_the_pack_does_not_list_stops_nothing(desk, owes) -> None:
    owes(ONE)
    desk.hear("on_flag_changed", flag("parcel", "P-1", "bad_check"))
    assert left_out(desk) == []


def test_coll_011_a_plan_that_began_since_the_preview_stops_the_letter(desk, owes) -> None:
    """Looked at again when the letter is due."""
    owes(ONE)
    run = desk.preview()
    desk.hear("on_plan_status_changed", plan("active", 1, ONE))
    desk.commit(run.run_id)
    desk.send()
    assert (desk.run(run.run_id).requested_count, desk.asked()) == (0, [])


def test_coll_001_the_aging_report_leaves_plans_out_where_that_is_asked(desk, owes) -> None:
    """A bill says what plans and flags say of it; the report counts it unless told otherwise."""
    owes(ONE, 500)
    owes(TWO, 70)
    desk.hear("on_plan_status_changed", plan("active", 1, ONE))
    desk.hear("on_flag_changed", flag("parcel", "P-1", "bankruptcy"))
    stub = CollectionsServiceStub(desk.channel)
    asked = pb.GetBillAgingRequest(bill_id=str(ONE))
    said = list(stub.GetBillAging(asked, metadata=desk.bearer).stays)
    assert said == ["flag/bankruptcy", "plan/active"]

    totals = [
        stub.GetAgingReport(
            pb.GetAgingReportRequest(without_plans=without), metadata=desk.bearer
        ).total_cents
        for without in (False, True)
    ]
    assert totals == [570, 70]
