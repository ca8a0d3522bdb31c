"""CASH-023, CASH-073: the read copies of plans and flags, through the real inbox."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxkit import testing


def plan(status: str, bills: list, sequence: int, number: str = "2022-000001") -> str:
    data = {
        "plan_number": number,
        "plan_type": "standard",
        "parcel_number": "1",
        "bill_ids": [str(one) for one in bills],
        "status": status,
        "deficiencies": [],
        "changed_on": "2022-04-20",
    }
    kind = "org.millage.receivables.PlanStatusChanged.v1"
    return testing.foreign_event(kind, f"plan/{number}", data, sequence=sequence)


def flag(is_on: bool, sequence: int, name: str = "dnap", subject: str = "1") -> str:
    data = {
        "subject_kind": "parcel",
        "subject": subject,
        "flag": name,
        "on": is_on,
        "changed_on": "2022-04-20",
    }
    kind = "org.millage.receivables.FlagChanged.v1"
    return testing.foreign_event(kind, f"flag/parcel/{subject}/{name}", data, sequence=sequence)


def test_cash_073_the_newest_state_of_a_plan_counts(app, rows, bill_of) -> None:
    """With the bills it names then; an older one that comes late changes nothing."""
    one, two = bill_of("1", 2020), bill_of("1", 2021)
    app.consumer.absorb("on_plan_status_changed", [plan("pending", [one, two], 1)])
    app.consumer.absorb("on_plan_status_changed", [plan("active", [two], 3)])
    app.consumer.absorb("on_plan_status_changed", [plan("pending", [one], 2)])

    assert rows("select status from plans") == [("active",)]
    assert rows("select bill_id from plan_bills") == [(two,)]


@settings(max_examples=15)
@given(st.permutations(range(1, 6)), st.integers(1, 5), st.integers(0, 10**9))
def test_cash_023_arrival_order_cannot_change_a_flag(
    app, rows, order: list[int], size: int, subject: int
) -> None:
    """However its changes are shuffled and cut into batches, the last one counts: off."""
    bodies = [flag(one % 2 == 0, one, subject=f"s{subject}") for one in order]
    for start in range(0, len(bodies), size):
        app.consumer.absorb("on_flag_changed", bodies[start : start + size])

    assert rows(f"select is_on from flags where subject = 's{subject}'") == [(False,)]


@pytest.mark.parametrize("on", [True, False])
def test_cash_023_flags_of_one_subject_do_not_touch_each_other(app, rows, on: bool) -> None:
    app.consumer.absorb("on_flag_changed", [flag(True, 1, "protest"), flag(on, 1)])

    assert rows("select flag, is_on from flags order by flag") == [("dnap", on), ("protest", True)]
    assert testing.parked(app) == []


def test_a_flag_on_nothing_known_is_parked(app, rows) -> None:
    body = flag(True, 1).replace('"subject_kind": "parcel"', '"subject_kind": "moon"')
    app.consumer.absorb("on_flag_changed", [body])

    assert [reason for reason, _ in testing.parked(app)] == ["DATA_INVALID"]
    assert rows("select count(*) from flags") == [(0,)]
