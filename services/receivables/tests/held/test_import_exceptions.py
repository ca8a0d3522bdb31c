"""RECV-039: a line of a payment file that did not post is on a worklist until it is seen to."""

import itertools
import threading
from uuid import UUID

import grpc
import pytest

from millage.receivables.v1 import import_exceptions_pb2 as pb
from millage.receivables.v1 import import_exceptions_pb2_grpc as stubs
from millage.receivables.v1 import surplus_pb2, surplus_pb2_grpc
from receivables_service.held.import_exceptions import exception_id_of
from taxkit import testing
from taxkit.ids import new_id
from taxkit.testing import foreign_event, reason_of

RUN = UUID(int=42)


def told(number: int, receipt: UUID | None, outcome: str = "suspense", run: UUID = RUN) -> str:
    data = {
        "run_id": str(run), "line_number": number, "outcome": outcome, "reason": "PARCEL_UNKNOWN",
        "message": "no bill of 2021 is known", "parcel_number": "99999999999999",
        "amount_cents": 25_000, "receipt_id": str(receipt) if receipt else None,
    }  # fmt: skip
    name = "org.millage.cashiering.ImportLineException.v1"
    return foreign_event(name, f"import/{run}", data, sequence=number + 1)


@pytest.fixture
def desk(app, channel, keys):
    """A clerk at the worklist."""

    class Desk:
        stub = stubs.ImportExceptionsServiceStub(channel)
        money = surplus_pb2_grpc.SurplusServiceStub(channel)
        metadata = testing.bearer(keys.token("receivables.read", "receivables.surplus", user="bo"))

        def hear(self, method: str, *bodies: str) -> None:
            app.consumer.absorb(method, list(bodies))
            assert testing.parked(app) == []

        def listed(self, **given) -> list[pb.ImportException]:
            request = pb.ListImportExceptionsRequest(**given)
            return list(self.stub.ListImportExceptions(request, metadata=self.metadata).exceptions)

        def settle(self, number: int, note: str = "sent back", key: str = "") -> pb.ImportException:
            request = pb.SettleImportExceptionRequest(
                idempotency_key=key or str(new_id()), note=note,
                exception_id=str(exception_id_of(RUN, number)),
            )  # fmt: skip
            return self.stub.SettleImportException(request, metadata=self.metadata)

    return Desk()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_recv_039_held_money_knows_the_line_it_came_by(desk, neighbours, order) -> None:
    """RECV-039: whichever is heard first, the exception, its receipt, or a line without money."""
    receipt = new_id()
    said = [
        ("on_import_line_exception", told(3, receipt)),
        ("on_payment_posted", neighbours.payment_posted(receipt, neighbours.line(1, 25_000))),
        ("on_import_line_exception", told(4, None, "rejected")),
    ]
    for place in order:
        desk.hear(*said[place])
    desk.hear(*said[0])
    waiting, sent_back = desk.listed()
    assert (waiting.line_number, waiting.state, waiting.open_cents) == (3, "open", 25_000)
    assert (sent_back.outcome, sent_back.surplus_item_id) == ("rejected", "")
    asked = surplus_pb2.GetSurplusRequest(surplus_item_id=waiting.surplus_item_id)
    found = desk.money.GetSurplus(asked, metadata=desk.metadata)
    assert found.imported == waiting
    assert found.item.receipt_id == str(receipt)


def test_recv_039_money_that_is_held_no_more_was_worked(desk, neighbours) -> None:
    """RECV-039: here the receipt was taken back; nobody has to say so."""
    receipt = new_id()
    line = neighbours.line(1, 25_000)
    desk.hear("on_import_line_exception", told(3, receipt))
    desk.hear("on_payment_posted", neighbours.payment_posted(receipt, line))
    desk.hear("on_payment_reversed", neighbours.payment_reversed(receipt, line))
    assert desk.listed() == []
    (worked,) = desk.listed(state="worked")
    assert (worked.open_cents, worked.state) == (0, "worked")


def test_recv_039_somebody_says_how_it_was_seen_to_once(desk) -> None:
    """RECV-039: the same call again gets the same answer; another is refused."""
    desk.hear("on_import_line_exception", told(3, None, "rejected"), told(4, None, "duplicate"))
    done = desk.settle(3, key="once")
    assert (done.state, done.note, done.settled_by) == ("settled", "sent back", "bo")
    assert desk.settle(3, key="once") == done
    with pytest.raises(grpc.RpcError) as error:
        desk.settle(3)
    assert reason_of(error.value) == "IMPORT_EXCEPTION_SETTLED"
    assert [one.line_number for one in desk.listed()] == [4]
    assert desk.listed(state="settled") == [done]


def test_recv_039_of_several_at_once_one_settles_it(desk) -> None:
    """RECV-039: the others are told."""
    desk.hear("on_import_line_exception", told(3, None, "rejected"))
    said: list[str] = []

    def run() -> None:
        try:
            said.append(desk.settle(3).state)
        except grpc.RpcError as error:
            said.append(str(reason_of(error)))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["IMPORT_EXCEPTION_SETTLED"] * 3 + ["settled"]


def test_recv_039_a_file_s_own_lines(desk) -> None:
    """RECV-039: of one run, or of all."""
    other = UUID(int=43)
    desk.hear("on_import_line_exception", told(3, None), told(3, None, run=other))
    assert len(desk.listed()) == 2
    assert [one.run_id for one in desk.listed(run_id=str(other))] == [str(other)]
