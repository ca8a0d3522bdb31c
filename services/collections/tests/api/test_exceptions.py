"""COLL-024: a payment that no bill took is looked at before its parcel is written to."""

import itertools
import threading
from collections.abc import Iterator
from uuid import UUID

import grpc
import pytest
from sqlalchemy.exc import DBAPIError

from collections_service.bootstrap import SPEC
from millage.collections.v1 import exceptions_pb2 as pb
from millage.collections.v1 import exceptions_pb2_grpc as stubs
from millage.collections.v1 import overdue_pb2, overdue_pb2_grpc
from taxkit import ids, testing

PARCEL = "13264290020000"
RUN = UUID(int=7)


def line(number: int = 3, outcome: str = "suspense", receipt: UUID | None = None) -> str:
    data = {
        "run_id": str(RUN), "line_number": number, "outcome": outcome,
        "reason": "BILL_VERSION_MISMATCH", "message": "the bill is corrected since",
        "parcel_number": PARCEL, "amount_cents": 500, "receipt_id": str(receipt or UUID(int=9)),
    }  # fmt: skip
    name = "org.millage.cashiering.ImportLineException.v1"
    return testing.foreign_event(name, f"import/{RUN}", data, sequence=number + 1)


def waits(open_cents: int, sequence: int, category: str = "suspense") -> str:
    item = UUID(int=11)
    data = {
        "surplus_item_id": str(item), "category": category, "subcode": "unposted",
        "parcel_number": PARCEL, "owner": "", "open_cents": open_cents,
        "state": "open" if open_cents else "closed", "receipt_id": str(UUID(int=9)),
    }  # fmt: skip
    name = "org.millage.receivables.SurplusChanged.v1"
    return testing.foreign_event(name, f"surplus/{item}", data, sequence=sequence)


class Desk:
    def __init__(self, app, channel, keys) -> None:
        self.app = app
        self.stub = stubs.ExceptionServiceStub(channel)
        self.overdue = overdue_pb2_grpc.OverdueServiceStub(channel)
        rights = ("collections.read", "collections.exception")
        self.bearer = testing.bearer(keys.token(*rights, user="ana"))

    def hear(self, method: str, *bodies: str) -> None:
        self.app.consumer.absorb(method, list(bodies))
        assert testing.parked(self.app) == []

    def listed(self, **given) -> list[pb.CollectionsException]:
        request = pb.ListExceptionsRequest(**given)
        return list(self.stub.ListExceptions(request, metadata=self.bearer).exceptions)

    def settle(self, exception_id: str, key: str = "") -> pb.CollectionsException:
        request = pb.SettleExceptionRequest(
            idempotency_key=key or str(ids.new_id()), exception_id=exception_id, note="sent back"
        )
        return self.stub.SettleException(request, metadata=self.bearer)

    def left_out(self, purpose: str = "notice") -> list[tuple[str, str]]:
        request = overdue_pb2.ListOverdueBillsRequest(purpose=purpose, as_of="2023-03-31")
        found = self.overdue.ListOverdueBills(request, metadata=self.bearer)
        return [(one.code, one.because) for one in found.left_out]


@pytest.fixture
def desk(app, balance, bill_id) -> Iterator[Desk]:
    keys = testing.make_keys()
    app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, [("2022-03-01", 500)])])
    with testing.server(SPEC, app, keys) as channel:
        yield Desk(app, channel, keys)


def test_coll_024_nobody_is_written_to_while_a_payment_waits(desk) -> None:
    """COLL-024: until somebody said how the line was seen to; told twice, it is there once."""
    desk.hear("on_import_line_exception", line(), line())
    (found,) = desk.listed()
    assert (found.kind, found.parcel_number, found.amount_cents) == (
        "unposted_payment",
        PARCEL,
        500,
    )
    assert desk.left_out() == [("BILL_VERSION_MISMATCH", "unposted_payment")]
    assert desk.left_out("export") == []
    assert desk.settle(found.exception_id).state == "settled"
    assert desk.left_out() == []
    assert desk.listed() == []
    assert [one.settled_by for one in desk.listed(state="settled")] == ["ana"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_coll_024_money_that_waits_no_more_was_seen_to(desk, order) -> None:
    """COLL-024: whichever is heard first; older news of the money change nothing."""
    said = [
        ("on_import_line_exception", line()),
        ("on_surplus_changed", waits(500, 1)),
        ("on_surplus_changed", waits(0, 2)),
    ]
    for place in order:
        desk.hear(*said[place])
    assert [one.state for one in desk.listed(state="worked")] == ["worked"]
    assert desk.left_out() == []


def test_coll_024_other_held_money_says_nothing_of_a_payment(desk) -> None:
    """COLL-024: a surplus under the same receipt that is gone leaves the exception open."""
    desk.hear("on_import_line_exception", line())
    desk.hear("on_surplus_changed", waits(0, 1, category="surplus"))
    assert len(desk.listed()) == 1


def test_coll_024_a_line_that_came_before_keeps_nobody_from_a_letter(desk) -> None:
    """COLL-024: a repeated line is listed as what it is."""
    desk.hear("on_import_line_exception", line(4, "duplicate"), line(5, "rejected"))
    assert len(desk.listed(kind="repeated_payment")) == 1
    (rejected,) = desk.listed(kind="unposted_payment", parcel_number=PARCEL)
    desk.settle(rejected.exception_id)
    assert desk.left_out() == []


def test_coll_024_pages_have_everything_once(desk) -> None:
    desk.hear("on_import_line_exception", *(line(number) for number in range(5)))
    seen, token = [], ""
    while True:
        request = pb.ListExceptionsRequest(page_size=2, page_token=token)
        page = desk.stub.ListExceptions(request, metadata=desk.bearer)
        seen += [one.exception_id for one in page.exceptions]
        if not (token := page.next_page_token):
            break
    assert len(seen) == len(set(seen)) == 5


def test_coll_024_two_at_once_settle_it_once(desk) -> None:
    """COLL-024: the other is told who was faster."""
    desk.hear("on_import_line_exception", line())
    (found,) = desk.listed()
    ended: list[str] = []

    def one() -> None:
        try:
            ended.append(desk.settle(found.exception_id).state)
        except grpc.RpcError as error:
            ended.append(testing.reason_of(error))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(ended) == ["EXCEPTION_SETTLED", "settled"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"kind": "odd"}, "EXCEPTION_KIND_UNKNOWN"),
        ({"state": "lost"}, "EXCEPTION_STATE_UNKNOWN"),
        ({"parcel_number": "9" * 61}, "TEXT_INVALID"),
        ({"page_token": "x"}, "PAGE_TOKEN_INVALID"),
    ],
)
def test_coll_024_what_makes_no_sense_is_refused(desk, given, reason: str) -> None:
    with pytest.raises(grpc.RpcError) as error:
        desk.listed(**given)
    assert testing.reason_of(error.value) == reason


@pytest.mark.parametrize("table", ["exceptions", "exception_ends"])
def test_coll_024_what_was_found_stays_found(desk, table: str) -> None:
    """COLL-024: neither an exception nor its end is ever taken back."""
    desk.hear("on_import_line_exception", line())
    desk.settle(desk.listed()[0].exception_id)
    with (
        pytest.raises(DBAPIError, match="append-only"),
        desk.app.database.begin() as connection,
    ):
        connection.exec_driver_sql(f"delete from {table}")
