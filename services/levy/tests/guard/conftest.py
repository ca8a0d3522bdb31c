"""Files of payments as cashiering tells of them, and the guard's own service."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import grpc
import pytest

from levy_service.bootstrap import LevyApp
from levy_service.guard import releasing
from millage.levy.v1 import corrections_pb2, guard_pb2, guard_pb2_grpc
from millage.levy.v1 import levy_pb2 as levy_messages
from taxkit import ids, testing


class Runs:
    """What cashiering says of its files, as it comes off the bus."""

    def __init__(self, app: LevyApp) -> None:
        self._app = app

    def begin(
        self, *bills: levy_messages.Bill, named: bool = True, run_id: UUID | None = None
    ) -> UUID:
        found = run_id or ids.new_id()
        self._tell(
            "Started", found, 1, names_its_bills=named, bills=[_quoted(one) for one in bills]
        )
        return found

    def end(self, run_id: UUID, state: str = "committed", *, settle: bool = True) -> None:
        self._tell("Finished", run_id, 2, state=state)
        if settle:
            self.pulse()

    def pulse(self) -> int:
        """What the worker's timer does."""
        return releasing.run_ready(self._app)

    def _tell(self, which: str, run_id: UUID, sequence: int, **more: Any) -> None:
        data = {
            "run_id": str(run_id), "layout": "csv", "file_name": "night.csv",
            "file_sha256": "00", "business_date": "2023-03-31", "line_count": 3, **more,
        }  # fmt: skip
        name = f"org.millage.cashiering.ImportRun{which}.v1"
        body = testing.foreign_event(name, f"import/{run_id}", data, sequence=sequence)
        self._app.consumer.absorb(f"on_import_run_{which.lower()}", [body, body])


def _quoted(bill: levy_messages.Bill) -> dict[str, Any]:
    return {"bill_id": bill.bill_id, "bill_version": bill.bill_version}


class Guard:
    """The guard's public API."""

    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self._stub = guard_pb2_grpc.GuardServiceStub(channel)
        self._keys = keys

    def ask(self, method: str, *rights: str, user: str = "sam", **given: Any) -> Any:
        request = getattr(guard_pb2, f"{method}Request")(**given)
        token = self._keys.token(*(rights or ("levy.*",)), user=user)
        return getattr(self._stub, method)(request, metadata=testing.bearer(token))

    def changes(self, **given: Any) -> Sequence[guard_pb2.HeldChange]:
        return self.ask("ListHeldChanges", **given).changes

    def states(self) -> list[tuple[str, str]]:
        return [(one.state, one.reason) for one in self.changes()]

    def force(self, change_id: str, *rights: str, key: str = "force", **given: Any) -> Any:
        given = {"reason": "hearing today", "change_id": change_id, **given}
        return self.ask("ForceHeldChange", *rights, idempotency_key=key, **given)

    def release(self, run_id: object, *rights: str, key: str = "release", **given: Any) -> Any:
        given = {"reason": "cashiering was rebuilt", "run_id": str(run_id), **given}
        return self.ask("ReleaseRun", *rights, idempotency_key=key, **given)


@pytest.fixture
def runs(app: LevyApp) -> Runs:
    return Runs(app)


@pytest.fixture
def guard(channel: grpc.Channel, keys: testing.Keys) -> Guard:
    return Guard(channel, keys)


@pytest.fixture
def bills(levy, roll) -> list[levy_messages.Bill]:
    """Three issued bills of 2021."""
    levy.load(roll.whole(2021))
    return [one for one in levy.bills(tax_year=2021).bills if one.total_cents > 100_000][:3]


@pytest.fixture
def to_total(corrections):
    """Correct a bill to another total, as it is in the version that is given."""

    def send(bill: levy_messages.Bill, cents: int, version: int = 0, **given: Any):
        answer: corrections_pb2.CorrectBillResponse = corrections.send(
            bill_id=bill.bill_id,
            total_cents=cents,
            expected_version=version or bill.bill_version,
            **{"idempotency_key": str(ids.new_id()), **given},
        )
        return answer

    return send


@pytest.fixture
def refused():
    """The reason a call is refused for."""

    def ask(call: Any, *args: Any, **given: Any) -> str:
        with pytest.raises(grpc.RpcError) as error:
            call(*args, **given)
        return testing.reason_of(error.value)

    return ask
