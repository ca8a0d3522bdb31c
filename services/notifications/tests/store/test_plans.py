"""NOTI-006, RECV-049: owners are told when a plan cannot begin, was broken, or is void."""

import pytest

from taxkit import testing
from taxkit.ids import new_id

_OWNER = {"name": "Imogen Vale", "email": "imogen.vale@example.org"}
_METHODS = {
    "PlanStatusChanged": "on_plan_status_changed",
    "GraceExpired": "on_grace_expired",
    "HoldPlaced": "on_hold_placed",
}


def plan(status: str = "pending", **changes) -> str:
    """A plan's status as receivables publishes it."""
    data = {
        "plan_number": "2023-000001", "plan_type": "standard", "parcel_number": "13264290020000",
        "bill_ids": [str(new_id())], "status": status, "changed_on": "2023-03-01",
        "deficiencies": ["NOT_DELINQUENT", "BROKEN_LATELY"] if status == "pending" else [],
        "owner": _OWNER, **changes,
    }  # fmt: skip
    name = "org.millage.receivables.PlanStatusChanged.v1"
    return testing.foreign_event(name, "plan/2023-000001", data)


def grace(penalty_cents: int, **changes) -> str:
    bill_id = str(new_id())
    data = {
        "bill_id": bill_id, "bill_number": "2021-13264290020000", "tax_year": 2021,
        "parcel_number": "13264290020000", "grace_ended_on": "2010-07-30",
        "penalty_cents": penalty_cents, "open_cents": 8_000 + penalty_cents, "owner": _OWNER,
        **changes,
    }  # fmt: skip
    return testing.foreign_event("org.millage.receivables.GraceExpired.v1", f"bill/{bill_id}", data)


def hold() -> str:
    hold_id = str(new_id())
    data = {
        "hold_id": hold_id, "parcel_number": "13264290020000", "kind": "bankruptcy", "reason": "r",
        "authority": "court", "begins_on": "2022-01-01", "ends_on": None, "placed_by": "ana",
        "placed_on": "2022-01-01",
    }  # fmt: skip
    return testing.foreign_event("org.millage.collections.HoldPlaced.v1", f"hold/{hold_id}", data)


def _sent(app, sink, name: str, *bodies: str) -> list[str]:
    app.consumer.absorb(_METHODS[name], list(bodies))
    assert testing.parked(app) == []
    app.sender.send_due()
    return [each.get_content() for each in sink.messages]


def test_recv_049_who_is_refused_a_plan_reads_what_stands_in_its_way(app, sink) -> None:
    """RECV-049, NOTI-006: the denial notice, once, with each deficiency in words."""
    body = plan()
    (words,) = _sent(app, sink, "PlanStatusChanged", body, body)
    assert sink.subjects == ["Payment plan 2023-000001 cannot begin yet"]
    assert "- not delinquent\n- broken lately" in words.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("status", "subject"),
    [
        ("defaulted", ["Payment plan 2023-000001 has ended: an installment was missed"]),
        ("void", ["Payment plan 2023-000001 is void"]),
        ("active", []),
        ("fulfilled", []),
        ("paid", []),
    ],
)
def test_noti_006_each_status_has_its_own_word_or_none(app, sink, status, subject) -> None:
    _sent(app, sink, "PlanStatusChanged", plan(status))
    assert sink.subjects == subject


def test_noti_006_a_message_from_before_the_owner_was_told_writes_nothing(app, sink) -> None:
    assert _sent(app, sink, "PlanStatusChanged", plan().replace('"owner"', '"whose"')) == []


def test_noti_006_a_broken_plan_of_a_held_parcel_is_not_written_about(app, sink) -> None:
    """A denial answers what its owner asked for: that is written all the same."""
    _sent(app, sink, "HoldPlaced", hold())
    assert _sent(app, sink, "PlanStatusChanged", plan("defaulted")) == []
    assert len(_sent(app, sink, "PlanStatusChanged", plan())) == 1


def test_recv_008_the_owner_reads_of_the_penalty_after_a_grace_and_of_no_other(app, sink) -> None:
    """RECV-008: a grace that brought nothing is no news; its last day may be long ago."""
    assert _sent(app, sink, "GraceExpired", grace(0)) == []
    (words,) = _sent(app, sink, "GraceExpired", grace(800))
    assert "penalty of\r\n$8.00" in words or "penalty of\n$8.00" in words
    assert "now owes $88.00" in words
