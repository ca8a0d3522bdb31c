"""COLL-010: a hold is placed and released by name, told, and keeps a parcel out of lists."""

import threading
from collections.abc import Iterator

import grpc
import pytest
from sqlalchemy.exc import DBAPIError

from collections_service.bootstrap import SPEC
from collections_service.hold_events import PUBLISHED
from millage.collections.v1 import holds_pb2 as pb
from millage.collections.v1 import holds_pb2_grpc as stubs
from millage.collections.v1 import overdue_pb2, overdue_pb2_grpc
from taxkit import ids, testing

PARCEL = "13264290020000"


class Desk:
    def __init__(self, channel, keys) -> None:
        self.stub = stubs.HoldServiceStub(channel)
        self.overdue = overdue_pb2_grpc.OverdueServiceStub(channel)
        self.bearer = testing.bearer(keys.token("collections.hold", "collections.read", user="ana"))

    def place(self, **given) -> pb.Hold:
        asked = {
            "idempotency_key": str(ids.new_id()), "parcel_number": PARCEL, "kind": "bankruptcy",
            "reason": "chapter 13", "authority": "Bankr. 22-1", **given,
        }  # fmt: skip
        return self.stub.PlaceHold(pb.PlaceHoldRequest(**asked), metadata=self.bearer)

    def release(self, hold_id: str) -> pb.Hold:
        request = pb.ReleaseHoldRequest(
            idempotency_key=str(ids.new_id()), hold_id=hold_id, reason="dismissed"
        )
        return self.stub.ReleaseHold(request, metadata=self.bearer)

    def holds(self) -> list[pb.Hold]:
        request = pb.ListHoldsRequest(parcel_number=PARCEL)
        return list(self.stub.ListHolds(request, metadata=self.bearer).holds)

    def listed(self, purpose: str) -> tuple[int, list[tuple[str, str]]]:
        request = overdue_pb2.ListOverdueBillsRequest(purpose=purpose, as_of="2023-03-31")
        found = self.overdue.ListOverdueBills(request, metadata=self.bearer)
        return len(found.bills), [(one.code, one.because) for one in found.left_out]


@pytest.fixture
def desk(app) -> Iterator[Desk]:
    keys = testing.make_keys()
    with testing.server(SPEC, app, keys) as channel:
        yield Desk(channel, keys)


def _refused(call, *args, **kwargs) -> str:
    with pytest.raises(grpc.RpcError) as refusal:
        call(*args, **kwargs)
    return testing.reason_of(refusal.value)


def test_coll_010_a_hold_is_placed_released_and_told(app, desk) -> None:
    """By whom, why, on whose authority; both events in one stream, as their schemas say."""
    placed = desk.place(ends_on="2023-12-31")
    assert (placed.begins_on, placed.placed_by, placed.released_on) == ("2023-03-31", "ana", "")
    released = desk.release(placed.hold_id)
    assert (released.released_on, released.release_reason) == ("2023-03-31", "dismissed")
    assert desk.holds() == [released]
    told = testing.emitted(app)
    assert [int(one["sequence"]) for one in told] == [1, 2]
    for one, event in zip(told, PUBLISHED, strict=True):
        assert (one["type"], one["subject"]) == (event.type_name, f"hold/{placed.hold_id}")
        assert event.schema().validate(one["data"]) == {}


def test_coll_010_a_held_parcel_is_in_no_list_to_act_on(desk, app, balance, bill_id) -> None:
    """It stays in what is looked at; once it is released it is listed again."""
    app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, [("2022-03-01", 500)])])
    assert desk.listed("export") == (1, [])
    (bill,) = desk.overdue.ListOverdueBills(
        overdue_pb2.ListOverdueBillsRequest(as_of="2023-03-31"), metadata=desk.bearer
    ).bills
    hold = desk.place(parcel_number=bill.parcel_number)
    for purpose in ("export", "notice"):
        assert desk.listed(purpose) == (0, [("bankruptcy", "hold")])
    assert desk.listed("view") == (1, [])
    desk.release(hold.hold_id)
    assert desk.listed("export") == (1, [])


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"kind": "Court Order"}, "HOLD_KIND_INVALID"),
        ({"reason": " "}, "FIELD_MISSING"),
        ({"authority": ""}, "FIELD_MISSING"),
        ({"begins_on": "2023-05-01", "ends_on": "2023-04-30"}, "DATES_REVERSED"),
        ({"begins_on": "soon"}, "DATE_INVALID"),
    ],
)
def test_coll_010_what_is_no_hold_is_refused(app, desk, given, reason) -> None:
    """And nothing is kept or told of it."""
    assert _refused(desk.place, **given) == reason
    assert (desk.holds(), testing.emitted(app)) == ([], [])


def test_coll_010_a_hold_ends_once_and_stands_once_of_its_kind(desk) -> None:
    hold = desk.place()
    assert _refused(desk.place) == "HOLD_EXISTS"
    desk.place(kind="dispute")
    desk.release(hold.hold_id)
    assert _refused(desk.release, hold.hold_id) == "HOLD_RELEASED"
    assert _refused(desk.release, str(ids.new_id())) == "HOLD_NOT_FOUND"
    assert desk.place().hold_id != hold.hold_id


def test_coll_010_holds_of_a_kind_follow_one_another(desk) -> None:
    """One before another and one after it say something new; one that reaches into it does not."""
    desk.place(begins_on="2023-06-01", ends_on="2023-06-30")
    desk.place(begins_on="2023-05-01", ends_on="2023-05-31")
    desk.place(begins_on="2023-07-01")
    for begins_on, ends_on in (("2023-04-01", "2023-05-01"), ("2023-06-30", "2023-06-30")):
        assert _refused(desk.place, begins_on=begins_on, ends_on=ends_on) == "HOLD_EXISTS"


def test_coll_010_two_at_once_place_one(desk) -> None:
    """Real threads: whoever comes second is refused."""
    reasons: list[str] = []

    def place() -> None:
        try:
            desk.place()
        except grpc.RpcError as error:
            reasons.append(testing.reason_of(error))

    threads = [threading.Thread(target=place) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(desk.holds()), reasons) == (1, ["HOLD_EXISTS"] * 3)


@pytest.mark.parametrize("table", ["holds", "hold_releases"])
@pytest.mark.parametrize(
    "change", ["update {} set reason = ''", "delete from {}", "truncate {} cascade"]
)
def test_coll_010_holds_are_never_changed(app, desk, table, change) -> None:
    desk.release(desk.place().hold_id)
    with pytest.raises(DBAPIError, match="append-only"), app.database.begin() as connection:
        connection.exec_driver_sql(change.format(table))
