"""COLL-010, RECV-050, RECV-058: a bill somebody holds is not offered, and taxsale says why."""

import itertools
from typing import Any

import pytest

from millage.taxsale.v1 import taxsale_pb2 as pb
from millage.taxsale.v1 import taxsale_pb2_grpc as stubs
from taxkit import ids, testing
from taxsale_service.bootstrap import SPEC

PARCEL = "13264290020000"
DUE = [("2022-03-01", 500), ("2022-12-30", 600)]
LATER = "2024-02-01"
HOLD = ids.new_id()


def event(owner: str, name: str, subject: str, sequence: int = 1, /, **data: Any) -> str:
    kind = f"org.millage.{owner}.{name}.v1"
    return testing.foreign_event(kind, subject, {**data, "more": 1}, sequence=sequence)


def placed(begins_on: str = "2023-03-01", ends_on: str | None = None, **changes: Any) -> str:
    return event(
        "collections", "HoldPlaced", f"hold/{changes.get('hold_id', HOLD)}", begins_on=begins_on,
        ends_on=ends_on, **{"hold_id": str(HOLD), "parcel_number": PARCEL, "kind": "bankruptcy",
        "reason": "chapter 13", "authority": "22-01234", **changes},
    )  # fmt: skip


def released(on: str) -> str:
    return event(
        "collections", "HoldReleased", f"hold/{HOLD}", 2, hold_id=str(HOLD), parcel_number=PARCEL,
        kind="bankruptcy", released_on=on, reason="dismissed",
    )  # fmt: skip


def plan(bill, status: str, sequence: int = 1, plan_number: str = "P-1") -> str:
    return event(
        "receivables", "PlanStatusChanged", f"plan/{plan_number}", sequence,
        plan_number=plan_number, plan_type="standard", parcel_number=PARCEL,
        bill_ids=[str(bill)], status=status, deficiencies=[], changed_on="2023-03-01",
    )  # fmt: skip


def flag(kind: str, subject: str, sequence: int = 1, on: bool = True, name: str = "protest") -> str:
    return event(
        "receivables", "FlagChanged", f"flag/{kind}/{subject}/{name}", sequence, subject_kind=kind,
        subject=subject, flag=name, on=on, changed_on="2023-03-01",
    )  # fmt: skip


def setting(*switches: str, sequence: int = 1) -> str:
    return event(
        "receivables", "CodeSettingChanged", "code/BANK", sequence, code="BANK",
        description="In bankruptcy", switches=list(switches),
    )  # fmt: skip


def coded(bill, *codes: str, sequence: int = 1, **changes: Any) -> str:
    every = [{"code": each, "charge_code": ""} for each in codes]
    return event(
        "receivables", "BillCodeChanged", f"bill/{bill}", sequence, bill_id=str(bill), code="BANK",
        **{"codes": every, **changes},
    )  # fmt: skip


@pytest.fixture
def bill(app, balance, bill_id):
    """A bill that may be offered in February 2024."""
    app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, DUE)])
    return bill_id


@pytest.fixture
def ask(app):
    with testing.server(SPEC, app, keys := testing.make_keys()) as channel:
        stub = stubs.TaxsaleServiceStub(channel)
        metadata = testing.bearer(keys.token("taxsale.read"))

        def listed(as_of: str = LATER, **more: Any) -> list[pb.SaleStanding]:
            asked = pb.ListEligibleRequest(as_of=as_of, **more)
            return list(stub.ListEligible(asked, metadata=metadata).items)

        def held(bill, as_of: str = LATER) -> list[tuple[str, str, str]]:
            asked = pb.GetSaleStandingRequest(bill_id=str(bill), as_of=as_of)
            found = stub.GetSaleStanding(asked, metadata=metadata).held_by
            return [(each.source, each.kind, each.reference) for each in found]

        yield listed, held


def test_coll_010_a_held_parcel_is_not_offered_and_says_why(app, bill, ask) -> None:
    """COLL-010: it stands where it stood; asked for with the held ones, it names the hold."""
    listed, held = ask
    app.consumer.absorb("on_hold_placed", [placed()])
    assert listed() == []
    (one,) = listed(held_too=True)
    assert (one.standing, one.bill_id) == ("sale_eligible", str(bill))
    (hold,) = one.held_by
    assert (hold.source, hold.kind, hold.reason) == ("collections", "bankruptcy", "chapter 13")
    assert (hold.authority, hold.begins_on, hold.last_on) == ("22-01234", "2023-03-01", "")
    assert held(bill) == [("collections", "bankruptcy", str(HOLD))]


@pytest.mark.parametrize("early", [False, True])
def test_coll_010_a_release_ends_it_in_either_order(app, bill, ask, early: bool) -> None:
    """COLL-010: from the day of the release on, though it may be told before the hold."""
    listed, held = ask
    steps = [("on_hold_placed", placed()), ("on_hold_released", released("2024-02-01"))]
    for method, body in reversed(steps) if early else steps:
        app.consumer.absorb(method, [body, body])
    assert len(listed()) == 1
    assert held(bill) == []
    assert held(bill, "2024-01-31") == [("collections", "bankruptcy", str(HOLD))]
    assert testing.parked(app) == []


def test_coll_010_a_hold_ends_by_itself_after_its_last_day(app, bill, ask) -> None:
    """COLL-010: its last day counts."""
    listed, _ = ask
    app.consumer.absorb("on_hold_placed", [placed("2024-01-10", "2024-01-31")])
    assert [len(listed(day)) for day in ("2024-01-09", "2024-01-10", "2024-01-31")] == [1, 0, 0]
    assert len(listed("2024-02-01")) == 1


def test_another_parcels_hold_is_none_of_this(app, bill, ask) -> None:
    """Nor does a bill that is only on the list lose its place."""
    listed, _ = ask
    app.consumer.absorb("on_hold_placed", [placed(parcel_number="other")])
    assert len(listed()) == 1


def test_recv_050_a_plan_keeps_its_bills_while_it_runs(app, bill, ask) -> None:
    """RECV-050: pending is no plan (Q-22), active is one, in default it holds no more."""
    listed, held = ask
    found = []
    for sequence, status in enumerate(("pending", "active", "defaulted"), 1):
        app.consumer.absorb("on_plan_status_changed", [plan(bill, status, sequence)])
        found.append((len(listed()), held(bill)))
    assert found == [(1, []), (0, [("plan", "active", "P-1")]), (1, [])]


def test_recv_058_a_code_of_bankruptcy_or_deferral_keeps_its_bills(app, bill, ask) -> None:
    """RECV-058: live, with what the code says and whether the bill bears it, in either order."""
    listed, held = ask
    app.consumer.absorb("on_bill_code_changed", [coded(bill, "BANK")])
    assert len(listed()) == 1
    app.consumer.absorb("on_code_setting_changed", [setting("bankruptcy", "alert_user")])
    assert (listed(), held(bill)) == ([], [("code", "bankruptcy", "BANK")])
    app.consumer.absorb("on_code_setting_changed", [setting("alert_user", sequence=2)])
    assert len(listed()) == 1
    app.consumer.absorb("on_code_setting_changed", [setting("deferral", sequence=3)])
    assert held(bill) == [("code", "deferral", "BANK")]
    app.consumer.absorb("on_bill_code_changed", [coded(bill, sequence=2)])
    assert len(listed()) == 1


def test_a_code_on_a_fee_is_not_the_bills(app, bill, ask) -> None:
    """And a message from before codes were told whole changes nothing."""
    listed, _ = ask
    app.consumer.absorb("on_code_setting_changed", [setting("bankruptcy")])
    on_fee = [{"code": "BANK", "charge_code": "NSF"}]
    app.consumer.absorb("on_bill_code_changed", [coded(bill, codes=on_fee, sequence=1)])
    app.consumer.absorb("on_bill_code_changed", [coded(bill, codes=None, sequence=2)])
    assert len(listed()) == 1


@pytest.mark.parametrize("kind", ["parcel", "bill", "plan"])
def test_a_flag_counts_where_the_law_names_it(app, bill, ask, kind: str) -> None:
    """Where it names none a protest stops no sale; with flag/protest it does, on any subject."""
    listed, _ = ask
    subject = {"parcel": PARCEL, "bill": str(bill), "plan": "P-1"}[kind]
    app.consumer.absorb("on_plan_status_changed", [plan(bill, "paid")])
    app.consumer.absorb("on_flag_changed", [flag(kind, subject)])
    assert len(listed()) == 1
    with app.database.begin() as connection:
        (row,) = connection.exec_driver_sql("select source, kind, reference from bill_holds"
            " where source = 'flag'").all()  # fmt: skip
    assert tuple(row) == ("flag", "protest", subject)
    app.consumer.absorb("on_flag_changed", [flag(kind, subject, 3, False)])
    app.consumer.absorb("on_flag_changed", [flag(kind, subject, 2)])
    with app.database.begin() as connection:
        kept = connection.exec_driver_sql("select is_on from flags").scalars().all()
    assert kept == [False]


def test_every_order_of_arrival_ends_the_same(app, balance, ask) -> None:
    """Balance, hold, plan, flag and the codes of a bill commute."""
    _, held = ask
    found = set()
    for place, order in enumerate(itertools.permutations(range(5))):
        bill, parcel, hold_id = ids.new_id(), f"parcel {place}", str(ids.new_id())
        steps = [
            ("on_balance_changed", balance(bill, 1, DUE, parcel_number=parcel)),
            ("on_hold_placed", placed(parcel_number=parcel, hold_id=hold_id)),
            ("on_code_setting_changed", setting("deferral", sequence=place + 1)),
            ("on_bill_code_changed", coded(bill, "BANK")),
            ("on_plan_status_changed", plan(bill, "active", plan_number=f"P-{place}")),
        ]
        for step in order:
            app.consumer.absorb(steps[step][0], [steps[step][1]])
        found.add(tuple(source for source, _, _ in held(bill)))
    assert found == {("code", "collections", "plan")}
    assert testing.parked(app) == []
